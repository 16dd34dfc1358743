"""The public format of recorded conversations, its oddities and its breakage."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.errors import DatasetNotFoundError, RecordingError
from agent_runtime.messages import ToolCall
from agent_runtime.recordings import (
    AgentCall,
    AgentText,
    CustomerTurn,
    RecordedConversation,
    Recordings,
    Task,
)


def call_message(name: str, arguments: str, call_id: str | None = "call_x") -> dict[str, Any]:
    call: dict[str, Any] = {"type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call | ({"id": call_id} if call_id else {})]}


def made_record(*messages: dict[str, Any], **info: Any) -> dict[str, Any]:
    task = {
        "user_id": "ada_1",
        "instruction": "You are Ada.",
        "actions": [{"name": "think", "kwargs": {"thought": "hm"}}],
        "outputs": ["10"],
    }
    verdict = {"info": {"r_actions": 1.0, "gt_data_hash": "abc"}}
    return {
        "task_id": 3,
        "reward": 1.0,
        "info": {"task": task, "reward_info": verdict} | info,
        "traj": list(messages),
    }


def user(content: str) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: str) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def tool_answer(content: str) -> dict[str, Any]:
    return {"role": "tool", "content": content}


def write_data_set(folder: Path, *lines: str) -> Recordings:
    trajectories = folder / "trajectories"
    trajectories.mkdir()
    run = {
        "file": "made__run.jsonl.gz",
        "model": "gpt-4o",
        "agent_variant": "made",
        "conversations": len(lines),
        "source_repo": "somebody/something",
    }
    (trajectories / "manifest.json").write_text(json.dumps([run]))
    with gzip.open(trajectories / "made__run.jsonl.gz", "wt") as file:
        file.writelines(f"{line}\n" for line in lines)
    return Recordings(folder)


def read(folder: Path, *records: dict[str, Any]) -> list[RecordedConversation]:
    recordings = write_data_set(folder, *(json.dumps(each) for each in records))
    return list(recordings.conversations(recordings.runs()[0]))


def test_a_conversation_is_read_step_by_step(tmp_path: Path) -> None:
    (conversation,) = read(
        tmp_path,
        made_record(
            {"role": "system", "content": "Be kind."},
            user("Hi"),
            call_message("get_order_details", '{"order_id": "#P"}'),
            tool_answer("Error: order not found"),
            assistant("There is none."),
            user("Thanks ###STOP###"),
        ),
    )
    assert (conversation.conversation_id, conversation.policy) == ("made__run/3", "Be kind.")
    assert conversation.task == Task(
        user_id="ada_1",
        instruction="You are Ada.",
        actions=(ToolCall("truth_0", "think", {"thought": "hm"}),),
        outputs=("10",),
    )
    assert (conversation.grade.reward, conversation.grade.state_matched) == (1.0, True)
    assert conversation.grade.truth_digest == "abc"
    call = ToolCall("call_x", "get_order_details", {"order_id": "#P"})
    assert conversation.steps == (
        CustomerTurn(raw="Hi", text="Hi", stops=False),
        AgentCall(call=call, observation="Error: order not found"),
        AgentText(text="There is none."),
        CustomerTurn(raw="Thanks ###STOP###", text="Thanks", stops=True),
    )


def test_only_the_first_of_several_calls_was_executed(tmp_path: Path) -> None:
    message = call_message("think", '{"thought": "a"}')
    message["tool_calls"] += call_message("think", '{"thought": "b"}')["tool_calls"]
    (conversation,) = read(tmp_path, made_record(user("Hi"), message, tool_answer("")))
    assert [step.call.arguments for step in conversation.steps if isinstance(step, AgentCall)] == [
        {"thought": "a"}
    ]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("{'item_ids': ('1', '2')}", {"item_ids": ["1", "2"]}),
        ("{'item_ids': \"['1', '2']\", 'order_id': '#P'}", {"item_ids": ["1", "2"], "order_id": "#P"}),
        ("{'thought': \"it's fine\"}", {"thought": "it's fine"}),
    ],
)
def test_arguments_may_be_python_literals_without_an_id(
    tmp_path: Path, text: str, arguments: dict[str, Any]
) -> None:
    record = made_record(user("Hi"), call_message("think", text, call_id=None), tool_answer(""))
    (conversation,) = read(tmp_path, record)
    assert conversation.steps[1] == AgentCall(call=ToolCall("call_1", "think", arguments), observation="")


def test_what_an_inner_agent_thought_belongs_to_the_next_agent_step(tmp_path: Path) -> None:
    thought = [{"role": "subtask_checker", "content": text} for text in ("one", "two", "three")]
    (conversation,) = read(
        tmp_path, made_record(user("Hi"), *thought[:2], assistant("Hello"), user("###STOP###"), thought[2])
    )
    assert conversation.steps[1] == AgentText(text="Hello", thoughts=("one", "two"))
    assert conversation.closing_thoughts == ("three",)


def test_a_crashed_run_has_an_error_and_no_steps(tmp_path: Path) -> None:
    crashed = {"task_id": 1, "reward": 0.0, "info": {"error": "Rate limit", "traceback": "..."}, "traj": []}
    (conversation,) = read(tmp_path, crashed)
    assert (conversation.steps, conversation.task, conversation.error) == ((), None, "Rate limit")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"made__run\.jsonl\.gz, line 2: .*; fetch the file again, or remove the line"),
        ('{"task_id": "x"}', r"line 2: Expected `int`, got `str` - at `\$\.task_id`"),
        (
            json.dumps(made_record({"role": "robot", "content": "beep"})),
            r"line 2: Invalid enum value 'robot' - at `\$\.traj\[0\]\.role`",
        ),
        (
            json.dumps(made_record(call_message("think", "{}"))),
            r"line 2: message 0 calls a tool, but no answer follows; remove the line",
        ),
        (
            json.dumps(made_record(call_message("think", "{oops"), tool_answer(""))),
            r"line 2: message 0: arguments are neither JSON nor a literal: '\{oops'; remove the line",
        ),
        (
            json.dumps(made_record(call_message("think", "['a']"), tool_answer(""))),
            r"line 2: message 0: arguments are neither",
        ),
    ],
)
def test_a_bad_line_is_told_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    recordings = write_data_set(tmp_path, json.dumps(made_record(user("Hi"))), line)
    with pytest.raises(RecordingError, match=message):
        list(recordings.conversations(recordings.runs()[0]))


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match=r"manifest\.json is missing: point the setting at"):
        Recordings(tmp_path)


def test_a_run_without_its_file_is_told(tmp_path: Path) -> None:
    recordings = write_data_set(tmp_path)
    run = recordings.runs()[0]
    run.path.unlink()
    with pytest.raises(RecordingError, match=r"made__run\.jsonl\.gz is missing though the manifest lists it"):
        list(recordings.conversations(run))


def test_half_a_file_is_told(tmp_path: Path) -> None:
    recordings = write_data_set(tmp_path, *(json.dumps(made_record(user(f"Hi {i}"))) for i in range(200)))
    run = recordings.runs()[0]
    run.path.write_bytes(run.path.read_bytes()[:-30])
    with pytest.raises(RecordingError, match=r"not a whole gzip file .*; fetch it again"):
        list(recordings.conversations(run))


def test_a_manifest_of_another_form_is_told(tmp_path: Path) -> None:
    recordings = write_data_set(tmp_path)
    (tmp_path / "trajectories" / "manifest.json").write_text('[{"file": 1}]')
    with pytest.raises(RecordingError, match=r"manifest\.json: Expected `str`"):
        recordings.runs()


@pytest.mark.recordings
def test_the_public_data_set_is_read_whole(recordings_folder: Path) -> None:
    recordings = Recordings(recordings_folder)
    conversations = [each for run in recordings.runs() for each in recordings.conversations(run)]
    listed = json.loads((recordings_folder / "trajectories" / "manifest.json").read_text())
    assert Counter(each.run for each in conversations) == {
        each["file"].removesuffix(".jsonl.gz"): each["conversations"] for each in listed
    }
    assert len({each.conversation_id for each in conversations}) == len(conversations) == 1365
    calls = sum(isinstance(step, AgentCall) for each in conversations for step in each.steps)
    assert calls == sum(each["tool_calls"] for each in listed) == 10_855
    assert sum(not each.steps for each in conversations) == sum(each["empty_trajectories"] for each in listed)
    assert all((each.task is None) == (not each.steps) == bool(each.error) for each in conversations)
