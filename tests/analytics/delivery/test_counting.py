"""Counts of a canary from the tables, against truth by hand (M1, M2)."""

import json
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from analytics.delivery.counting import Counted, count
from analytics.delivery.effects import reversible_tools
from analytics.delivery.evidence import Counts, Pair, standardised
from analytics.delivery.history import Canary
from analytics.delivery.stages import STAGES
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.analytics.delivery.made_traffic import NEW, OLD, Lake, at, canary, open_lake, talk, write
from tests.pipelines.made_stream import deliver

pytestmark = pytest.mark.spec("M1", "M2")

DAY = 24 * 60


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with open_lake(tmp_path) as lake:
        yield lake


def counted(lake: Lake, through: datetime, of: Canary | None = None) -> Counted:
    return count(lake.connection, lake.catalog, of or canary(), through=through)


def grade(name: str, score: float) -> p.OutcomeRecorded:
    return p.OutcomeRecorded(name=name, score=score)


HOUR: list[list[AgentEvent]] = [
    talk(1, OLD, 10),
    talk(2, OLD, 20, outcome="escalated"),
    talk(3, OLD, 58, outcome="failed"),
    talk(4, NEW, 12, answer_ms=2_400),
    talk(5, NEW, 50, outcome="abandoned", answer_ms=2_501),
    talk(6, NEW, 57, outcome="failed", answer_ms=9_000),
    talk(7, NEW, 58, outcome="escalated"),
    talk(8, NEW, 59, outcome=None),
    talk(9, NEW, 61),
    talk(10, "v6", 30, outcome="failed"),
    talk(11, OLD, 5, began=-3),
]
"""What is known at one o'clock of the canary that began at noon."""


def test_cases_are_counted_by_hand_in_the_last_minutes_and_in_the_stage(lake: Lake) -> None:
    lake.hold(*HOUR)
    found = counted(lake, at(60)).observed
    assert found.minutes == 60
    assert found.stage == {
        "resolution": Pair(Counts(3, 2), Counts(4, 3)),
        "safety": Pair(Counts(3, 0), Counts(4, 0)),
        "errors": Pair(Counts(3, 1), Counts(4, 1)),
        # one that runs has answered; control's p95 is 2,000 ms
        "latency": Pair(Counts(3, 0), Counts(5, 2)),
    }
    assert found.windows == {
        "resolution": Pair(Counts(1, 1), Counts(3, 3)),
        "safety": Pair(Counts(1, 0), Counts(2, 0)),
        "errors": Pair(Counts(1, 1), Counts(2, 1)),
        "latency": Pair(Counts(1, 0), Counts(3, 1)),
    }
    assert found.delayed == {name: Pair(Counts(0, 0), Counts(0, 0)) for name in ("escalation_24h", "csat")}


def test_late_and_duplicated_and_reordered_events_give_the_same_counts(tmp_path: Path) -> None:
    events = [one for each in HOUR for one in each]
    deliveries = deliver(random.Random(5).sample(events, len(events)))
    again = [one.again(10_000 + place) for place, one in enumerate(deliveries[::3])]
    (tmp_path / "plain").mkdir()
    (tmp_path / "late").mkdir()
    with open_lake(tmp_path / "plain") as plain, open_lake(tmp_path / "late") as late:
        plain.hold(*HOUR)
        late.take(deliveries[:40])
        early = counted(late, at(60))
        late.take([*deliveries[40:], *again])
        expected, found = counted(plain, at(60)), counted(late, at(60))
        assert found.observed == expected.observed
        assert early.observed != found.observed, "and they came late indeed"
        assert early.snapshots != found.snapshots


def test_a_conversation_counts_when_its_end_has_come(lake: Lake) -> None:
    whole = talk(1, NEW, 10)
    lake.hold(whole[:-1])
    assert counted(lake, at(60)).observed.stage["resolution"].canary == Counts(0, 0)
    lake.hold(whole[-1:])
    assert counted(lake, at(60)).observed.stage["resolution"].canary == Counts(1, 0)


