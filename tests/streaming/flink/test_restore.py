import struct
from pathlib import Path

import pytest

from streaming.flink.restore import (
    Checkpoint,
    StaleStateError,
    UnreadableStateError,
    job_id,
    latest_checkpoint,
    lineage,
    require_current,
)

pytestmark = pytest.mark.spec("E5")


def checkpoint(folder: Path, job: str, number: int, *, complete: bool = True) -> Path:
    path = folder / job / f"chk-{number}"
    path.mkdir(parents=True)
    if complete:
        (path / "_metadata").touch()
    return path


def test_there_is_no_latest_checkpoint_before_the_first_one(tmp_path: Path) -> None:
    (tmp_path / "job" / "shared").mkdir(parents=True)
    assert latest_checkpoint(tmp_path) is None
    assert latest_checkpoint(tmp_path / "not there") is None


def test_the_latest_checkpoint_has_the_highest_number_of_all_jobs(tmp_path: Path) -> None:
    newest = checkpoint(tmp_path, "a-later-job", 10)
    checkpoint(tmp_path, "z-first-job", 8)
    checkpoint(tmp_path, "z-first-job", 9)

    assert latest_checkpoint(tmp_path) == Checkpoint(10, newest)


def test_a_checkpoint_that_was_not_completed_is_not_resumed_from(tmp_path: Path) -> None:
    complete = checkpoint(tmp_path, "job", 3)
    checkpoint(tmp_path, "job", 4, complete=False)

    assert latest_checkpoint(tmp_path) == Checkpoint(3, complete)


def test_two_submitters_that_resume_from_one_checkpoint_name_the_same_job() -> None:
    here = Checkpoint(3, Path("/checkpoints/job/chk-3"))

    assert job_id("lineage", here, 0) == job_id("lineage", here, 0)
    assert len(job_id("lineage", here, 0)) == 32
    int(job_id("lineage", here, 0), 16)


def test_a_job_is_another_one_after_progress_an_end_or_a_new_beginning() -> None:
    here = Checkpoint(3, Path("/checkpoints/job/chk-3"))
    further = Checkpoint(4, Path("/checkpoints/job/chk-4"))
    ids = {
        job_id("lineage", None, 0),
        job_id("lineage", here, 0),
        job_id("lineage", here, 1),
        job_id("lineage", further, 0),
        job_id("another", here, 0),
    }
    assert len(ids) == 5


def test_a_lineage_lasts_as_long_as_its_checkpoints(tmp_path: Path) -> None:
    first = lineage(tmp_path / "checkpoints")
    assert lineage(tmp_path / "checkpoints") == first

    (tmp_path / "checkpoints" / "lineage").unlink()
    assert lineage(tmp_path / "checkpoints") != first


def savepoint(folder: Path, name: str, number: int) -> Path:
    path = folder / "savepoints" / name
    path.mkdir(parents=True)
    (path / "_metadata").write_bytes(struct.pack(">IIq", 0x4960672D, 5, number) + b"the rest")
    return path


def test_a_savepoint_that_is_newer_than_all_checkpoints_is_resumed_from(tmp_path: Path) -> None:
    checkpoint(tmp_path, "job", 9)
    newest = savepoint(tmp_path, "savepoint-1a2b", 10)

    assert latest_checkpoint(tmp_path) == Checkpoint(10, newest)


def test_a_savepoint_is_not_resumed_from_once_a_checkpoint_is_newer(tmp_path: Path) -> None:
    savepoint(tmp_path, "savepoint-1a2b", 10)
    newest = checkpoint(tmp_path, "job", 11)

    assert latest_checkpoint(tmp_path) == Checkpoint(11, newest)


@pytest.mark.parametrize("content", [b"", b"\0" * 16, b"not a savepoint at all"])
def test_a_folder_that_is_no_savepoint_is_told_and_not_passed_over(tmp_path: Path, content: bytes) -> None:
    (savepoint(tmp_path, "savepoint-1a2b", 10) / "_metadata").write_bytes(content)

    with pytest.raises(UnreadableStateError, match="savepoint-1a2b"):
        latest_checkpoint(tmp_path)


def test_a_state_older_than_a_table_is_refused_with_the_way_out(tmp_path: Path) -> None:
    old = Checkpoint(5, tmp_path / "savepoints" / "old")

    with pytest.raises(
        StaleStateError, match=r"silver\.events has the rows of checkpoint 9.*`turnstone rewind 5`"
    ):
        require_current(old, {"bronze.events": 5, "silver.events": 9}, tmp_path)


def test_a_session_job_is_told_to_take_its_own_tables_back(tmp_path: Path) -> None:
    with pytest.raises(StaleStateError, match="`turnstone rewind 5 --sessions`"):
        require_current(Checkpoint(5, tmp_path), {"silver.late_events": 6}, tmp_path, "sessions")


def test_a_fresh_start_is_refused_where_the_tables_have_rows(tmp_path: Path) -> None:
    with pytest.raises(StaleStateError, match="the newest state is none"):
        require_current(None, {"bronze.events": 1}, tmp_path)


def test_a_state_that_no_table_is_ahead_of_is_resumed_from(tmp_path: Path) -> None:
    require_current(Checkpoint(9, tmp_path), {"bronze.events": 9, "silver.dead_letters": 2}, tmp_path)
    require_current(None, {}, tmp_path)
