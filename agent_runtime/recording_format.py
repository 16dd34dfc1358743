"""The public format of a recorded conversation: one JSON object a line.

Of the tool calls of one assistant message only the first was executed. Some runs write
arguments as Python literals, and some log what an inner agent thought.
"""

import ast
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from agent_runtime.errors import RecordingError
from agent_runtime.messages import ToolCall
from agent_runtime.recorded import (
    STOP,
    AgentCall,
    AgentText,
    CustomerTurn,
    RecordedConversation,
    RecordedGrade,
    Run,
    Step,
    Task,
)


class _Function(Struct):
    name: str
    arguments: str


class _Call(Struct):
    function: _Function
    id: str = ""


class _Message(Struct):
    role: Literal["system", "user", "assistant", "tool", "subtask_checker", "subtask_creator"]
    content: str | None = None
    tool_calls: list[_Call] | None = None


class _Action(Struct):
    name: str
    arguments: dict[str, Any] = field(name="kwargs")


class _Task(Struct):
    user_id: str
    instruction: str
    actions: list[_Action]
    outputs: list[str]


class _Verdict(Struct):
    r_actions: float | bool | None = None
    gt_data_hash: str | None = None
    outputs: dict[str, bool] = {}


class _RewardInfo(Struct):
    info: _Verdict


class _Info(Struct):
    task: _Task | None = None
    reward_info: _RewardInfo | None = None
    error: str | None = None


class _Record(Struct):
    task_id: int
    reward: float
    info: _Info
    traj: list[_Message]


_decode = msgspec.json.Decoder(_Record).decode


def read_conversation(run: Run, line: bytes, where: str) -> RecordedConversation:
    """The conversation of one line.

    Args:
        run: The run that it belongs to.
        line: A JSON object.
        where: File and line, for messages.

    Raises:
        RecordingError: The line cannot be understood; says where and what to do.
    """
    try:
        record = _decode(line)
    except msgspec.MsgspecError as cause:
        raise RecordingError(f"{where}: {cause}; fetch the file again, or remove the line") from cause
    reading = _Reading(record.traj, where)
    return RecordedConversation(
        conversation_id=f"{run.name}/{record.task_id}",
        run=run.name,
        model=run.model,
        task_id=record.task_id,
        task=_task(record.info.task),
        policy=next((each.content for each in record.traj if each.role == "system"), None),
        steps=tuple(reading.steps()),
        closing_thoughts=tuple(reading.thoughts),
        grade=_grade(record),
        error=record.info.error,
    )


def _task(task: _Task | None) -> Task | None:
    if task is None:
        return None
    actions = tuple(
        ToolCall(f"truth_{number}", each.name, each.arguments) for number, each in enumerate(task.actions)
    )
    return Task(
        user_id=task.user_id, instruction=task.instruction, actions=actions, outputs=tuple(task.outputs)
    )


def _grade(record: _Record) -> RecordedGrade:
    verdict = record.info.reward_info.info if record.info.reward_info else _Verdict()
    return RecordedGrade(
        reward=record.reward,
        state_matched=None if verdict.r_actions is None else bool(verdict.r_actions),
        truth_digest=verdict.gt_data_hash,
        outputs_found=verdict.outputs,
    )


class _Reading:
    """Messages read into steps; thoughts wait for the assistant step that follows them."""

    def __init__(self, messages: list[_Message], where: str) -> None:
        self.thoughts: list[str] = []
        self._messages = messages
        self._where = where

    def steps(self) -> Iterator[Step]:
        for place, message in enumerate(self._messages):
            text = message.content or ""
            match message.role:
                case "user":
                    yield CustomerTurn(raw=text, text=text.replace(STOP, "").strip(), stops=STOP in text)
                case "assistant" if message.tool_calls:
                    yield self._call(place, text, message.tool_calls[0])
                case "assistant":
                    yield AgentText(text=text, thoughts=self._take_thoughts())
                case "subtask_checker" | "subtask_creator":
                    self.thoughts.append(text)

    def _call(self, place: int, text: str, call: _Call) -> AgentCall:
        answer = self._messages[place + 1] if place + 1 < len(self._messages) else None
        if answer is None or answer.role != "tool":
            message = f"{self._where}: message {place} calls a tool, but no answer follows; remove the line"
            raise RecordingError(message)
        arguments = self._arguments(place, call.function.arguments)
        return AgentCall(
            call=ToolCall(call.id or f"call_{place}", call.function.name, arguments),
            observation=answer.content or "",
            text=text,
            thoughts=self._take_thoughts(),
        )

    def _arguments(self, place: int, text: str) -> dict[str, Any]:
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.MsgspecError:
            try:
                return msgspec.convert(_plain(ast.literal_eval(text)), dict[str, Any])
            except (ValueError, SyntaxError) as cause:
                message = (
                    f"{self._where}: message {place}: arguments are neither JSON nor a literal: {text[:80]!r}"
                )
                raise RecordingError(f"{message}; remove the line") from cause

    def _take_thoughts(self) -> tuple[str, ...]:
        taken, self.thoughts = tuple(self.thoughts), []
        return taken


def _plain(value: Any) -> Any:
    """A Python literal as JSON has it: no tuples, and no lists inside strings."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, str) and value.startswith("["):
        return ast.literal_eval(value)
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
