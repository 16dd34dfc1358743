"""Submits a job; the only module that imports PyFlink.

Runs in PyFlink's own environment as ``python -m streaming.flink.submit``, with a
:class:`JobSpec` as JSON on standard input. It resumes from the newest checkpoint, which
it looks up last of all, after it has seen that no job of the name is alive.
"""

import logging
import sys
import time
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyflink.common import Configuration
from pyflink.java_gateway import get_gateway
from pyflink.util.exceptions import JavaException

from streaming.flink.rest import ClusterUnreachableError, FlinkRest
from streaming.flink.restore import (
    StaleStateError,
    UnreadableStateError,
    job_id,
    latest_checkpoint,
    lineage,
    require_current,
)
from streaming.flink.root_cause import root_cause
from streaming.flink.spec import REFUSED, JobSpec

log = logging.getLogger("streaming.flink.submit")


def configuration(spec: JobSpec) -> dict[str, str]:
    """The engine's settings for the job, by their names in Flink's documentation."""
    address = spec.rest_url.split("://")[-1]
    host, port = address.rsplit(":", 1)
    return {
        "execution.target": "remote",
        "execution.attached": "false",
        "rest.address": host,
        "rest.port": port,
        "pipeline.name": spec.job_name,
        "parallelism.default": str(spec.parallelism),
        "execution.checkpointing.interval": f"{spec.checkpoint_interval_ms} ms",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.dir": Path(spec.checkpoints_dir).as_uri(),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.num-retained": "3",
        "execution.checkpointing.incremental": "true",
        "execution.checkpointing.timeout": "5 min",
        "execution.checkpointing.tolerable-failed-checkpoints": "10",
        "execution.state-recovery.claim-mode": "CLAIM",
        "state.backend.type": "rocksdb",
        "state.backend.rocksdb.use-bloom-filter": "true",
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "20 s",
        # Rows are handed on, not copied, from operator to operator of a chain.
        "pipeline.object-reuse": "true",
    }


def submit(spec: JobSpec) -> str | None:
    """Starts the job unless one is alive; returns the id of the job that it started."""
    jvm = get_gateway().jvm
    # Defined once while the cluster may still be starting: a table or column that is missing is told now.
    _defined(jvm, spec, {})
    rest = FlinkRest(spec.rest_url)
    jobs = _jobs_when_reachable(rest, spec.job_name)
    if any(not job.ended for job in jobs):
        log.info("a job %s is alive: nothing to do", spec.job_name)
        return None
    checkpoints_dir = Path(spec.checkpoints_dir)
    checkpoint = latest_checkpoint(checkpoints_dir)
    require_current(checkpoint, committed(jvm, spec), checkpoints_dir, spec.kind)
    identity = job_id(lineage(checkpoints_dir), checkpoint, attempt=len(jobs))
    resume = {"execution.state-recovery.path": checkpoint.path.as_uri()} if checkpoint else {}
    job = _defined(jvm, spec, {"$internal.pipeline.job-id": identity, **resume})
    job.executeAsync(spec.job_name)
    log.info("job %s submitted, from %s", identity, checkpoint.path if checkpoint else "the first record")
    return identity


def committed(jvm, spec: JobSpec) -> dict[str, int]:
    """Number of the checkpoint whose rows each table got last; without tables that have none."""
    return dict(jvm.turnstone.stream.Lake.committed(spec.to_json(), _job_class(jvm, spec).TABLES))


def _defined(jvm, spec: JobSpec, options: dict[str, str]):
    """The job in an environment of its own."""
    made = Configuration()
    for key, value in {**configuration(spec), **options}.items():
        made.set_string(key, value)
    environment = jvm.org.apache.flink.streaming.api.environment.StreamExecutionEnvironment
    job = environment(made._j_configuration)  # noqa: SLF001 - the one way to it
    _job_class(jvm, spec).define(job, spec.to_json())
    return job


def _job_class(jvm, spec: JobSpec):
    return {"stream": jvm.turnstone.stream.StreamJob, "sessions": jvm.turnstone.stream.SessionJob}[spec.kind]


def _jobs_when_reachable(rest: FlinkRest, name: str, timeout_s: float = 120.0) -> list:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return rest.jobs(name)
        except ClusterUnreachableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def main() -> None:
    """Reads the parameters from standard input and submits."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    log.setLevel(logging.INFO)
    try:
        submit(JobSpec.from_json(sys.stdin.read()))
    except (JavaException, Py4JJavaError) as refused:
        log.error("not submitted: %s", root_cause(str(refused)))  # noqa: TRY400 - 300 lines of Java say no more
        sys.exit(REFUSED)
    except (StaleStateError, UnreadableStateError) as refused:
        log.error("not submitted: %s", refused)  # noqa: TRY400 - the trace says no more
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
