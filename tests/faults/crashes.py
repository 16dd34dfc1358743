"""Processes that die, each at the instant that hurts most."""

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra.local import programs
from tests.faults import books
from tests.faults.lake import checkpoint, commits_held_up, committed, pointer, table_folder
from tests.faults.load import Load, load
from tests.faults.scenario import Scenario
from tests.stack import StackUnderTest


def _killed(program: str) -> Callable[[StackUnderTest, Load], datetime]:
    def inject(stack: StackUnderTest, _load: Load) -> datetime:
        return kill(pid_of(stack, program))

    return inject


def kill(pid: int) -> datetime:
    """Kills a process; returns when."""
    now = datetime.now(UTC)
    os.kill(pid, signal.SIGKILL)
    return now


def pid_of(stack: StackUnderTest, program: str) -> int:
    """The process of a program."""
    pid = {row.program: row.pid for row in stack.local.status()}[program]
    assert pid, f"{program} does not run"
    return pid


def _during_file_write(stack: StackUnderTest, _load: Load) -> datetime:
    pid, folder = pid_of(stack, programs.TASK_MANAGER), table_folder(stack) / "data"
    known = set(folder.rglob("*.parquet"))
    books.until("a data file is begun", lambda: bool(set(folder.rglob("*.parquet")) - known), pause_s=0.01)
    return kill(pid)


def _between_pre_commit_and_commit(stack: StackUnderTest, _load: Load) -> datetime:
    pid = pid_of(stack, programs.TASK_MANAGER)
    with commits_held_up(stack):
        done = committed(stack)
        books.until("a checkpoint is complete and not committed", lambda: checkpoint(stack) > done)
        at = kill(pid)
        assert committed(stack) == done < checkpoint(stack)
    return at


def _during_catalog_commit(stack: StackUnderTest, _load: Load) -> datetime:
    pid = pid_of(stack, programs.TASK_MANAGER)
    with commits_held_up(stack):
        before = pointer(stack)
        _wait_for_metadata(stack)
        at = kill(pid)
        assert pointer(stack) == before
    return at


def _commit_landed_answer_lost(stack: StackUnderTest, _load: Load) -> datetime:
    pid = pid_of(stack, programs.TASK_MANAGER)
    with commits_held_up(stack):
        before = pointer(stack)
        _wait_for_metadata(stack)
    books.until("the commit is in the catalog", lambda: pointer(stack) != before, pause_s=0.0001)
    at = kill(pid)
    # What the job knows of its commits is in its checkpoints: the newest one is older than this commit's end.
    assert committed(stack) == checkpoint(stack)
    return at


def _wait_for_metadata(stack: StackUnderTest) -> None:
    folder, current = table_folder(stack) / "metadata", Path(pointer(stack)).name
    books.until(
        "the commit has written its metadata",
        lambda: any(path.name[:5] > current[:5] for path in folder.glob("*.metadata.json")),
    )


def _producer_with_full_queue(stack: StackUnderTest, running: Load) -> datetime:
    broker = pid_of(stack, programs.KAFKA)
    os.kill(broker, signal.SIGSTOP)
    time.sleep(4)
    running.expected = -signal.SIGKILL
    kill(running.process.pid)
    os.kill(broker, signal.SIGCONT)
    at = datetime.now(UTC)
    with load(stack.environment, "--seconds", "5"):
        pass
    return at


SCENARIOS: Final = (
    Scenario(
        name="task manager killed during file write",
        what="kill -9 as soon as a new data file of bronze is on disk",
        inject=_during_file_write,
        in_short=False,
    ),
    Scenario(
        name="task manager killed between pre-commit and commit",
        what="commits held up by a lock on the catalog; kill -9 when a checkpoint is complete",
        inject=_between_pre_commit_and_commit,
    ),
    Scenario(
        name="task manager killed during the catalog commit",
        what="kill -9 when the new metadata of bronze is written and the catalog does not point to it yet",
        inject=_during_catalog_commit,
        in_short=False,
    ),
    Scenario(
        name="commit landed, answer lost",
        what="kill -9 of the task manager as soon as the catalog shows the commit",
        inject=_commit_landed_answer_lost,
    ),
    Scenario(
        name="job manager killed",
        what="kill -9 of the job manager; the job is submitted again from its newest checkpoint",
        inject=_killed(programs.JOB_MANAGER),
        in_short=False,
    ),
    Scenario(
        name="broker killed",
        what="kill -9 of the broker, which starts again",
        inject=_killed(programs.KAFKA),
        in_short=False,
    ),
    Scenario(
        name="producer killed with a full queue",
        what="the broker stands still until the queue is full; kill -9 of the producer; another one starts",
        inject=_producer_with_full_queue,
        unacked=None,
        load=("--buffer", "500"),
    ),
)
