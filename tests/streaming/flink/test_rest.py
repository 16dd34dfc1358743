from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from streaming.flink.lifecycle import JobNotRunningError, JobStillRunsError, end_with_savepoint, stop_job
from streaming.flink.rest import ClusterRefusedError, ClusterUnreachableError, FlinkRest
from tests.streaming.flink.cluster import Answers, cluster


@pytest.fixture
def answers() -> Iterator[Answers]:
    with cluster() as answering:
        yield answering


def test_jobs_of_the_name_come_newest_first(answers: Answers) -> None:
    answers.set_jobs(("old", "FAILED"), ("new", "RUNNING"))

    jobs = FlinkRest(answers.url).jobs("job")

    assert [(job.id, job.ended, job.flows) for job in jobs] == [("new", False, True), ("old", True, False)]
    assert FlinkRest(answers.url).jobs("another") == []


def test_nobody_there_and_server_errors_are_worth_another_try(answers: Answers) -> None:
    answers.set("GET /overview", {"errors": ["starting"]}, status=503)
    with pytest.raises(ClusterUnreachableError, match="503"):
        FlinkRest(answers.url).cluster()
    answers.set("GET /overview", b"<html>")
    with pytest.raises(ClusterUnreachableError, match="does not answer"):
        FlinkRest(answers.url).cluster()
    with pytest.raises(ClusterUnreachableError, match="does not answer"):
        FlinkRest("http://127.0.0.1:1", timeout_s=0.5).cluster()


def test_a_refusal_is_not_worth_another_try(answers: Answers) -> None:
    with pytest.raises(ClusterRefusedError, match="404"):
        FlinkRest(answers.url).trigger_checkpoint("gone")


def test_a_job_is_stopped_after_a_checkpoint(answers: Answers) -> None:
    answers.set_jobs(("running", "RUNNING"))
    answers.set("POST /jobs/running/checkpoints", {"request-id": "r1"})
    answers.set("GET /jobs/running/checkpoints/r1", {"status": {"id": "COMPLETED"}, "operation": {}})
    answers.set("PATCH /jobs/running?mode=cancel", b"")

    with pytest.raises(JobStillRunsError, match="still alive"):
        stop_job(FlinkRest(answers.url), "job", timeout_s=0.2)

    changes = [request for request in answers.asked if not request.startswith("GET /jobs/overview")]
    assert changes == [
        "POST /jobs/running/checkpoints",
        "GET /jobs/running/checkpoints/r1",
        "PATCH /jobs/running?mode=cancel",
    ]


def test_a_job_that_cannot_take_a_checkpoint_is_cancelled_all_the_same(answers: Answers) -> None:
    answers.set_jobs(("restarting", "RESTARTING"))
    answers.set("PATCH /jobs/restarting?mode=cancel", b"")
    with pytest.raises(JobStillRunsError):
        stop_job(FlinkRest(answers.url), "job", timeout_s=0.2)
    assert "PATCH /jobs/restarting?mode=cancel" in answers.asked


def test_stopping_without_a_job_or_a_cluster_is_nothing(answers: Answers) -> None:
    answers.set_jobs(("done", "CANCELED"))
    assert stop_job(FlinkRest(answers.url), "job") is False
    assert stop_job(FlinkRest("http://127.0.0.1:1", timeout_s=0.5), "job") is False


def test_a_savepoint_is_waited_for_and_its_folder_told(answers: Answers, tmp_path: Path) -> None:
    answers.set_jobs(("running", "RUNNING"))
    answers.set("POST /jobs/running/stop", {"request-id": "r1"})
    answers.set(
        "GET /jobs/running/savepoints/r1",
        {"status": {"id": "COMPLETED"}, "operation": {"location": f"file:{tmp_path}/savepoints/savepoint-1"}},
    )

    ended = Timer(0.5, lambda: answers.set_jobs(("running", "FINISHED")))
    ended.start()

    taken = end_with_savepoint(FlinkRest(answers.url), "job", tmp_path)

    ended.join()
    assert taken == tmp_path / "savepoints" / "savepoint-1"


def test_a_savepoint_that_cannot_be_taken_says_why(answers: Answers, tmp_path: Path) -> None:
    rest = FlinkRest(answers.url)
    answers.set_jobs(("done", "FINISHED"))
    with pytest.raises(JobNotRunningError, match="nothing to save"):
        end_with_savepoint(rest, "job", tmp_path)

    answers.set_jobs(("running", "RUNNING"))
    answers.set("POST /jobs/running/stop", {"request-id": "r1"})
    answers.set(
        "GET /jobs/running/savepoints/r1",
        {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": "no space left"}}},
    )
    with pytest.raises(ClusterRefusedError, match="no space left"):
        end_with_savepoint(rest, "job", tmp_path)
