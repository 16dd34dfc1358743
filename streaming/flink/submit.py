"""Submits the stream job; the only module that imports PyFlink.

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
from pyflink.table import EnvironmentSettings, TableEnvironment
from pyflink.util.exceptions import JavaException

from streaming.flink.java import root_cause
from streaming.flink.rest import ClusterUnreachableError, FlinkRest
from streaming.flink.restore import (
    StaleStateError,
    UnreadableStateError,
    job_id,
    latest_checkpoint,
    lineage,
    require_current,
)
from streaming.flink.spec import REFUSED, JobSpec
from streaming.flink.statements import render

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
        "table.local-time-zone": "UTC",
        "table.exec.state.ttl": f"{spec.state_ttl_ms} ms",
        # One reading of the topic for the three inserts: they share views by what these say.
        "table.optimizer.reuse-optimize-block-with-digest-enabled": "true",
    }


def submit(spec: JobSpec) -> str | None:
    """Starts the job unless one is alive; returns the id of the job that it started."""
    environment = TableEnvironment.create(
        EnvironmentSettings.new_instance()
        .in_streaming_mode()
        .with_configuration(_as_configuration(configuration(spec)))
        .build()
    )
    statements = render(spec)
    for definition in statements.definitions:
        environment.execute_sql(definition)
    inserts = environment.create_statement_set()
    for insert in statements.inserts:
        inserts.add_insert_sql(insert)
    # Planning once here, while the cluster may still be starting, warms the planner up.
    inserts.explain()

    rest = FlinkRest(spec.rest_url)
    jobs = _jobs_when_reachable(rest, spec.job_name)
    if any(not job.ended for job in jobs):
        log.info("a job %s is alive: nothing to do", spec.job_name)
        return None
    checkpoints_dir = Path(spec.checkpoints_dir)
    checkpoint = latest_checkpoint(checkpoints_dir)
    require_current(checkpoint, committed(environment, spec.catalog_name, statements.tables), checkpoints_dir)
    identity = job_id(lineage(checkpoints_dir), checkpoint, attempt=len(jobs))
    config = environment.get_config()
    config.set("$internal.pipeline.job-id", identity)
    if checkpoint is not None:
        config.set("execution.state-recovery.path", checkpoint.path.as_uri())
    inserts.execute()
    log.info("job %s submitted, from %s", identity, checkpoint.path if checkpoint else "the first record")
    return identity


def committed(environment: TableEnvironment, catalog_name: str, tables: list[str]) -> dict[str, int]:
    """Number of the checkpoint whose rows each table got last; without tables that have none."""
    catalog = environment.get_catalog(catalog_name)._j_catalog.catalog()  # noqa: SLF001 - the one way to it
    identifiers = get_gateway().jvm.org.apache.iceberg.catalog.TableIdentifier
    numbers = {name: _committed(catalog.loadTable(identifiers.parse(name))) for name in tables}
    return {name: number for name, number in numbers.items() if number is not None}


def _committed(table) -> int | None:
    table.refresh()  # planning has loaded it, maybe before the last commit
    snapshot = table.currentSnapshot()
    while snapshot is not None:
        number = snapshot.summary().get("flink.max-committed-checkpoint-id")
        if number is not None:
            return int(number)
        parent = snapshot.parentId()
        snapshot = None if parent is None else table.snapshot(parent)
    return None


def _jobs_when_reachable(rest: FlinkRest, name: str, timeout_s: float = 120.0) -> list:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return rest.jobs(name)
        except ClusterUnreachableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def _as_configuration(options: dict[str, str]) -> Configuration:
    made = Configuration()
    for key, value in options.items():
        made.set_string(key, value)
    return made


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
