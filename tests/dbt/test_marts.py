import json
import re
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS
from pipelines.tables import SILVER
from pipelines.views import refresh
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.dagster_project.warm_dbt import WarmDbt, warm_dbt
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation
from tests.pipelines.made_stream import append, deliver, silver_row

ROOT = Path(__file__).resolve().parents[2]
MARTS = ("gold.agent_daily", "gold.tool_daily")
WITHOUT_UNIT_TESTS = ("build", "--exclude-resource-type", "unit_test")


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmDbt]:
    """dbt that starts once for all builds."""
    with warm_dbt(tmp_path_factory.mktemp("dbt")) as server:
        yield server


def _events() -> list[AgentEvent]:
    """Conversations of two tenants and versions with different outcomes, over three days."""
    outcomes: list[p.Outcome] = ["resolved", "escalated", "abandoned", "failed", "resolved"]
    events = [
        event
        for number in range(40)
        for event in conversation(
            number,
            tool_calls=number % 3,
            failing_tools=int(number % 4 == 0),
            outcome=outcomes[number % 5],
            reward=None if number % 7 == 0 else float(number % 5 == 0),
        )
    ]
    unfinished = [e for e in conversation(40) if e.type not in {"conversation_ended", "outcome_recorded"}]
    return [*events, *unfinished]


def _rows(catalog: SqlCatalog, name: str) -> list[dict[str, Any]]:
    return catalog.load_table(name).scan().to_arrow().to_pylist()


def _by_hand(events: list[AgentEvent]) -> dict[tuple[str, date, str], dict[str, float | None]]:
    """Gold by another way: plain Python over the events."""
    talks = defaultdict[str, list[AgentEvent]](list)
    for event in events:
        talks[event.conversation_id].append(event)
    groups = defaultdict[tuple[str, date, str], list[list[AgentEvent]]](list)
    for talk in talks.values():
        day = datetime.fromtimestamp(talk[0].time_ns / 1e9, UTC).date()
        groups[talk[0].tenant_id, day, talk[0].agent_version].append(talk)
    return {grain: _metrics(talks) for grain, talks in groups.items()}


def _metrics(talks: list[list[AgentEvent]]) -> dict[str, float | None]:
    payloads = [event.payload for talk in talks for event in talk]
    ended = [x for x in payloads if isinstance(x, p.ConversationEnded)]
    tools = [x for x in payloads if isinstance(x, p.ToolCallEnd)]
    models = [x for x in payloads if isinstance(x, p.LlmCallEnd)]
    rewards = [x.score for x in payloads if isinstance(x, p.OutcomeRecorded)]
    answers = [x.duration / 1e6 for x in payloads if isinstance(x, p.ResponseSent)]
    resolved = sum(x.outcome == "resolved" for x in ended)
    return {
        "conversations": len(talks),
        "turns": sum(isinstance(x, p.MsgReceived) for x in payloads),
        "resolved": resolved,
        "escalated": sum(x.outcome == "escalated" for x in ended),
        "still_open": len(talks) - len(ended),
        "resolution_rate": resolved / len(ended) if ended else None,
        "rewarded": len(rewards),
        "mean_reward": statistics.fmean(rewards) if rewards else None,
        "tool_calls": len(tools),
        "tool_errors": sum(not x.ok for x in tools),
        "tool_error_rate": sum(not x.ok for x in tools) / len(tools) if tools else None,
        "input_tokens": sum(x.input_tokens for x in models),
        "cost_usd": sum(x.cost for x in models),
        "response_ms_p50": statistics.median(answers),
    }


@pytest.mark.spec("F3")
def test_gold_says_what_the_events_say_and_all_its_tests_pass(
    catalog: SqlCatalog, connection: DuckDBPyConnection, dbt: WarmDbt
) -> None:
    events = _events()
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(events)])
    rebuild_conversations(connection, catalog)
    built = dbt.run("build")
    assert built.returncode == 0, built.stdout

    rows = {(r["tenant_id"], r["day"], r["agent_version"]): r for r in _rows(catalog, "gold.agent_daily")}
    expected = _by_hand(events)
    assert rows.keys() == expected.keys()
    for grain, metrics in expected.items():
        assert {name: rows[grain][name] for name in metrics} == pytest.approx(metrics)

    tools = _rows(catalog, "gold.tool_daily")
    assert sum(r["calls"] for r in tools) == sum(r["tool_calls"] for r in rows.values())
    assert sum(r["errors"] for r in tools) == sum(r["tool_errors"] for r in rows.values())
    results = json.loads((dbt.target / "run_results.json").read_text())["results"]
    assert sum(r["unique_id"].startswith("unit_test.") for r in results) == 7


@pytest.mark.spec("F3")
def test_late_events_correct_the_gold_of_their_day_and_a_rebuild_is_idempotent(
    catalog: SqlCatalog, connection: DuckDBPyConnection, dbt: WarmDbt
) -> None:
    late = conversation(0)[-2:]
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversation(0)[:-2])])
    rebuild_conversations(connection, catalog)
    assert dbt.run("run").returncode == 0
    [before] = _rows(catalog, "gold.agent_daily")
    assert (before["still_open"], before["resolved"], before["mean_reward"]) == (1, 0, None)
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(late)])
    rebuild_conversations(connection, catalog)
    assert dbt.run(*WITHOUT_UNIT_TESTS).returncode == 0
    [after] = _rows(catalog, "gold.agent_daily")
    assert (after["still_open"], after["resolved"], after["mean_reward"]) == (0, 1, 1.0)
    table = catalog.load_table("gold.agent_daily")
    assert table.properties["comment"].startswith("How each agent version did")
    assert all(field.doc for field in table.schema().fields)


