"""Keeps a job running: ``python -m streaming.flink.keeper [stream|sessions]`` under a supervisor.

A cluster without a coordination service forgets its jobs when the job manager dies.
The keeper sees that and has the job submitted again, from the newest checkpoint.
Exactly once holds across that because

- a job resumes from the newest completed checkpoint and no other,
- the id of a job follows from that checkpoint, so a second submission is refused,
- the cluster has as many slots as the job needs, so the new job starts only when the
  tasks of the old one are gone.
"""

import argparse
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Final, get_args

from streaming.flink.rest import ClusterUnreachableError, FlinkRest
from streaming.flink.settings import FlinkJobSettings
from streaming.flink.spec import REFUSED, JobSpec, Kind
from streaming.settings import StreamingSettings

log = logging.getLogger("streaming.flink.keeper")

Submit = Callable[[], bool]
LONGEST_PAUSE_S: Final = 30.0
"""Between two tries of a submission that fails."""

QUICK_START: Final = {
    # The job has no Python in it: without this, PyFlink loads Beam for two seconds.
    "_python_worker_execution_mode": "process",
    # The submitter plans once and ends: compiled well is compiled in vain.
    "JVM_ARGS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m",
}
"""Environment of the submitter."""


class Keeper:
    """Looks after one job.

    Args:
        rest: The cluster.
        job_name: Name of the job.
        submit: Submits the job unless one is alive; tells whether that went well.
        poll_interval_s: Pause between two looks; doubles with every failed submission.
    """

    def __init__(self, rest: FlinkRest, job_name: str, submit: Submit, poll_interval_s: float) -> None:
        self._rest = rest
        self._job_name = job_name
        self._submit = submit
        self._poll_interval_s = poll_interval_s
        self._failed = 0

    def look(self) -> float:
        """Looks once; has the job submitted where none is alive. Returns the pause until the next look.

        A cluster that does not answer may start soon: the submitter waits for it, and
        looks itself before it submits.
        """
        try:
            alive = any(not job.ended for job in self._rest.jobs(self._job_name))
        except ClusterUnreachableError:
            alive = False
        self._failed = 0 if alive or self._submit() else self._failed + 1
        return float(min(self._poll_interval_s * 2**self._failed, LONGEST_PAUSE_S))


def submit_in_flink_environment(
    spec: JobSpec, python: Path, environment: Mapping[str, str] = os.environ
) -> bool:
    """Runs the submitter to its end; tells whether it ended well. What it says is in our log."""
    done = subprocess.run(
        [python, "-m", "streaming.flink.submit"],
        input=spec.to_json(),
        text=True,
        check=False,
        env={**environment, **QUICK_START},
    )
    if done.returncode not in {0, REFUSED}:
        log.error("the submitter died with exit %d", done.returncode)
    return done.returncode == 0


def main() -> None:
    """Keeps a job of the settings until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, _stop)
    parser = argparse.ArgumentParser(description="Keeps a job running.")
    parser.add_argument("kind", nargs="?", default="stream", choices=get_args(Kind))
    settings = FlinkJobSettings()
    spec = settings.job_spec(StreamingSettings(), parser.parse_args().kind)
    keeper = Keeper(
        FlinkRest(spec.rest_url),
        spec.job_name,
        submit=lambda: submit_in_flink_environment(spec, settings.python),
        poll_interval_s=settings.poll_interval_s,
    )
    while True:
        time.sleep(keeper.look())


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
