"""A canary from its start to its end, decided by the tables that the real builder makes (M1, M2)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs
from typer.testing import CliRunner

from analytics.delivery.cli import app
from analytics.delivery.decision import decide
from analytics.delivery.errors import (
    CanaryRunsError,
    DecidedMeanwhileError,
    NoCanaryError,
    SameVersionError,
)
from analytics.delivery.history import Canary, Row, append, read_canaries, read_rows, table_of
from analytics.delivery.running import complete_through, decide_by_tables, start, stop
from analytics.delivery.stages import STAGES
from analytics.delivery.tables import CANARY_DECISIONS
from pipelines.facts import table_facts
from streaming.contract.events import AgentEvent
from tests.analytics.delivery.made_traffic import NEW, NOON, OLD, Lake, at, open_lake, talk

pytestmark = pytest.mark.spec("M1", "M2")

DAY = 24 * 60


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with open_lake(tmp_path) as lake:
        yield lake


def traffic(
    first: int, *, since: float, until: float, canary: int, control: int, failing: float = 0.0
) -> list[list[AgentEvent]]:
    """Conversations of both versions, evenly between two minutes; of the canary's, a share escalates more."""

    def spread(version: str, many: int, bad: float, number: int) -> list[list[AgentEvent]]:
        each = (until - since - 1) / many
        return [
            talk(
                number + place,
                version,
                since + 1 + place * each,
                outcome="escalated" if (place * 37) % 100 < 100 * bad else "resolved",
            )
            for place in range(many)
        ]

    return [
        *spread(NEW, canary, 0.1 + failing, first),
        *spread(OLD, control, 0.1, first + canary),
    ]


def decided(lake: Lake, minutes: float) -> Row:
    return decide_by_tables(lake.connection, lake.catalog, now=at(minutes), through=at(minutes))


def newest(lake: Lake) -> Canary:
    return read_canaries(lake.catalog)[-1]


def test_no_data_holds_quiet_traffic_is_promoted_and_a_regression_is_rolled_back(lake: Lake) -> None:
    start(lake.catalog, NEW, OLD, now=NOON)
    nothing = decided(lake, 5)
    assert (nothing.action, nothing.admits, nothing.share) == ("hold", True, STAGES[0].share)
    assert {one.state for one in nothing.findings} == {"no data"}

    lake.hold(*traffic(0, since=0, until=62, canary=800, control=1_000))
    early = decided(lake, 59)
    assert (early.action, early.reasons[0]) == ("hold", "baked 59 of 60 minutes")
    promoted = decided(lake, 62)
    assert (promoted.action, promoted.stage, promoted.next_stage) == ("promote", "1 %", "5 %")
    assert promoted.share == STAGES[1].share
    assert newest(lake).stage_began_at == at(62)

    lake.hold(*traffic(5_000, since=62, until=90, canary=150, control=300, failing=0.4))
    rolled_back = decided(lake, 90)
    assert rolled_back.action == "roll_back"
    window = rolled_back.findings[0].window
    assert (window.canary.share, window.control.share) == pytest.approx((0.5, 0.1), abs=0.02), "as planted"
    shares = f"{window.canary.share:.2%} against {window.control.share:.2%}"
    assert rolled_back.reasons == [f"resolution: ended without resolution: {shares} in the last 15 minutes"]
    assert (rolled_back.next_stage, rolled_back.share, rolled_back.admits) == (None, 0.0, False)
    assert (newest(lake).state, newest(lake).decisions) == ("rolled back", 5)

    [rows] = read_rows(lake.catalog).values()
    assert [row.action for row in rows] == ["start", "hold", "hold", "promote", "roll_back"]
    for row in rows[1:]:
        [stage] = [one for one in STAGES if one.name == row.stage]
        again = decide(stage, row.observed())
        assert (again.action, list(again.reasons)) == (row.action, row.reasons), (
            "a row says all it was made from"
        )
    snapshots = json.loads(rolled_back.snapshots)
    for name, snapshot in snapshots.items():
        assert snapshot == table_facts(lake.catalog.load_table(name)).snapshot_id
    assert len(rolled_back.code_commit) in (7, 40)


