from collections.abc import Iterator, Sequence
from itertools import count

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from tests.bench.peers.errors import PeerResultError
from tests.bench.peers.tables import create_bronze_without_envelope, create_tables
from tests.bench.peers.verification import verified_rows

_namespaces = (f"peer_{number}" for number in count())


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlCatalog]:
    folder = tmp_path_factory.mktemp("lake")
    opened = open_catalog(
        LakeSettings(catalog_uri=f"sqlite:///{folder / 'catalog.db'}", warehouse=str(folder / "warehouse"))
    )
    yield opened
    opened.close()


def append(catalog: SqlCatalog, name: str, rows: Sequence[dict[str, object]]) -> None:
    table = catalog.load_table(name)
    table.append(pa.Table.from_pylist(list(rows), schema=table.schema().as_arrow()))


def verify(catalog: SqlCatalog, bronze: Sequence[tuple[int, str]], silver: Sequence[str]) -> tuple[int, int]:
    """Verifies tables of these offsets and event ids, of which two were asked for."""
    tables = create_tables(catalog, next(_namespaces))
    assert tables.silver is not None
    append(
        catalog,
        tables.bronze,
        [{"kafka_partition": 0, "kafka_offset": offset, "event_id": event} for offset, event in bronze],
    )
    append(catalog, tables.silver, [{"event_id": event} for event in silver])
    return verified_rows(catalog, tables, 2)


def test_all_records_and_each_event_once_is_a_result(catalog: SqlCatalog) -> None:
    assert verify(catalog, [(1, "b"), (0, "a"), (2, "a")], ["b", "a"]) == (3, 2)


@pytest.mark.parametrize(
    ("bronze", "silver", "told"),
    [
        ([(0, "a")], ["a"], "1 rows of 2"),
        ([(0, "a"), (2, "c")], ["a", "c"], "1 missing before offset 2"),
        ([(1, "b"), (2, "c")], ["b", "c"], "1 missing before offset 2"),
        ([(0, "a"), (1, "b"), (1, "b")], ["a", "b"], "1 records doubled"),
        ([(0, "a"), (1, "b")], ["a"], "1 missing"),
        ([(0, "a"), (1, "b")], ["a", "b", "b"], "1 events doubled"),
        ([(0, "a"), (1, "b")], ["a", "b", "c"], "1 that bronze has not"),
    ],
    ids=["too few", "a hole", "no beginning", "doubled", "lost", "doubled event", "made up"],
)
def test_a_lossy_result_is_none(
    catalog: SqlCatalog, bronze: Sequence[tuple[int, str]], silver: Sequence[str], told: str
) -> None:
    with pytest.raises(PeerResultError, match=told):
        verify(catalog, bronze, silver)


def test_a_peer_without_silver_answers_for_bronze_alone(catalog: SqlCatalog) -> None:
    tables = create_bronze_without_envelope(catalog, next(_namespaces))
    append(catalog, tables.bronze, [{"kafka_partition": 0, "kafka_offset": offset} for offset in (0, 1)])
    assert verified_rows(catalog, tables, 2) == (2, 0)
