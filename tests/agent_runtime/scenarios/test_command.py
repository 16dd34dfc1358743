"""``turnstone simulate`` as a person uses it: spec A10."""

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from agent_runtime.cli import app
from streaming.contract.json_format import decode_json

pytestmark = pytest.mark.spec("A10")

SCENARIO = "customers = 40"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A small scenario of a user's own."""
    from agent_runtime.scenarios.reading import LIBRARY  # noqa: PLC0415 - one line of one fixture

    path = tmp_path / "mine.toml"
    path.write_text((LIBRARY / "steady.toml").read_text().replace("first_day", f"{SCENARIO}\nfirst_day", 1))
    return path


def simulate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)])


def test_files_hold_the_same_events_and_the_truth_of_each_conversation(mine: Path, tmp_path: Path) -> None:
    common = ("--scenario", mine, "--seed", 5, "--conversations", 60, "--workers", 1)
    lines, rows = tmp_path / "lines", tmp_path / "rows"
    told = simulate(*common, "--out", lines)
    assert told.exit_code == 0, told.output
    assert re.search(
        r"6\d conversations, [\d,]+ events in [\d.]+ s: [\d,]+ conversations a minute", told.output
    )
    assert simulate(*common, "--out", rows, "--to", "parquet").exit_code == 0
    events = [decode_json(line) for line in (lines / "events.jsonl").read_bytes().splitlines()]
    table = pq.read_table(rows / "events.parquet")
    assert table["event_id"].to_pylist() == [event.id for event in events]
    assert table["event_time_ns"].to_pylist() == sorted(event.time_ns for event in events)
    assert json.loads(table["payload"][0].as_py())["cx.channel"] == "chat"
    truths = [(folder / "truth.parquet").read_bytes() for folder in (lines, rows)]
    assert truths[0] == truths[1]
    truth = pq.read_table(lines / "truth.parquet")
    assert set(truth["conversation_id"].to_pylist()) == {event.conversation_id for event in events}


def test_the_same_load_may_be_run_again_and_another_one_not_over_it(mine: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    common = ("--scenario", mine, "--conversations", 5, "--workers", 1, "--out", out)
    assert simulate(*common).exit_code == 0
    before = (out / "events.jsonl").read_bytes()
    assert simulate(*common).exit_code == 0
    assert (out / "events.jsonl").read_bytes() == before
    other = simulate(*common, "--seed", 8)
    assert other.exit_code == 1
    assert "holds something else: give another --out" in " ".join(other.output.split())


def test_a_scenario_that_cannot_be_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    told = simulate("--scenario", "new_failure", "--weeks", 1, "--out", tmp_path / "out")
    assert told.exit_code == 1
    assert "it begins on day 14, but the scenario has 7 days" in " ".join(told.output.split())
    assert not (tmp_path / "out").exists()


def test_scenarios_are_listed_with_what_they_are_for() -> None:
    told = simulate("--list")
    assert told.exit_code == 0
    assert re.search(r"new_failure\s+From the third Monday on", told.output)