def test_the_edges_of_a_window_and_of_a_stage(lake: Lake) -> None:
    """A window is open at its start and closed at its end; a stage takes what began in it."""
    lake.hold(
        talk(1, NEW, 45, outcome="failed"), talk(2, NEW, 45.001), talk(3, NEW, 60), talk(4, NEW, 60.001)
    )
    lake.hold(talk(5, NEW, 1, began=0), talk(6, NEW, 1, began=-0.001))
    found = counted(lake, at(60)).observed
    assert found.windows["resolution"].canary == Counts(2, 0)
    assert found.stage["resolution"].canary == Counts(4, 1)
    second = counted(lake, at(60), canary((STAGES[0], 0.0), (STAGES[1], 50.0)))
    assert second.observed.stage["resolution"].canary == Counts(1, 0), (
        "what began in the stage before is not in it"
    )


def test_a_conversation_that_met_both_versions_is_neither_ones(lake: Lake) -> None:
    other = [event for event in talk(1, OLD, 10) if not isinstance(event.payload, p.ConversationEnded)]
    lake.hold([*other, *talk(1, NEW, 10)[-1:]], talk(2, NEW, 10))
    found = counted(lake, at(60)).observed.stage["resolution"]
    assert found == Pair(Counts(0, 0), Counts(1, 0))


def test_a_safety_violation_is_a_refused_act_another_layers_guardrail_or_the_newest_grade(lake: Lake) -> None:
    def guard(name: str, layer: str) -> list[tuple[float, p.Payload]]:
        return [(9.5, p.GuardrailTriggered(guardrail=name, layer=layer, action="refused"))]

    lake.hold(
        talk(1, NEW, 10, later=guard("permission", "tool")),
        talk(2, NEW, 10, later=guard("repeated_failure", "tool")),
        talk(3, NEW, 10, later=guard("empty_answer", "loop")),
        talk(4, NEW, 10, later=guard("toxic_output", "output")),
        talk(5, NEW, 10, later=[(20, grade("safety_violation", 1.0))]),
        talk(6, NEW, 10, later=[(20, grade("safety_violation", 1.0)), (30, grade("safety_violation", 0.0))]),
        talk(7, OLD, 10, later=guard("prerequisite", "tool")),
    )
    assert counted(lake, at(60)).observed.stage["safety"] == Pair(Counts(1, 1), Counts(6, 3))


def test_a_delayed_outcome_counts_a_day_after_the_last_contact(lake: Lake) -> None:
    lake.hold(
        talk(1, NEW, 10, outcome="escalated"),
        talk(2, NEW, 10, customer="again"),
        talk(3, OLD, 10 + DAY - 5, customer="again", outcome="escalated"),
        talk(4, NEW, 10, customer="too late"),
        talk(5, OLD, 12 + DAY, customer="too late", outcome="escalated"),
        talk(6, OLD, 10, customer="asked once more"),
        talk(7, OLD, 30, customer="asked once more"),
        talk(8, NEW, 11.5, outcome="escalated"),
        talk(9, OLD, 10),
    )
    found = counted(lake, at(10 + DAY)).observed.delayed["escalation_24h"]
    assert found == Pair(Counts(2, 0), Counts(3, 2))
    later = counted(lake, at(11.5 + DAY)).observed.delayed["escalation_24h"]
    assert later.canary == Counts(4, 3)


def test_ratings_count_by_what_is_known_now(lake: Lake) -> None:
    lake.hold(
        talk(1, NEW, 10, later=[(11, p.FeedbackReceived(rating=2))]),
        talk(2, NEW, 10, later=[(11, p.FeedbackReceived(rating=1)), (12, p.FeedbackReceived(rating=5))]),
        talk(3, NEW, 10),
        talk(4, OLD, 10, later=[(300, grade("csat", 1.0))]),
    )
    assert counted(lake, at(20)).observed.delayed["csat"] == Pair(Counts(0, 0), Counts(0, 0))
    assert counted(lake, at(10 + DAY)).observed.delayed["csat"] == Pair(Counts(1, 1), Counts(2, 1))
    lake.hold(talk(3, NEW, 10, later=[(3 * DAY, grade("csat", 1.0))])[-1:])
    assert counted(lake, at(10 + DAY)).observed.delayed["csat"] == Pair(Counts(1, 1), Counts(3, 2))


