"""The public format of tau2-bench runs, as far as a reward can be computed again from it.

What a conversation was graded by is read from its own reward: the number of the task beside it is the
recorder's, and one public run has it wrong.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

import msgspec
from msgspec import Struct

from agent_runtime.messages import ToolCall
from analytics.reward_audit.errors import RewardRecordError

T = TypeVar("T")
Basis = Literal["DB", "COMMUNICATE", "ACTION", "NL_ASSERTION", "ENV_ASSERTION"]


class Action(Struct, frozen=True):
    """A call that the truth consists of.

    Attributes:
        name: The tool.
        arguments: All of its arguments.
        compare_args: Those that have to be the same; all of them where None.
    """

    name: str
    arguments: dict[str, Any]
    compare_args: tuple[str, ...] | None = None

    def is_made_by(self, call: ToolCall) -> bool:
        """Whether a call is this action."""
        compared = tuple(call.arguments) if self.compare_args is None else self.compare_args
        return call.name == self.name and all(
            self.arguments.get(name) == call.arguments.get(name) for name in compared
        )


class Criteria(Struct, frozen=True):
    """What a task is graded by.

    Attributes:
        actions: Calls that lead to the expected state.
        communicate_info: What the agent has to say.
        reward_basis: Which checks are multiplied into the reward; empty where the file does not say.
    """

    actions: tuple[Action, ...] | None = None
    communicate_info: tuple[str, ...] | None = None
    reward_basis: tuple[Basis, ...] = ()


class Task(Struct, frozen=True):
    """A task as a file has it."""

    id: str
    user_scenario: dict[str, Any]
    evaluation_criteria: Criteria

    @property
    def instructions(self) -> Any:
        """What the simulated customer was told."""
        return self.user_scenario.get("instructions")


class StateCheck(Struct, frozen=True):
    """Whether the recorder found the expected state."""

    db_match: bool


class ActionCheck(Struct, frozen=True):
    """One action that the recorder looked for."""

    action: Action


class SaidCheck(Struct, frozen=True):
    """One thing to say that the recorder looked for."""

    info: str


class RewardInfo(Struct, frozen=True):
    """How the recorder came to a reward."""

    reward: float
    db_check: StateCheck | None = None
    action_checks: tuple[ActionCheck, ...] | None = None
    communicate_checks: tuple[SaidCheck, ...] | None = None
    reward_breakdown: dict[Basis, float] | None = None


class _Call(Struct, frozen=True):
    name: str
    arguments: dict[str, Any]
    id: str = ""


class _Message(Struct, frozen=True):
    role: str
    content: str | None = None
    tool_calls: tuple[_Call, ...] | None = None


class Simulation(Struct, frozen=True):
    """A conversation with its reward.

    Attributes:
        task_id: The task that it is recorded under.
        termination_reason: Why it ended.
        reward_info: Its reward.
        messages: What was said and called.
    """

    task_id: str
    termination_reason: str
    reward_info: RewardInfo
    messages: tuple[_Message, ...]

    @property
    def ended(self) -> bool:
        """Whether it came to an end by itself; what was cut off earns nothing."""
        return self.termination_reason in ("user_stop", "agent_stop")

    def calls(self) -> list[ToolCall]:
        """The agent's calls in order; all calls of one message were executed."""
        return [
            ToolCall(call.id or f"{place}_{number}", call.name, call.arguments)
            for place, message in enumerate(self.messages)
            if message.role == "assistant"
            for number, call in enumerate(message.tool_calls or ())
        ]

    def agent_texts(self) -> list[str]:
        """What the agent said."""
        return [each.content for each in self.messages if each.role == "assistant" and each.content]


class Tau2Run(Struct, frozen=True):
    """A run file."""

    tasks: tuple[Task, ...]
    simulations: tuple[Simulation, ...]


class _Turn(Struct, frozen=True):
    i: int
    role: str
    content: str | None = None
    tool_call: _Call | None = None


class JudgedTranscript(Struct, frozen=True):
    """A conversation of the judge set: its turns and its reward, without how it was graded."""

    task_id: str
    tau2_reward: float
    turns: tuple[_Turn, ...]

    def calls(self) -> list[ToolCall]:
        """The agent's calls in order."""
        return [
            ToolCall(str(each.i), each.tool_call.name, each.tool_call.arguments)
            for each in self.turns
            if each.tool_call is not None
        ]

    def agent_texts(self) -> list[str]:
        """What the agent said."""
        return [each.content for each in self.turns if each.role == "assistant" and each.content]


def read_run(path: Path) -> Tau2Run:
    """Reads a run file.

    Raises:
        RewardRecordError: It is absent or cannot be understood.
    """
    return _decoded(_unzipped(path), Tau2Run, path)


def read_tasks(path: Path) -> tuple[Task, ...]:
    """Reads a file of tasks.

    Raises:
        RewardRecordError: It is absent or cannot be understood.
    """
    if not path.is_file():
        _absent(path)
    return _decoded(path.read_bytes(), tuple[Task, ...], path)


def read_judged(path: Path) -> Iterator[JudgedTranscript]:
    """Reads the transcripts of the judge set, one at a time.

    Raises:
        RewardRecordError: The file is absent or a line cannot be understood.
    """
    for line in _unzipped(path).splitlines():
        yield _decoded(line, JudgedTranscript, path)


def _unzipped(path: Path) -> bytes:
    if not path.is_file():
        _absent(path)
    try:
        return gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error) as cause:
        raise RewardRecordError(f"{path}: not a whole gzip file ({cause}); fetch it again") from cause


def _absent(path: Path) -> NoReturn:
    raise RewardRecordError(f"{path} is missing: set TURNSTONE_REWARDS_TAU2_BENCH to the data set's folder")


def _decoded(data: bytes, kind: type[T], path: Path) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as cause:
        raise RewardRecordError(f"{path}: {cause}; fetch the file again") from cause
