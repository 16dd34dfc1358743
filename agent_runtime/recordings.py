"""The recorded conversations of the public retail data set, as its README describes them."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from agent_runtime.errors import DatasetNotFoundError, RecordingError
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
from agent_runtime.recording_format import read_conversation

__all__ = [
    "STOP",
    "AgentCall",
    "AgentText",
    "CustomerTurn",
    "RecordedConversation",
    "RecordedGrade",
    "Recordings",
    "Run",
    "Split",
    "Step",
    "Task",
]

Split = Literal["test", "train", "dev"]
_TASKS: Final[dict[Split, str]] = {
    "test": "tasks.json",
    "train": "tasks_train.json",
    "dev": "tasks_dev.json",
}


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

    def tasks(self, split: Split = "test") -> list[Task]:
        """The tasks of a split, by number; recorded runs are of the test split.

        Raises:
            RecordingError: The file is missing or cannot be read.
        """
        path = self.folder / _TASKS[split]
        try:
            listed = msgspec.json.decode(path.read_bytes(), type=list[_TestTask])
        except (FileNotFoundError, msgspec.MsgspecError) as cause:
            raise RecordingError(f"{path}: {cause}; fetch the data set again") from cause
        return [each.task() for each in listed]

    def conversations(self, run: Run) -> Iterator[RecordedConversation]:
        """The conversations of a run, one at a time.

        Raises:
            RecordingError: A line cannot be understood; says which and what to do.
        """
        try:
            with gzip.open(run.path, "rb") as lines:
                for number, line in enumerate(lines, start=1):
                    yield read_conversation(run, line, f"{run.path}, line {number}")
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


class _TestAction(Struct):
    name: str
    arguments: dict[str, Any]


class _TestTask(Struct):
    user_id: str
    instruction: str
    actions: list[_TestAction]
    outputs: list[str]

    def task(self) -> Task:
        actions = tuple(
            ToolCall(f"truth_{number}", each.name, each.arguments) for number, each in enumerate(self.actions)
        )
        return Task(
            user_id=self.user_id, instruction=self.instruction, actions=actions, outputs=tuple(self.outputs)
        )
