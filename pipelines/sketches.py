"""Quantiles that merge across partitions: SQL macros over log-bucketed histograms (ADR 012)."""

from duckdb import DuckDBPyConnection

from pipelines.queries import query


def define_sketches(connection: DuckDBPyConnection) -> None:
    """Makes ``sketch``, ``sketch_merge`` and ``sketch_quantile`` known to a connection."""
    connection.execute(query("sketches"))
