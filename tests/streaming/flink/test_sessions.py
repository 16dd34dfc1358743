"""The session job on the real stack: conversations in order, whatever way and however late they came."""

import random
import time
from collections.abc import Iterator
from itertools import count

import pytest

from infra.local import programs
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids, span_id_of, trace_id_of
from streaming.contract.payloads import ConversationEnded, MsgReceived, Payload
from tests.faults.crashes import kill, pid_of
from tests.stack import RawRecord, StackUnderTest, start_stack
from tests.streaming.flink.records import record

pytestmark = [pytest.mark.stack, pytest.mark.spec("E4")]

START_NS = time.time_ns() - 3_600_000_000_000
SECOND_NS = 1_000_000_000
YEAR_S = 365 * 86_400
GAP_S = 60
LATENESS_S = 600
ROW = "revision, end_said, events, duplicates, event_ids, event_times_ns"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """A stack with the session job; its conversations are over after a minute, by their own clock."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TURNSTONE_FLINK_SESSION_GAP_S", str(GAP_S))
        patched.setenv("TURNSTONE_FLINK_SESSION_DISORDER_S", "5")
        patched.setenv("TURNSTONE_FLINK_SESSION_LATENESS_H", str(LATENESS_S / 3600))
        patched.setenv("TURNSTONE_FLINK_SESSION_IDLE_S", "2")
        with start_stack(tmp_path_factory.mktemp("sessions"), sessions=True) as running:
            yield running


def event(conversation: str, second: float, payload: Payload | None = None) -> AgentEvent:
    time_ns = START_NS + round(second * SECOND_NS)
    trace = trace_id_of(conversation)
    return AgentEvent(
        id=seeded_ids(f"{conversation}/{second}")(time_ns),
        time_ns=time_ns,
        conversation_id=conversation,
        tenant_id="tenant-1",
        turn=int(second),
        trace_id=trace,
        span_id=span_id_of(trace, int(second)),
        agent_version="v1",
        payload=payload or MsgReceived(content=f"at {second}"),
    )


def end(conversation: str, second: float) -> AgentEvent:
    return event(
        conversation, second, ConversationEnded(outcome="completed", reason="final_answer", turns=1, steps=1)
    )


def send(stack: StackUnderTest, *events: AgentEvent, keyed: bool = True) -> None:
    records = [record(one) for one in events]
    stack.send(
        r if keyed else RawRecord(r.value, r.headers, one.id.encode())
        for r, one in zip(records, events, strict=True)
    )


def rows(stack: StackUnderTest, conversation: str, count: int = 1) -> list[tuple[object, ...]]:
    """The rows of a conversation, once there are as many."""
    sql = (
        f"select {ROW} from silver.finished_conversations where conversation_id = $conversation"
        " order by revision, started_at"
    )
    of_it = {"conversation": conversation}
    stack.wait_for(f"{count} rows of {conversation}", lambda: len(stack.query(sql, of_it)) >= count, 90)
    return stack.query(sql, of_it)


def test_events_of_a_conversation_are_put_in_order_across_partitions(stack: StackUnderTest) -> None:
    said = [*(event("shuffled", second) for second in range(20)), end("shuffled", 20)]
    mixed = [*said, *said[:5]]
    random.Random(4).shuffle(mixed)

    send(stack, *mixed, keyed=False)
    send(stack, event("after shuffled", 40))

    ((revision, end_said, events, duplicates, ids, times),) = rows(stack, "shuffled")
    assert (revision, end_said, events, duplicates) == (1, True, 21, 5)
    assert ids == [one.id for one in said]
    assert times == [one.time_ns for one in said]


def test_a_conversation_that_says_no_end_is_over_after_the_gap_and_partitions_without_events_hold_nobody_back(
    stack: StackUnderTest,
) -> None:
    first = [event("silent", 100 + second) for second in range(3)]
    again = [event("silent", 200 + second) for second in range(2)]

    send(stack, *first, *again)  # one key: the other partitions have nothing new
    send(stack, event("silent", 300))

    found = rows(stack, "silent", 2)
    assert [row[:3] for row in found] == [(1, False, 3), (2, False, 2)]
    assert [row[4] for row in found] == [[one.id for one in first], [one.id for one in again]]


def test_a_late_event_corrects_its_conversation_and_one_that_is_too_late_is_kept_aside(
    stack: StackUnderTest,
) -> None:
    said = [event("late", 400), event("late", 401), end("late", 403)]
    send(stack, *said)
    send(stack, event("clock", 450))
    assert rows(stack, "late")[0][2] == 3

    late = event("late", 402)
    send(stack, late)

    found = rows(stack, "late", 2)[-1]
    assert found[:3] == (2, True, 4)
    assert found[4] == [said[0].id, said[1].id, late.id, said[2].id]

    send(stack, event("clock", 450 + GAP_S + LATENESS_S + 60))
    stack.wait_for_commits()
    too_late = event("late", 402.5)
    send(stack, too_late)

    stack.wait_for(
        "the event that is too late",
        lambda: stack.query("select event_id from silver.late_events") == [(too_late.id,)],
        90,
    )
    assert len(rows(stack, "late")) == 2
    stack.wait_for(
        "the same event in silver",
        lambda: bool(stack.query("select 1 from silver.events where event_id = $id", {"id": too_late.id})),
    )


@pytest.mark.spec("E5")
def test_a_killed_task_manager_loses_and_doubles_no_conversation(stack: StackUnderTest) -> None:
    names = [f"survivor-{number}" for number in range(20)]
    early = [event(name, 1_300 + second) for name in names for second in range(4)]
    late = [event(name, 1_304 + second) for name in names for second in range(4)]
    ends = [end(name, 1_308) for name in names]
    expected = {
        name: [one.id for one in (*early, *late, *ends) if one.conversation_id == name] for name in names
    }

    send(stack, *early, keyed=False)
    kill(pid_of(stack, programs.TASK_MANAGER))
    send(stack, *late, *ends, keyed=False)
    ticks = count(1_400)

    def finished() -> dict[str, list[str]]:
        # Time goes on with what comes: a topic that nobody writes to ends no conversation.
        send(stack, event("clock", next(ticks)))
        found = stack.query(
            "select conversation_id, arg_max(event_ids, revision) from silver.finished_conversations"
            " where conversation_id like 'survivor-%' group by all"
        )
        return dict(found)

    stack.wait_for("the conversations that were under way", lambda: finished() == expected, 180)
    repeated = stack.query(
        "select conversation_id, revision from silver.finished_conversations"
        " where conversation_id like 'survivor-%' group by all having count(*) > 1"
    )
    assert repeated == []


def test_an_event_of_the_future_ends_no_conversation(stack: StackUnderTest) -> None:
    now = (time.time_ns() - START_NS) / SECOND_NS
    send(stack, event("patient", now), event("dreamer", now + 30 * YEAR_S))
    time.sleep(2)
    send(stack, event("patient", now + 1), end("patient", now + 2))
    time.sleep(8)
    send(stack, event("clock", now + 10))

    assert rows(stack, "patient")[0][2] == 3
