"""What assets need to run."""

import dagster as dg

from dagster_project.lake import Lake
from dagster_project.marts import dbt_cli


@dg.definitions
def resources() -> dg.Definitions:
    """The lake and dbt."""
    return dg.Definitions(resources={"lake": Lake(), "dbt": dbt_cli()})
