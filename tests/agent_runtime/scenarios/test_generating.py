"""Equal loads are equal byte for byte, in order, and true to what was planted: spec A10 (scripted)."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from typing import get_args

import msgspec
import pytest

from agent_runtime.scenarios import Batch, Load, generate, in_order_of_time
from agent_runtime.scenarios.failures import FAILURES
from agent_runtime.scenarios.injecting import InjectionKind
from agent_runtime.scenarios.planning import Planner
from agent_runtime.simulation.wording import Persona
from streaming.contract import payloads as p
from streaming.contract.json_format import encode_json
from tests.agent_runtime.scenarios.conftest import Generated, run, thinned

pytestmark = pytest.mark.spec("A10")

PRINT_DIGEST = """
import hashlib
from msgspec.structs import replace
from agent_runtime.scenarios import Load, generate, read_scenario
from streaming.contract.json_format import encode_json
scenario = replace(read_scenario("injections"), customers=40)
digest = hashlib.sha256()
for batch in generate(Load(scenario=scenario, seed=3, total=120)):
    for event in batch.events:
        digest.update(encode_json(event))
    digest.update(repr(batch.truths).encode())
print(digest.hexdigest())
"""


def digest(load: Load, *, workers: int) -> str:
    found = hashlib.sha256()
    for batch in generate(load, workers=workers):
        for event in batch.events:
            found.update(encode_json(event))
        found.update(repr(batch.truths).encode())
    return found.hexdigest()


def test_equal_loads_are_equal_byte_for_byte_in_any_process_and_any_number_of_them() -> None:
    load = Load(scenario=thinned("injections", customers=40), seed=3, total=120)
    another = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert digest(load, workers=1) == digest(load, workers=2) == another


def test_another_seed_or_another_total_gives_other_conversations() -> None:
    scenario = thinned("steady", customers=40)
    loads = [Load(scenario=scenario, seed=seed, total=total) for seed, total in ((1, 3), (2, 3), (1, 4))]
    ids = [{truth.conversation_id for truth in run(load).truths} for load in loads]
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]


def test_every_conversation_ends_as_planted(
    regression: Generated, injections: Generated, new_failure: Generated, incidents: Generated
) -> None:
    for each in (regression, injections, new_failure, incidents):
        expected = {truth.conversation_id: truth for truth in each.truths}
        ended = {
            event.conversation_id: event.payload.outcome
            for event in each.events
            if isinstance(event.payload, p.ConversationEnded)
        }
        assert ended.keys() == expected.keys()
        wrong = [truth for name, truth in expected.items() if ended[name] != truth.expected_outcome]
        assert not wrong, wrong[:3]


def test_who_was_served_heard_and_got_what_is_right(regression: Generated, injections: Generated) -> None:
    for each in (regression, injections):
        events = each.by_conversation
        for truth in each.truths:
            said = " ".join(
                event.payload.content
                for event in events[truth.conversation_id]
                if isinstance(event.payload, p.ResponseSent)
            ).replace(",", "")
            wrote = [
                {"name": event.payload.tool, "arguments": event.payload.arguments}
                for event in events[truth.conversation_id]
                if isinstance(event.payload, p.ToolCallStart) and event.payload.effect == "write"
            ]
            due = msgspec.json.decode(truth.expected_actions)
            done = wrote == [call for call in due if call["name"] != "transfer_to_human_agents"]
            told = all(output in said for output in truth.expected_outputs)
            assert not truth.served or (done and told), truth
            assert truth.failure != "wrong_answer" or not told, truth
            assert truth.failure not in {"wrong_argument", "false_claim", "excess_discount"} or not done, (
                truth
            )


def test_all_that_can_be_planted_is(
    regression: Generated, injections: Generated, new_failure: Generated, incidents: Generated
) -> None:
    truths = [truth for each in (regression, injections, new_failure, incidents) for truth in each.truths]
    assert {truth.persona for truth in truths} == set(get_args(Persona))
    assert {truth.failure for truth in truths} == {None, *FAILURES} - {"skip_confirmation"}
    assert {truth.injection for truth in truths} == {None, *get_args(InjectionKind)}
    assert {truth.incident for truth in truths} == {
        *(None, "new_problem", "tool_outage", "stale_article", "model_change", "slow_model"),
    }
    assert {truth.discount_asked for truth in truths} == {None, 5, 10, 15, 20, 30, 50}
    assert {truth.difficulty for truth in truths} >= {0, 1, 2}


def test_no_event_tells_what_is_planted(
    regression: Generated, injections: Generated, new_failure: Generated, incidents: Generated
) -> None:
    labels = [
        *FAILURES,
        *get_args(InjectionKind),
        *("new_problem", "tool_outage", "stale_article", "model_change", "slow_model"),
        *("baseline", "candidate", "enterprise", "starter"),
        *("terse", "chatty", "forgetful"),
        *("change_address", "change_payment", "ask_order", "ask_product", "ask_human", "refused_card"),
        *("regression", "new_failure", "planted"),
    ]
    for each in (regression, injections, new_failure, incidents):
        for name, events in list(each.by_conversation.items())[:800]:
            text = b"\n".join(map(encode_json, events)).decode()
            for label in (label for label in labels if label in text):
                assert not re.search(rf"(?<![A-Za-z_]){label}(?![A-Za-z_])", text), (label, name)
            started = [event.payload for event in events if isinstance(event.payload, p.ConversationStarted)]
            assert [payload.scenario for payload in started] == [None]


def test_events_come_in_the_order_of_time_and_none_is_lost(regression: Generated) -> None:
    batches = batches_of(regression)
    ordered = list(in_order_of_time(batches))
    events = [event for due, _ in ordered for event in due]
    assert [batch for _, batch in ordered] == batches
    assert [(each.time_ns, each.id) for each in events] == sorted(
        (each.time_ns, each.id) for each in regression.events
    )
    assert len(ordered[0][0]) > 1_000, "what is due is not held back"


def batches_of(generated: Generated, size: int = 50) -> list[Batch]:
    """Batches as the generator makes them, without holding the conversations again."""
    events = generated.by_conversation
    numbers: dict[int, list[str]] = {}
    for truth in generated.truths:
        numbers.setdefault(truth.number, []).append(truth.conversation_id)
    starts = {truth.number: truth.started_at_ns for truth in generated.truths if truth.again_of is None}
    made = []
    for first in range(0, len(numbers), size):
        mine = range(first, min(first + size, len(numbers)))
        made.append(
            Batch(
                numbers=len(mine),
                until_ns=starts.get(mine.stop, 2**62),
                events=[event for number in mine for name in numbers[number] for event in events[name]],
                truths=[],
            )
        )
    return made


def test_no_id_comes_twice_and_ids_carry_their_times(regression: Generated) -> None:
    ids = Counter(event.id for event in regression.events)
    assert max(ids.values()) == 1
    for event in regression.events[:2_000]:
        assert int(event.id.replace("-", "")[:12], 16) == event.time_ns // 1_000_000


def test_times_lie_in_the_scenarios_weeks(regression: Generated) -> None:
    scenario = regression.load.scenario
    begins = [event for event in regression.events if isinstance(event.payload, p.ConversationStarted)]
    assert {truth.day for truth in regression.truths} == set(range(scenario.days))
    first_ns = min(event.time_ns for event in begins)
    last_ns = max(event.time_ns for event in regression.events)
    day_ns = 86_400_000_000_000
    assert 0 <= first_ns - 1_767_571_200_000_000_000 < day_ns, "2026-01-05"
    assert last_ns - first_ns < (scenario.days + 6) * day_ns, "surveys and refunds come up to five days later"


def test_fewer_than_one_process_or_conversation_is_refused() -> None:
    scenario = thinned("steady", customers=3)
    with pytest.raises(ValueError, match="one process at least, got 0"):
        next(generate(Load(scenario=scenario), workers=0))
    for workers in (1, 2):
        with pytest.raises(ValueError, match="at least one conversation, got 0"):
            next(generate(Load(scenario=scenario, total=0), workers=workers))
    with pytest.raises(ValueError, match="at least one conversation, got 0"):
        Planner(scenario, seed=1, total=0)
