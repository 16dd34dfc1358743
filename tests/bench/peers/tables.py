"""The tables of a peer: those of our job, in a namespace of the peer's own."""

from typing import Final, NamedTuple

from msgspec.structs import replace
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from pipelines.catalog import TABLE_PROPERTIES
from pipelines.table_definition import TableDefinition, partitioning_of
from pipelines.tables import BRONZE, SILVER

WITHOUT_ENVELOPE: Final = ("topic", "kafka_partition", "kafka_offset", "broker_time", "record_value")
"""Columns of bronze that need no look at a record's headers."""


class PeerTables(NamedTuple):
    """Names of a peer's tables; ``silver`` is None where it makes none."""

    bronze: str
    silver: str | None

    def all(self) -> tuple[str, ...]:
        """The tables that there are."""
        return (self.bronze,) if self.silver is None else (self.bronze, self.silver)


def tables_of(namespace: str, *, silver: bool = True) -> PeerTables:
    """The names of the tables of a peer."""
    return PeerTables(f"{namespace}.bronze", f"{namespace}.silver" if silver else None)


def create_tables(catalog: SqlCatalog, namespace: str) -> PeerTables:
    """Empty bronze and silver with the columns and the partitioning of ours."""
    names = tables_of(namespace)
    for name, like in zip(names.all(), (BRONZE, SILVER), strict=True):
        _create(catalog, name, like)
    return names


def create_bronze_without_envelope(catalog: SqlCatalog, namespace: str) -> PeerTables:
    """An empty bronze for what sees no headers: coordinates, time and value, partitioned by day."""
    names = tables_of(namespace, silver=False)
    fields = [BRONZE.schema.find_field(column) for column in WITHOUT_ENVELOPE]
    schema = Schema(*fields)
    partitioning = partitioning_of(schema, day_of="broker_time")
    _create(catalog, names.bronze, replace(BRONZE, schema=schema, partitioning=partitioning))
    return names


def commits(table: Table) -> list[tuple[float, int]]:
    """Commits of a table, oldest first: time in s since the epoch and rows in all."""
    return [
        (snapshot.timestamp_ms / 1000, int(snapshot.summary["total-records"] or 0))
        for snapshot in table.snapshots()
        if snapshot.summary is not None
    ]


def _create(catalog: SqlCatalog, name: str, like: TableDefinition) -> None:
    catalog.create_namespace_if_not_exists(name.split(".", maxsplit=1)[0])
    if catalog.table_exists(name):
        catalog.drop_table(name)
    catalog.create_table(
        name,
        schema=like.schema,
        partition_spec=like.partitioning,
        properties={**TABLE_PROPERTIES, **like.properties},
    )
