"""Recorded conversations of the public retail data set, read as they are.

The format is described in the data set's README. Two things about the record shape
this module: of the tool calls of one assistant message only the first was executed, and
some runs write arguments as Python literals and log what an inner agent thought.
"""

import ast
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, field

from agent_runtime.errors import DatasetNotFoundError, RecordingError
from agent_runtime.messages import ToolCall

STOP: Final = "###STOP###"
"""What the recorded customer says to leave."""


class CustomerTurn(Struct, frozen=True, kw_only=True):
    """What the customer said.

    Attributes:
        raw: As recorded.
        text: Without the marker that ends a conversation.
        stops: Whether the marker was there.
    """

    raw: str
    text: str
    stops: bool


class AgentText(Struct, frozen=True, kw_only=True):
    """A text to the customer, and what an inner agent thought before it."""

    text: str
    thoughts: tuple[str, ...] = ()


class AgentCall(Struct, frozen=True, kw_only=True):
    """A tool call with the answer as recorded.

    Attributes:
        call: The call; its id is made up where the record has none.
        observation: What the record says that the tool answered.
        text: What the agent said beside the call; the customer did not see it.
        thoughts: What an inner agent thought before it.
    """

    call: ToolCall
    observation: str
    text: str = ""
    thoughts: tuple[str, ...] = ()


Step = CustomerTurn | AgentText | AgentCall


class Task(Struct, frozen=True, kw_only=True):
    """What the customer was to achieve, as it was in that run.

    Attributes:
        user_id: Who the customer is.
        instruction: What the simulated customer was told.
        actions: Calls that lead to the expected state.
        outputs: What the agent has to say.
    """

    user_id: str
    instruction: str
    actions: tuple[ToolCall, ...]
    outputs: tuple[str, ...]


class RecordedGrade(Struct, frozen=True, kw_only=True):
    """How the source graded the conversation.

    Attributes:
        reward: 0 or 1.
        state_matched: Whether the final state was right; None where outputs decided.
        truth_digest: Digest of the state after the ground-truth actions, if recorded.
        outputs_found: Whether each required output was said; empty where the state decided.
    """

    reward: float
    state_matched: bool | None = None
    truth_digest: str | None = None
    outputs_found: dict[str, bool] = {}


class RecordedConversation(Struct, frozen=True, kw_only=True):
    """One conversation as it went.

    Attributes:
        conversation_id: ``run/task id``, unique over all runs.
        run: The run, which is an agent version.
        model: The model's name.
        task_id: Number of the task in the test split.
        task: The task; None where the run crashed.
        policy: The system message, where it was recorded.
        steps: What happened, in order; empty where the run crashed.
        closing_thoughts: What an inner agent thought after the last step.
        grade: What the source made of it.
        error: Why the run crashed.
    """

    conversation_id: str
    run: str
    model: str
    task_id: int
    task: Task | None
    policy: str | None
    steps: tuple[Step, ...]
    closing_thoughts: tuple[str, ...]
    grade: RecordedGrade
    error: str | None


class Run(Struct, frozen=True, kw_only=True):
    """A run of one agent version over the tasks.

    Attributes:
        name: The agent version.
        model: The model's name.
        variant: What sets the agent apart.
        conversations: How many, crashed ones included.
        source: Repository that the run is from.
        path: The file.
    """

    name: str
    model: str
    variant: str
    conversations: int
    source: str
    path: Path


class Recordings:
    """The retail part of the public data set.

    Args:
        folder: The folder with ``users.json`` and ``trajectories/``.

    Raises:
        DatasetNotFoundError: The folder has no recorded runs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifest = folder / "trajectories" / "manifest.json"
        if not self._manifest.is_file():
            message = f"{self._manifest} is missing: point the setting at the data set's retail folder"
            raise DatasetNotFoundError(message)

    def policy(self) -> str:
        """The agent's policy."""
        return (self.folder / "policy.md").read_text(encoding="utf-8")

    def runs(self) -> list[Run]:
        """All runs, in the order of the manifest.

        Raises:
            RecordingError: The manifest cannot be read.
        """
        try:
            listed = msgspec.json.decode(self._manifest.read_bytes(), type=list[_Listed])
        except msgspec.MsgspecError as cause:
            raise RecordingError(f"{self._manifest}: {cause}; fetch the data set again") from cause
        return [each.run(self._manifest.parent) for each in listed]

    def conversations(self, run: Run) -> Iterator[RecordedConversation]:
        """The conversations of a run, one at a time.

        Raises:
            RecordingError: A line cannot be understood; says which and what to do.
        """
        try:
            with gzip.open(run.path, "rb") as lines:
                for number, line in enumerate(lines, start=1):
                    yield _conversation(run, line, f"{run.path}, line {number}")
        except FileNotFoundError as cause:
            message = f"{run.path} is missing though the manifest lists it; fetch it, or take it off the list"
            raise RecordingError(message) from cause
        except (EOFError, gzip.BadGzipFile, zlib.error) as cause:
            message = f"{run.path}: not a whole gzip file ({cause}); fetch it again"
            raise RecordingError(message) from cause


class _Listed(Struct):
    file: str
    model: str
    agent_variant: str
    conversations: int
    source_repo: str

    def run(self, folder: Path) -> Run:
        return Run(
            name=self.file.removesuffix(".jsonl.gz"),
            model=self.model,
            variant=self.agent_variant,
            conversations=self.conversations,
            source=self.source_repo,
            path=folder / self.file,
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


def _conversation(run: Run, line: bytes, where: str) -> RecordedConversation:
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
