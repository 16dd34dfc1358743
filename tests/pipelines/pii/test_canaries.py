from collections.abc import Sequence

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import ListType, LongType, StringType

from agent_runtime.canaries import CanaryPlanter
from pipelines.conversations import rebuild_conversations
from pipelines.pii.canaries import look_in_gold, look_in_silver
from pipelines.pii.masking import mask_texts
from pipelines.table_definition import TableDefinition, schema_of
from pipelines.tables import SILVER
from pipelines.writing import replace_table
from streaming.contract.canaries import canaries_of, planted
from streaming.contract.events import AgentEvent
from tests.pipelines.made_events import conversations
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("F2")
SEED = "run"
PARTITIONS = ["2025-03-03/acme", "2025-03-03/globex"]


def _played(seed: str = SEED) -> list[AgentEvent]:
    """Conversations of two tenants on one day, with canaries."""
    events = list[AgentEvent]()
    planter = CanaryPlanter(events.append, seed)
    for event in conversations(4):
        planter(event)
    return events


def _fill(catalog: SqlCatalog, events: Sequence[AgentEvent]) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(list(events))])


def test_masking_leaves_no_canary() -> None:
    partitions = [f"2025-03-{day:02}/{tenant}" for day in range(1, 13) for tenant in ("acme", "globex")]
    canaries = {partition: canaries_of(SEED, partition) for partition in partitions}
    told = [planted("I want to return the boots.", canaries[each], each) for each in partitions]
    for partition, text in zip(partitions, mask_texts(told), strict=True):
        assert [canary for canary in canaries[partition] if canary.mark in text.lower()] == []
        assert text.startswith("I want to return the boots.")


def test_canaries_of_every_partition_are_masked_on_the_way_to_silver(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _fill(catalog, _played())
    rebuild_conversations(connection, catalog)
    report = look_in_silver(connection, catalog, SEED)
    assert (report.partitions, report.seeded, report.leaks) == (PARTITIONS, PARTITIONS, [])
    assert report.message == "canaries in 2 of 2 partitions, none of them leaked"
    turns = catalog.load_table("silver.turns").scan().to_arrow().to_pylist()
    told = " ".join(f"{row['customer_message']} {row['agent_response']}" for row in turns)
    for placeholder in ("[NAME]", "[ADDRESS]", "[EMAIL]", "[PHONE]"):
        assert told.count(placeholder) == 4  # a customer and an agent in each partition


def test_what_is_stored_unmasked_is_a_leak_of_all_canaries(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _fill(catalog, _played())
    rebuild_conversations(connection, catalog, mask=lambda rows, _: rows)
    report = look_in_silver(connection, catalog, SEED)
    assert {(leak.table, leak.column) for leak in report.leaks} == {
        ("silver.turns", "customer_message"),
        ("silver.turns", "agent_response"),
    }
    assert len(report.leaks) == 2 * 2 * 4
    assert "16 leaked, the first: " in report.message


def test_a_partition_without_canaries_is_told(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    _fill(catalog, _played(seed=""))
    rebuild_conversations(connection, catalog)
    report = look_in_silver(connection, catalog, SEED)
    assert (len(report.partitions), report.seeded) == (2, [])


def test_where_no_seed_is_set_nothing_is_looked_for(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _fill(catalog, _played())
    rebuild_conversations(connection, catalog, mask=lambda rows, _: rows)
    assert look_in_silver(connection, catalog, "").leaks == []


_LEAKY = TableDefinition(
    name="gold.leaky",
    doc="A mart that tells too much",
    schema=schema_of(
        (
            ("tenant_id", StringType(), "tenant"),
            ("turn", LongType(), "turn"),
            ("notes", ListType(element_id=100, element_type=StringType(), element_required=False), "notes"),
        )
    ),
)


def test_a_leak_into_gold_is_told_with_table_column_and_row(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _fill(catalog, _played())
    rebuild_conversations(connection, catalog)
    name, _, _, phone = canaries_of(SEED, PARTITIONS[0])
    notes = f"['fine', 'was {name.value.upper()}', 'at {phone.value}']"
    replace_table(connection, catalog, _LEAKY, f"select 'acme' as tenant_id, 3 as turn, {notes} as notes")
    leaks = look_in_gold(connection, catalog, SEED).leaks
    assert [(leak.table, leak.column, leak.canary) for leak in leaks] == [
        ("gold.leaky", "notes", name),
        ("gold.leaky", "notes", phone),
    ]
    assert leaks[0].row == {"tenant_id": "acme", "turn": "3"}
