"""Topic ``tables``, layout: what a commit of silver costs, by how its files are partitioned.

``LayoutCost.java`` writes with the stream's own rows, properties and writers, in one thread.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings
from pipelines.table_definition import partitioning_of
from pipelines.tables import SILVER
from tests.bench.java_programs import output_of
from tests.bench.record import Row

ROWS: Final = 400_000
"""What a subtask writes between two commits at 40,000 events a second."""
TENANTS: Final = 1_000
TYPES: Final = 10
LAYOUTS: Final[dict[str, tuple[str, ...]]] = {
    "groups": ("tenant_group",),
    "groups-types": ("tenant_group", "event_type"),
    "tenants": ("tenant_id",),
}
"""Columns by whose values silver is partitioned, beside the day."""


class Cost(Struct, frozen=True):
    """A commit: files, microseconds of CPU a row, bytes a row, MB of heap that the open files held."""

    files: int
    cpu_us: float
    row_bytes: float
    held_mb: float


def rows() -> list[Row]:
    """One commit in each layout."""
    found = {name: cost(columns) for name, columns in LAYOUTS.items()}
    told = f"{ROWS:,} rows of {TENANTS:,} tenants and {TYPES} types in one commit"
    figures = (
        ("files", "files", lambda one: one.files),
        ("cpu", "us", lambda one: round(one.cpu_us, 1)),
        ("bytes", "bytes", lambda one: round(one.row_bytes, 1)),
        ("heap", "MB", lambda one: round(one.held_mb)),
    )
    return [
        Row(
            id=f"F7-layout-{name}-{figure}",
            what=f"{told}, silver by day, {', '.join(LAYOUTS[name])}",
            target=None,
            result=of(one),
            unit=unit,
            better="lower",
        )
        for name, one in found.items()
        for figure, unit, of in figures
    ]


def cost(columns: Sequence[str], rows: int = ROWS, tenants: int = TENANTS, types: int = TYPES) -> Cost:
    """Writes a table that is partitioned by the day and some columns."""
    with tempfile.TemporaryDirectory(prefix="turnstone-layout-") as folder:
        settings = LakeSettings(
            catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse"
        )
        partitioning = partitioning_of(SILVER.schema, day_of="event_time", identity=tuple(columns))
        catalog = open_catalog(settings)
        ensure_tables(catalog, (replace(SILVER, partitioning=partitioning),))
        catalog.close()
        table = (f"jdbc:sqlite:{folder}/catalog.db", settings.warehouse, SILVER.name)
        *_, told = output_of("LayoutCost", "6g", (*table, rows, tenants, types), Path(folder))
    return msgspec.json.decode(told, type=Cost)
