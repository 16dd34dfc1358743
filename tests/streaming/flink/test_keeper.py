from collections.abc import Iterator

import pytest

from streaming.flink.keeper import LONGEST_PAUSE_S, Keeper
from streaming.flink.rest import FlinkRest
from tests.streaming.flink.cluster import Answers, cluster

pytestmark = pytest.mark.spec("E5")


class Submissions:
    def __init__(self, *, succeed: bool = True) -> None:
        self.count = 0
        self._succeed = succeed

    def __call__(self) -> bool:
        self.count += 1
        return self._succeed


@pytest.fixture
def answers() -> Iterator[Answers]:
    with cluster() as answering:
        yield answering


def keeper(url: str, submit: Submissions) -> Keeper:
    return Keeper(FlinkRest(url, timeout_s=1), "job", submit, poll_interval_s=1.0)


@pytest.mark.parametrize(
    "state", ["INITIALIZING", "CREATED", "RUNNING", "RESTARTING", "FAILING", "CANCELLING"]
)
def test_a_job_that_is_alive_is_left_alone(answers: Answers, state: str) -> None:
    answers.set_jobs(("job", state))
    submit = Submissions()

    assert keeper(answers.url, submit).look() == 1.0
    assert submit.count == 0


@pytest.mark.parametrize("states", [(), ("FAILED",), ("CANCELED", "FINISHED")], ids=str)
def test_a_job_that_is_gone_is_submitted(answers: Answers, states: tuple[str, ...]) -> None:
    answers.set_jobs(*((str(n), state) for n, state in enumerate(states)))
    submit = Submissions()

    keeper(answers.url, submit).look()
    assert submit.count == 1


def test_a_cluster_that_does_not_answer_gets_the_submitter_that_waits_for_it() -> None:
    submit = Submissions()

    keeper("http://127.0.0.1:1", submit).look()
    assert submit.count == 1


def test_a_submission_that_fails_again_and_again_is_tried_less_often(answers: Answers) -> None:
    answers.set_jobs()
    looking = keeper(answers.url, Submissions(succeed=False))

    assert [looking.look() for _ in range(6)] == [2.0, 4.0, 8.0, 16.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S]

    answers.set_jobs(("job", "RUNNING"))
    assert looking.look() == 1.0
