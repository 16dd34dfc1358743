"""dbt that is ready before it is asked: a server that forks, and a client that looks like ``dbt``."""
