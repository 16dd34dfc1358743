"""Ends and new beginnings of the job: from a checkpoint, from a savepoint, from one that is too old."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra.local import programs
from pipelines.catalog import open_catalog
from pipelines.rewind import rewind
from streaming.flink.lifecycle import end_with_savepoint, stop_job
from streaming.flink.rest import FlinkRest
from streaming.flink.restore import SAVEPOINTS, checkpoint_number
from streaming.flink.spec import REFUSED
from tests.faults import books
from tests.faults.lake import committed
from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.stack import StackUnderTest


def _from_checkpoint(stack: StackUnderTest, _load: Load) -> datetime:
    rest, name = FlinkRest(stack.settings.flink_url), stack.local.job.job_name
    at = datetime.now(UTC)
    for job in rest.jobs(name):
        if not job.ended:
            rest.cancel(job.id)
    return at


def _from_savepoint(stack: StackUnderTest, _load: Load) -> datetime:
    at = datetime.now(UTC)
    _end_with_savepoint(stack)
    return at


def _end_with_savepoint(stack: StackUnderTest) -> Path:
    job = stack.local.job
    return end_with_savepoint(FlinkRest(stack.settings.flink_url), job.job_name, job.checkpoints_dir, 120)


def _old_savepoint_refused(stack: StackUnderTest, _load: Load) -> datetime:
    saved = _savepoint_that_gets_old(stack)
    with _only(stack, saved):
        _assert_refused(stack, "bronze.events has the rows of checkpoint")
    with _only(stack, None):
        _assert_refused(stack, "the newest state is none")
    return _start_again(stack)


def _old_savepoint_after_rewind(stack: StackUnderTest, _load: Load) -> datetime:
    saved = _savepoint_that_gets_old(stack)
    with _only(stack, saved):
        _assert_refused(stack, f"`turnstone rewind {checkpoint_number(saved / '_metadata')}`")
        catalog = open_catalog(stack.local.lake)
        rewound = rewind(catalog, checkpoint_number(saved / "_metadata"))
        catalog.close()
        assert rewound[0].snapshots_left > 0
        return _start_again(stack)


def _savepoint_that_gets_old(stack: StackUnderTest) -> Path:
    """A copy of the savepoint of an upgrade, after which the job committed further and stopped."""
    job = stack.local.job
    copy = Path(tempfile.mkdtemp(dir=stack.settings.state_dir)) / "savepoint"
    stack.local.stop(programs.JOB)
    shutil.copytree(_end_with_savepoint(stack), copy)
    number = checkpoint_number(copy / "_metadata")
    _start_again(stack)
    stack.wait_for("commits after the savepoint", lambda: committed(stack) > number + 1)
    stack.local.stop(programs.JOB)
    stop_job(FlinkRest(stack.settings.flink_url), job.job_name)
    return copy


@contextmanager
def _only(stack: StackUnderTest, savepoint: Path | None) -> Iterator[None]:
    """Puts all checkpoints aside, as if they were lost, and a savepoint in their place.

    They come back afterwards, unless the job has gone on from that one.
    """
    folder = stack.local.job.checkpoints_dir
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.mkdir()
    if savepoint is not None:
        shutil.copytree(savepoint, folder / SAVEPOINTS / savepoint.name)
    yield
    if _alive(stack):
        shutil.rmtree(aside)
    else:
        shutil.rmtree(folder)
        aside.rename(folder)


def _assert_refused(stack: StackUnderTest, why: str) -> None:
    """Runs the submitter once."""
    done = subprocess.run(
        [stack.local.job.python, "-m", "streaming.flink.submit"],
        input=stack.local.job.job_spec(stack.local.streaming).to_json(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **stack.environment},
    )
    said = done.stdout + done.stderr
    assert done.returncode == REFUSED, said
    assert "not submitted: " in said, said
    assert why in said, said
    assert not _alive(stack)


def _alive(stack: StackUnderTest) -> bool:
    jobs = FlinkRest(stack.settings.flink_url).jobs(stack.local.job.job_name)
    return any(not job.ended for job in jobs)


def _start_again(stack: StackUnderTest) -> datetime:
    at = datetime.now(UTC)
    stack.local.up()
    books.until("the job runs", lambda: _alive(stack), pause_s=0.2)
    return at


SCENARIOS: Final = (
    Scenario(
        name="restart from the latest checkpoint",
        what="the job is cancelled as it is; the keeper submits it again from its newest checkpoint",
        inject=_from_checkpoint,
        in_short=False,
    ),
    Scenario(
        name="restart from a savepoint",
        what="the job ends with a savepoint, as for an upgrade; the keeper submits it again from there",
        inject=_from_savepoint,
        in_short=False,
    ),
    Scenario(
        name="old savepoint refused",
        what="all newer checkpoints are gone: the submitter refuses an old savepoint, and refuses to start "
        "from nothing; with the checkpoints back it goes on",
        inject=_old_savepoint_refused,
        in_short=False,
    ),
    Scenario(
        name="old savepoint after a rewind of the tables",
        what="all newer checkpoints are gone: the tables are taken back to the old savepoint, the job "
        "resumes from it and reads the rest again",
        inject=_old_savepoint_after_rewind,
    ),
)
