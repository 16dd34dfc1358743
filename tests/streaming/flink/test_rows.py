"""What the jobs write, as their Java sources say it, against the tables as the lake states them."""

import re

import pytest

from infra.local.stream_jar import SOURCES
from pipelines.table_definition import TableDefinition
from pipelines.tables import BRONZE, DEAD_LETTERS, FINISHED_CONVERSATIONS, LATE_EVENTS, SILVER
from streaming.contract.cloudevents import encode
from tests.streaming.flink.records import event


def source(name: str) -> str:
    return (SOURCES / "turnstone" / "stream" / f"{name}.java").read_text()


def listed_and_set(name: str, mark: str) -> tuple[list[str], list[int]]:
    """The columns in the list behind a mark, and the places that are set until the next such list."""
    _, _, behind = source(name).partition(mark)
    section = behind.split("COLUMNS = {")[1]
    names, _, body = section.partition("};")
    first = 5 if "setCoordinates(0, arrival);" in body else 0
    places = [*range(first), *map(int, re.findall(r"\bset\((?:row, )?(\d+),", body))]
    return re.findall(r'"(\w+)"', names), places


@pytest.mark.spec("F1", "F2", "E4")
@pytest.mark.parametrize(
    ("name", "mark", "table"),
    [
        ("Rows", "class Bronze", BRONZE),
        ("Rows", "class Silver", SILVER),
        ("Rows", "class DeadLetters", DEAD_LETTERS),
        ("FinishedConversation", "class FinishedConversation", FINISHED_CONVERSATIONS),
        ("Moment", "class Valid", LATE_EVENTS),
    ],
    ids=["bronze", "silver", "dead letters", "finished conversations", "late events"],
)
def test_a_row_has_the_columns_of_its_table_and_each_once(
    name: str, mark: str, table: TableDefinition
) -> None:
    columns, places = listed_and_set(name, mark)
    assert sorted(columns) == sorted(field.name for field in table.schema.fields)
    assert places == list(range(len(columns)))


@pytest.mark.spec("E2")
def test_the_stream_reads_the_headers_that_the_contract_writes() -> None:
    written = {name for name, _ in encode(event("headers", 1)).headers}
    read = set(re.findall(r'case "([a-z_]+)"', source("Envelope")))

    assert read <= written
    assert written - read == {"content-type", "ce_specversion", "ce_source"}, "no use in silver"


def test_the_tables_that_the_jobs_write_are_known_by_name() -> None:
    names = re.findall(r'static final String \w+ = "((?:bronze|silver)\.\w+)"', source("Lake"))
    tables = (BRONZE, SILVER, DEAD_LETTERS, FINISHED_CONVERSATIONS, LATE_EVENTS)
    assert names == [table.name for table in tables]