def test_a_value_that_the_contract_does_not_know_fails_a_test_by_name(
    catalog: SqlCatalog, connection: DuckDBPyConnection, dbt: WarmDbt
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversation(0))])
    rebuild_conversations(connection, catalog)
    table = catalog.load_table(CONVERSATIONS.name)
    [row] = table.scan().to_arrow().to_pylist()
    odd = {**row, "outcome": "vanished"}
    table.overwrite(pa.Table.from_pylist([odd], schema=table.schema().as_arrow()))
    built = dbt.run(*WITHOUT_UNIT_TESTS)
    assert built.returncode == 1
    assert "FAIL 1 accepted_values_stg_conversations_outcome" in built.stdout
    assert not catalog.table_exists("gold.agent_daily")


def _files_by_day(catalog: SqlCatalog, name: str) -> dict[date, set[str]]:
    files = defaultdict[date, set[str]](set)
    for task in catalog.load_table(name).scan().plan_files():
        files[date(1970, 1, 1) + timedelta(days=task.file.partition[0])].add(task.file.file_path)
    return files


@pytest.mark.spec("F3")
def test_only_days_whose_conversations_changed_are_built_again_and_the_others_keep_their_files(
    catalog: SqlCatalog, connection: DuckDBPyConnection, dbt: WarmDbt
) -> None:
    day_ns = 24 * 3_600 * SECOND_NS
    talks = [conversation(n, tool_calls=1, start_ns=MONDAY_NS + n * day_ns) for n in range(3)]
    told = deliver([event for talk in talks for event in talk])
    late = [d for d in told if d.event_id in {event.id for event in talks[1][-2:]}]
    append(catalog, SILVER.name, [silver_row(d) for d in told if d not in late])
    rebuild_conversations(connection, catalog)
    assert dbt.run("run").returncode == 0
    before = {name: _files_by_day(catalog, name) for name in (*MARTS, "gold.cost_daily")}
    drop_offs = catalog.load_table("gold.drop_off_daily").metadata.current_snapshot_id

    append(catalog, SILVER.name, [silver_row(d) for d in late])
    rebuild_conversations(connection, catalog)
    built = dbt.run(*WITHOUT_UNIT_TESTS)
    assert built.returncode == 0, built.stdout
    for name, files in before.items():
        after = _files_by_day(catalog, name)
        assert {day for day in files if files[day] != after[day]} == {date(2025, 3, 4)}
    rows = {row["day"]: row for row in _rows(catalog, "gold.agent_daily")}
    assert [rows[day]["resolved"] for day in sorted(rows)] == [1, 1, 1]
    assert (
        catalog.load_table("gold.drop_off_daily").metadata.current_snapshot_id != drop_offs
    )  # and has no rows

    snapshots = [catalog.load_table(name).metadata.current_snapshot_id for name in before]
    assert dbt.run("run").returncode == 0
    assert [catalog.load_table(name).metadata.current_snapshot_id for name in before] == snapshots


@pytest.mark.spec("F3")
def test_percentiles_over_days_come_from_merged_sketches(
    catalog: SqlCatalog, connection: DuckDBPyConnection, dbt: WarmDbt
) -> None:
    """The query of docs/gold.md against the quantile of all answers together."""
    events = [
        structs.replace(event, payload=structs.replace(event.payload, duration=(n % 37 + 1) ** 3 * 1_000_000))
        if isinstance(event.payload, p.ResponseSent)
        else event
        for n, event in enumerate(_events())
    ]
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(events)])
    rebuild_conversations(connection, catalog)
    assert dbt.run("run").returncode == 0
    refresh(connection, catalog)
    [query] = re.findall(r"```sql\n(-- p95 .*?)```", (ROOT / "docs" / "gold.md").read_text(), re.DOTALL)
    merged = dict(connection.execute(query).fetchall())
    exact = dict(
        connection.execute("""
            select tenant_id, quantile_disc(answer, 0.95)
            from (select tenant_id, unnest(response_ms) as answer from silver.conversations)
            group by tenant_id
        """).fetchall()
    )
    assert merged == pytest.approx(exact, rel=0.0101)
    averages = "select tenant_id, avg(response_ms_p95) from gold.agent_daily group by tenant_id"
    assert dict(connection.execute(averages).fetchall()) != pytest.approx(exact, rel=0.0101)


def test_a_mart_whose_columns_are_not_those_of_its_contract_is_not_built(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path
) -> None:
    project = tmp_path / "repository" / "dbt"
    shutil.copytree(ROOT / "dbt", project, ignore=shutil.ignore_patterns("target", "logs"))
    about = project / "models" / "marts" / "cost_daily.yml"
    about.write_text(about.read_text().replace("map(integer, bigint)", "map(integer, varchar)"))
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversation(0))])
    rebuild_conversations(connection, catalog)
    itself = Path(sys.executable).with_name("dbt")
    command = [itself, "run", "--select", "+cost_daily", "--project-dir", project, "--profiles-dir", project]
    built = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert built.returncode == 1
    assert "contract" in built.stdout
    assert not catalog.table_exists("gold.cost_daily")