def test_control_has_the_canarys_mix_of_stages_in_what_is_delayed() -> None:
    """Bad hours come with the larger share: pooled as it is, an equal canary would look 6 points worse."""
    night, day = Pair(Counts(990, 99), Counts(10, 1)), Pair(Counts(750, 225), Counts(250, 75))
    pooled = Counts(1_740, 324)
    found = standardised([night, day])
    assert found.canary == Counts(260, 76)
    assert found.canary.share - pooled.share == pytest.approx(0.106, abs=0.001)
    assert found.harm == pytest.approx(0, abs=0.001)
    weights = 10 / 260, 250 / 260
    assert found.control.n == int(1 / (weights[0] ** 2 / 990 + weights[1] ** 2 / 750))
    assert standardised([day]) == day
    alone = Pair(Counts(0, 0), Counts(5, 5))
    assert standardised([day, alone]) == day, "what has nothing beside it compares nothing"
    assert standardised([alone, alone]) == Pair(Counts(0, 0), Counts(10, 10))
    assert standardised([]) == Pair(Counts(0, 0), Counts(0, 0))


def test_an_effect_counts_once_by_the_newest_thing_that_is_known_of_it(lake: Lake) -> None:
    def told(*calls: tuple[p.ToolCallStart, p.ToolCallEnd]) -> list[tuple[float, p.Payload]]:
        return [(9 + place / 100, one) for place, one in enumerate(each for call in calls for each in call)]

    paid = json.dumps({"payment_history": [{"amount": 30.0}, {"amount": 30.0}]})
    charge = json.dumps({"charge_id": "C1", "amount_cents": 1_250})
    left, _ = write("refund_charge", "left")
    lake.hold(
        talk(1, NEW, 10, later=told(write("cancel_pending_order", "a", answer=paid))),
        talk(
            2,
            NEW,
            10,
            later=told(
                write("charge_card", "b", state="unknown", answer="timed out"),
                write("charge_card", "b", answer=charge),
                write("charge_card", "b", answer=charge, from_ledger=True),
            ),
        ),
        talk(3, NEW, 10, later=told(write("charge_card", "c", state="failed", answer="refused"))),
        talk(4, NEW, 10, later=told(write("charge_card", "d", state=None, answer="not allowed"))),
        talk(
            5, NEW, 10, outcome=None, later=told(write("issue_gift_card", "e", state="unknown", answer="?"))
        ),
        talk(6, NEW, 10, outcome=None, later=[(9, left)]),
        talk(7, NEW, 10, later=told(write("book_slot", "f"))),
        talk(8, NEW, 10, later=told(write("charge_card", "g", answer=charge, from_ledger=True))),
        talk(9, OLD, 10, later=told(write("cancel_pending_order", "h", answer=paid))),
        talk(10, NEW, 70, later=[(69, one) for one in write("cancel_pending_order", "i", answer=paid)]),
    )
    found = counted(lake, at(60))
    assert reversible_tools() == ["book_slot"]
    assert found.observed.irreversible == 4, (
        "a, b, e and what left without an answer; a slot can be given back"
    )
    assert found.observed.money_usd == pytest.approx(30.0 + 12.5)
    assert found.unpriced == 2, "nobody knows what e and the one without an answer moved"
    assert counted(lake, at(0)).observed.irreversible == 0


def test_a_lake_without_anything_counts_nothing(lake: Lake) -> None:
    found = counted(lake, at(60))
    assert found.observed.stage["resolution"] == Pair(Counts(0, 0), Counts(0, 0))
    assert found.snapshots == {"silver.events": None, "silver.turns": None, "silver.conversations": None}
