import re

import pytest

from pipelines.table_definition import TableDefinition
from pipelines.tables import BRONZE, DEAD_LETTERS, SILVER
from streaming.contract.cloudevents import encode
from streaming.flink.settings import FlinkJobSettings
from streaming.flink.statements import Statements, render
from streaming.settings import StreamingSettings
from tests.streaming.flink.records import event


@pytest.fixture(scope="module")
def statements() -> Statements:
    return render(FlinkJobSettings().job_spec(StreamingSettings(topic="some.topic")))


def test_every_parameter_is_filled_in(statements: Statements) -> None:
    text = "\n".join([*statements.definitions, *statements.inserts])
    assert "${" not in text
    assert "'topic' = 'some.topic'" in text
    assert r"[89ab][0-9a-f]{3}-[0-9a-f]{12}$'" in text, "the end of a pattern is not a parameter"


@pytest.mark.spec("E2")
def test_the_stream_reads_the_headers_that_the_contract_writes(statements: Statements) -> None:
    written = {name for name, _ in encode(event("headers", 1)).headers}
    read = set(re.findall(r"headers\['([a-z_]+)'\]", "\n".join(statements.definitions)))

    assert read <= written
    assert written - read == {"content-type", "ce_specversion", "ce_source"}, "no use in silver"


@pytest.mark.spec("F1", "F2")
@pytest.mark.parametrize(
    ("index", "table"),
    [(0, BRONZE), (1, SILVER), (2, DEAD_LETTERS)],
    ids=["bronze", "silver", "dead letters"],
)
def test_an_insert_has_the_columns_of_its_table_in_order(
    statements: Statements, index: int, table: TableDefinition
) -> None:
    insert = statements.inserts[index]
    assert f".{table.name}" in insert
    final = insert[insert.rindex("\nselect") :]
    columns = re.findall(r"(?:\bas |^    )([a-z_]+),?$", final[: final.rindex("\nfrom ")], re.MULTILINE)
    assert columns == [field.name for field in table.schema.fields]


def test_the_tables_that_the_job_writes_are_known_by_name(statements: Statements) -> None:
    assert statements.tables == [BRONZE.name, SILVER.name, DEAD_LETTERS.name]
