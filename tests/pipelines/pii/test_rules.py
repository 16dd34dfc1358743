import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines import cursor
from pipelines.conversations import rebuild_conversations
from pipelines.pii.rules import masking_rules
from pipelines.tables import SILVER
from tests.pipelines.made_events import conversations
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("F2")


def test_other_rules_of_masking_mask_everything_anew(
    catalog: SqlCatalog, connection: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(list(conversations(3)))])
    rebuild_conversations(connection, catalog)
    assert rebuild_conversations(connection, catalog).touched == 0
    earlier = cursor.rules()
    cursor.rules.cache_clear()
    monkeypatch.setattr(cursor, "masking_rules", lambda: f"not {masking_rules()}")
    try:
        assert cursor.rules() != earlier
        rebuilt = rebuild_conversations(connection, catalog)
    finally:
        cursor.rules.cache_clear()
    assert rebuilt.whole
    assert rebuilt.touched == 3
