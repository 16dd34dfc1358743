from pathlib import Path

import pytest

from streaming.flink.restore import Checkpoint, job_id, latest_checkpoint, lineage

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