def test_outcomes_that_come_late_turn_a_hold_into_a_roll_back(lake: Lake) -> None:
    start(lake.catalog, NEW, OLD, now=NOON)
    lake.hold(*traffic(0, since=0, until=60, canary=300, control=600))
    minutes = 70 + DAY
    held = decided(lake, minutes)
    assert held.action == "hold"
    [escalated] = [one for one in held.findings if one.trigger == "escalation_24h"]
    assert (escalated.canary_bad, escalated.canary_n) == (30, 300)

    came_back = [
        talk(9_000 + number, "v6", 600, customer=f"customer-{number}", outcome="escalated")
        for number in range(1, 300, 3)
    ]
    lake.hold(*came_back)
    found = decided(lake, minutes)
    assert found.action == "roll_back"
    [reason] = found.reasons
    assert reason.startswith("escalation_24h: with a human within 24 hours: 4")


def test_a_canary_may_be_rolled_back_by_hand_and_tried_again(lake: Lake) -> None:
    with pytest.raises(NoCanaryError, match="turnstone canary start"):
        decided(lake, 5)
    with pytest.raises(SameVersionError):
        start(lake.catalog, NEW, NEW, now=NOON)
    start(lake.catalog, NEW, OLD, now=NOON)
    with pytest.raises(CanaryRunsError, match="v8 runs at 1 %"):
        start(lake.catalog, "v9", OLD, now=at(1))
    stop(lake.catalog, "it swears", now=at(2))
    assert newest(lake).state == "rolled back"
    start(lake.catalog, NEW, OLD, now=at(3))
    assert [one.state for one in read_canaries(lake.catalog)] == ["rolled back", "runs"]
    assert newest(lake).began_at == at(3)


def test_of_two_that_decide_at_once_one_is_refused(lake: Lake) -> None:
    row = start(lake.catalog, NEW, OLD, now=NOON)
    table = table_of(lake.catalog)
    append(table_of(lake.catalog), structs.replace(row, action="hold", decided_at=at(1)))
    with pytest.raises(DecidedMeanwhileError, match="decide again"):
        append(table, structs.replace(row, action="roll_back", decided_at=at(1)))
    assert lake.catalog.load_table(CANARY_DECISIONS.name).scan().count() == 2


def test_the_last_stage_promotes_to_everybody(lake: Lake) -> None:
    row = start(lake.catalog, NEW, OLD, now=NOON)
    for minutes, stage in enumerate([*STAGES[1:], None], start=1):
        promoted = structs.replace(
            row,
            action="promote",
            next_stage=stage.name if stage else None,
            share=stage.share if stage else 1.0,
            decided_at=at(minutes),
        )
        append(table_of(lake.catalog), promoted)
    found = newest(lake)
    assert (found.state, found.share, found.stage) == ("promoted", 1.0, STAGES[-1])
    assert [one.began_at for one in found.stages] == [at(minutes) for minutes in range(len(STAGES))]


def test_what_came_just_before_the_last_build_is_not_taken_to_be_whole(lake: Lake) -> None:
    lake.hold(talk(1, NEW, 1))
    built = table_facts(lake.catalog.load_table("silver.conversations")).committed_at
    assert built is not None
    assert (built - complete_through(lake.catalog, now=NOON)).total_seconds() == 300


def test_the_commands_start_decide_stop_and_tell(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TURNSTONE_LAKE_CATALOG_URI", f"sqlite:///{tmp_path}/catalog.db")
    monkeypatch.setenv("TURNSTONE_LAKE_WAREHOUSE", str(tmp_path / "warehouse"))

    def told(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, result.output
        return result.output

    assert "no canary was ever started" in told("status")
    assert "no canary runs" in told("decide", code=2)
    assert "v8 beside v7: 1% of new" in told("start", NEW, "--control", OLD, "--at", "2025-11-03T12:00:00")
    lake.hold(*traffic(0, since=0, until=30, canary=150, control=300, failing=0.6))
    rolled_back = told("decide", "--at", "2025-11-03T12:30:00", code=1)
    assert "v8 at 1 %: roll back" in rolled_back
    assert "105 of 150" in rolled_back
    assert "v8 beside v7: rolled back" in told("status")
    assert "no canary runs" in told("stop", "why not", code=2)
