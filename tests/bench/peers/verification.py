"""Whether a peer's tables hold what the topic holds: a fast result with holes is none."""

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog

from tests.bench.peers.errors import PeerResultError
from tests.bench.peers.tables import PeerTables


def verified_rows(catalog: SqlCatalog, tables: PeerTables, records: int) -> tuple[int, int]:
    """Reads the tables back, and returns the rows of bronze and of silver.

    The topic is one that lost nothing to retention and holds no dead letters; the same
    event may be in it more than once.

    Raises:
        PeerResultError: Bronze has fewer records than asked for, misses one before the last of
            its partition, or has one twice; or silver has not each event of bronze once.
    """
    columns = ("kafka_partition", "kafka_offset", *(("event_id",) if tables.silver else ()))
    bronze = catalog.load_table(tables.bronze).scan(selected_fields=columns).to_arrow()
    if bronze.num_rows < records:
        raise PeerResultError(f"{tables.bronze} has {bronze.num_rows:,} rows of {records:,}")
    for partition in _by_partition(bronze):
        _without_holes(tables.bronze, partition)
    if tables.silver is None:
        return bronze.num_rows, 0
    return bronze.num_rows, _silver_rows(catalog, tables.silver, bronze["event_id"])


def _by_partition(bronze: pa.Table) -> list[dict[str, int]]:
    measures = ("count", "count_distinct", "min", "max")
    grouped = bronze.group_by("kafka_partition").aggregate([("kafka_offset", name) for name in measures])
    rows: list[dict[str, int]] = grouped.rename_columns(["partition", *measures]).to_pylist()
    return rows


def _without_holes(name: str, found: dict[str, int]) -> None:
    doubled = found["count"] - found["count_distinct"]
    missing = found["max"] + 1 - found["count_distinct"]
    if doubled or missing:
        raise PeerResultError(
            f"{name}, partition {found['partition']}: {doubled:,} records doubled, "
            f"{missing:,} missing before offset {found['max']}"
        )


def _silver_rows(catalog: SqlCatalog, name: str, produced: pa.ChunkedArray) -> int:
    kept = catalog.load_table(name).scan(selected_fields=("event_id",)).to_arrow()["event_id"]
    doubled = len(kept) - pc.count_distinct(kept).as_py()
    lost = pc.count_distinct(produced.filter(pc.invert(pc.is_in(produced, kept)))).as_py()
    strange = len(kept) - pc.sum(pc.is_in(kept, produced).cast(pa.int64())).as_py()
    if doubled or lost or strange:
        raise PeerResultError(
            f"{name}: {doubled:,} events doubled, {lost:,} missing, {strange:,} that bronze has not"
        )
    return len(kept)
