"""How a table of the lake is stated: name, columns, partitioning and what it is for."""

from collections.abc import Sequence

from msgspec import Struct
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import IcebergType, NestedField

Column = tuple[str, IcebergType, str]
"""Name, type and what it says."""


class TableDefinition(Struct, frozen=True, kw_only=True):
    """A table of the lake."""

    name: str
    """Layer and name, such as ``silver.events``."""
    doc: str
    """What a row is."""
    schema: Schema
    partitioning: PartitionSpec = PartitionSpec()
    properties: dict[str, str] = {}
    """Table properties beyond those that every table has."""


def schema_of(columns: Sequence[Column]) -> Schema:
    """A schema of optional columns, their ids in the order given."""
    return Schema(
        *(
            NestedField(field_id=i, name=name, field_type=kind, required=False, doc=doc)
            for i, (name, kind, doc) in enumerate(columns, start=1)
        )
    )


def partitioning_of(schema: Schema, *, day_of: str, identity: Sequence[str] = ()) -> PartitionSpec:
    """A partitioning by the day of one column and the values of others."""
    day = PartitionField(schema.find_field(day_of).field_id, 1000, DayTransform(), f"{day_of}_day")
    rest = (
        PartitionField(schema.find_field(name).field_id, 1001 + i, IdentityTransform(), name)
        for i, name in enumerate(identity)
    )
    return PartitionSpec(day, *rest)
