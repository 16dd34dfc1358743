"""Recorded conversations through the whole runtime: loop, model, customer, tools, events."""

from collections import defaultdict
from pathlib import Path

import pytest

from agent_runtime.domains.retail import RetailDatabase, load_shop
from agent_runtime.domains.retail.exactness import Replayer
from agent_runtime.domains.retail.judging import TASK_REWARD
from agent_runtime.domains.retail.recorded import RecordedRuns
from agent_runtime.loop import HANDOVER_TEXT
from agent_runtime.play import play
from agent_runtime.recordings import AgentText, CustomerTurn, Recordings
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent


@pytest.mark.recordings
@pytest.mark.spec("A10")
async def test_the_runtime_plays_every_recorded_step_and_earns_the_replayed_reward(
    recordings_folder: Path,
) -> None:
    recordings = Recordings(recordings_folder)
    database = RetailDatabase(load_shop(recordings_folder))
    runs = RecordedRuns(recordings, database)
    events: dict[str, list[AgentEvent]] = defaultdict(list)
    played = await play(
        runs, total=runs.total, sink=lambda event: events[event.conversation_id].append(event)
    )
    assert played == len(events) == 1365

    replayer = Replayer(database)
    for run in recordings.runs():
        for record in recordings.conversations(run):
            replayed = replayer.replay(record)
            seen = [event.payload for event in events[record.conversation_id]]
            observed = [each.result for each in seen if isinstance(each, p.ToolCallEnd)]
            assert observed == [each.ours for each in replayed.calls], record.conversation_id
            rewards = [
                each.score
                for each in seen
                if isinstance(each, p.OutcomeRecorded) and each.name == TASK_REWARD
            ]
            expected = [replayed.grade.reward] if replayed.whole and replayed.grade else []
            assert rewards == expected, record.conversation_id
            heard = [each.content for each in seen if isinstance(each, p.MsgReceived)]
            asked = [step.text for step in record.steps if isinstance(step, CustomerTurn)]
            assert heard == asked[: len(heard)], record.conversation_id
            (end,) = [each for each in seen if isinstance(each, p.ConversationEnded)]
            said = [each.content for each in seen if isinstance(each, p.ResponseSent)]
            recorded = [step.text for step in record.steps if isinstance(step, AgentText)]
            goodbye = [HANDOVER_TEXT] if end.reason in ("step_limit", "model_error") else []
            assert said == recorded[: len(said) - len(goodbye)] + goodbye, record.conversation_id
            assert (end.reason == "crashed") == (not record.steps)
