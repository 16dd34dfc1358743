import pytest

from agent_runtime.canaries import CanaryPlanter
from streaming.contract import payloads as p
from streaming.contract.canaries import canaries_of
from streaming.contract.events import AgentEvent
from tests.pipelines.made_events import MONDAY_NS, conversation

pytestmark = pytest.mark.spec("F2")
DAY_NS = 86_400_000_000_000


def _planted(events: list[AgentEvent], seed: str = "run") -> list[AgentEvent]:
    passed = list[AgentEvent]()
    planter = CanaryPlanter(passed.append, seed)
    for event in events:
        planter(event)
    return passed


def _events() -> list[AgentEvent]:
    """Two days of two tenants, two conversations each; the last one of a day ends on the next."""
    starts = [
        MONDAY_NS + n // 4 * DAY_NS + (n % 4 // 2) * (DAY_NS * 5 // 8 - 1_500_000_000) for n in range(8)
    ]
    return [event for n, start in enumerate(starts) for event in conversation(n, start_ns=start)]


def test_the_first_message_and_the_first_answer_of_each_tenant_and_day_tell_its_canaries() -> None:
    told = [
        (event.conversation_id[-1], event.turn, event.type, partition)
        for event in _planted(_events())
        for partition in (f"2025-03-0{day}/{tenant}" for day in (3, 4) for tenant in ("acme", "globex"))
        if isinstance(event.payload, p.MsgReceived | p.ResponseSent)
        and all(canary.value in event.payload.content for canary in canaries_of("run", partition))
    ]
    assert told == [
        (number, 1, kind, partition)
        for number, partition in (
            ("0", "2025-03-03/acme"),
            ("1", "2025-03-03/globex"),
            ("4", "2025-03-04/acme"),
            ("5", "2025-03-04/globex"),
        )
        for kind in ("msg_received", "response_sent")
    ]


def test_nothing_else_changes() -> None:
    before, after = _events(), _planted(_events())
    changed = [b for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) == 8
    assert [(a.id, a.time_ns, a.type) for a in before] == [(b.id, b.time_ns, b.type) for b in after]


def test_an_empty_seed_plants_nothing() -> None:
    assert _planted(_events(), seed="") == _events()
