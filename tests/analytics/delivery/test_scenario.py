"""Two versions played by the runtime, counted from the tables, against what was planted (M1, M2)."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec import structs

from agent_runtime.scenarios import Load, generate, read_scenario
from analytics.delivery.counting import Counted, count
from analytics.delivery.evidence import Counts
from analytics.delivery.history import Begun, Canary
from analytics.delivery.stages import STAGES
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.analytics.delivery.made_traffic import Lake, open_lake

pytestmark = pytest.mark.spec("M1", "M2")

TOTAL = 120
OLD, NEW = "shop-5", "shop-6"


class Played:
    """A load, its lake, and what was counted of its first ten days."""

    def __init__(self, lake: Lake) -> None:
        scenario = read_scenario("regression")
        agents = [structs.replace(one, from_day=0) for one in scenario.agents]
        load = Load(scenario=structs.replace(scenario, agents=agents, customers=300), seed=3, total=TOTAL)
        batches = list(generate(load))
        self.events = [event for batch in batches for event in batch.events]
        self.truths = [truth for batch in batches for truth in batch.truths]
        began = min(truth.started_at_ns for truth in self.truths)
        self.lake = lake
        lake.hold(self.events)
        self.began = lake.connection.execute("select make_timestamptz(?)", [began // 1_000]).fetchone()[0]

    def counted(self, days: int) -> Counted:
        canary = Canary(
            canary_id="played",
            canary=NEW,
            control=OLD,
            stages=(Begun(STAGES[3], self.began),),
            state="runs",
            decisions=1,
            decided_at=self.began,
            share=0.5,
        )
        through = self.began + timedelta(days=days)
        return count(self.lake.connection, self.lake.catalog, canary, through=through)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with open_lake(tmp_path_factory.mktemp("scenario")) as lake:
        yield Played(lake)


def test_how_conversations_ended_is_what_was_planted(scenario: Played) -> None:
    def planted(version: str) -> Counts:
        truths = [one for one in scenario.truths if one.agent_version == version]
        return Counts(len(truths), sum(one.expected_outcome != "resolved" for one in truths))

    found = scenario.counted(60).observed
    assert found.stage["resolution"].canary == planted(NEW)
    assert found.stage["resolution"].control == planted(OLD)
    assert min(planted(NEW).n, planted(OLD).n) > TOTAL / 4
    assert found.stage["errors"].canary.n == planted(NEW).n
    assert found.delayed["escalation_24h"].canary.n == planted(NEW).n


def test_ratings_and_answers_are_those_of_the_events(scenario: Played) -> None:
    """A rating stands for the survey where both came; p95 as the definition of a percentile has it."""
    of = {truth.conversation_id: truth.agent_version for truth in scenario.truths}
    rated, answers = dict[str, float](), list[tuple[str, float]]()
    for event in sorted(scenario.events, key=_is_rating):
        match event.payload:
            case p.OutcomeRecorded(name="csat", score=score):
                rated[event.conversation_id] = score
            case p.FeedbackReceived(rating=rating):
                rated[event.conversation_id] = rating
            case p.ResponseSent(duration=duration):
                answers.append((of[event.conversation_id], duration / 1e6))
    found = scenario.counted(60).observed
    ratings = [score for conversation, score in rated.items() if of[conversation] == NEW]
    assert found.delayed["csat"].canary == Counts(len(ratings), sum(score <= 2 for score in ratings))
    control = sorted(ms for version, ms in answers if version == OLD)
    slow = control[-(-95 * len(control) // 100) - 1] + 500
    new = [ms for version, ms in answers if version == NEW]
    assert found.stage["latency"].canary == Counts(len(new), sum(ms > slow for ms in new))


def test_money_and_actions_are_those_of_the_shops_answers(scenario: Played) -> None:
    versions = {truth.conversation_id: truth.agent_version for truth in scenario.truths}
    done = dict[tuple[str, str | None], p.ToolCallEnd]()
    for event in scenario.events:
        match event.payload:
            case p.ToolCallEnd(effect="write", state="succeeded", idempotency_key=key):
                if versions[event.conversation_id] == NEW:
                    done[event.conversation_id, key] = event.payload
    found = scenario.counted(60)
    assert found.observed.irreversible == len(done) > 0
    assert found.unpriced == 0
    assert found.observed.money_usd == pytest.approx(sum(_moved(one) for one in done.values()))
    kinds = Counter(one.tool for one in done.values())
    assert {
        "cancel_pending_order",
        "return_delivered_order_items",
        "exchange_delivered_order_items",
    } <= kinds.keys()


def test_what_happens_later_is_not_counted_yet(scenario: Played) -> None:
    through = scenario.began + timedelta(days=9)
    until = [one for one in scenario.truths if one.started_at_ns < through.timestamp() * 1e9]
    early = scenario.counted(9).observed
    assert (
        0 < early.stage["resolution"].canary.n <= sum(one.agent_version == NEW for one in until) < TOTAL / 2
    )
    assert early.delayed["escalation_24h"].canary.n < early.stage["resolution"].canary.n


def _is_rating(event: AgentEvent) -> bool:
    return isinstance(event.payload, p.FeedbackReceived)


def _moved(call: p.ToolCallEnd) -> float:
    """What a call moved, by the order that it answers."""
    order = json.loads(call.result)
    match call.tool:
        case "cancel_pending_order":
            return float(
                sum(x["amount"] for x in order["payment_history"] if x["transaction_type"] == "refund")
            )
        case "return_delivered_order_items":
            prices = {item["item_id"]: item["price"] for item in order["items"]}
            return float(sum(prices[each] for each in order["return_items"]))
        case "exchange_delivered_order_items":
            return abs(float(order["exchange_price_difference"]))
        case "modify_pending_order_items" | "modify_pending_order_payment" | "apply_discount":
            return float(order["payment_history"][-1]["amount"])
        case _:
            return 0.0
