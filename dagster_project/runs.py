"""Runs jobs in this process, on the persistent instance."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

import dagster as dg
from dagster import DagsterEventType, EventLogEntry
from msgspec import Struct

from dagster_project.definitions import defs

Progress = Callable[[str], None]
"""Takes one line for people."""


class RunReport(Struct, frozen=True, kw_only=True):
    """How a run ended."""

    run_id: str
    success: bool
    problems: list[str]
    """Failed asset checks and errors of steps, a line each."""


def run_job(
    name: str,
    instance: dg.DagsterInstance,
    *,
    progress: Progress,
    ops: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> RunReport:
    """Runs a job of the definitions to its end; what fails is told, not raised.

    Args:
        name: The job.
        instance: Where the run and its events are kept.
        progress: Gets a line for each asset and each failed check, as they come.
        ops: Configuration of the job's ops, by their names.
        tags: Tags of the run; :func:`dagster_project.partitions.range_tags` say which days it builds.
    """
    job, run_id = defs().resolve_job_def(name), str(uuid4())
    problems, lines = list[str](), set[str]()

    def listen(entry: EventLogEntry) -> None:
        line = _told(entry)
        if line and line not in lines:  # a run of many days tells the same of each
            lines.add(line)
            progress(line)
        if problem := _problem(entry):
            problems.append(problem)
            progress(problem)

    instance.add_event_listener(run_id, listen)
    quiet = {"console": {"config": {"log_level": "CRITICAL"}}}
    result = job.execute_in_process(
        run_config={"ops": dict(ops or {}), "loggers": quiet},
        instance=instance,
        run_id=run_id,
        raise_on_error=False,
        tags=dict(tags or {}),
    )
    return RunReport(run_id=run_id, success=result.success, problems=problems)


_TOLD: Final = (DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_OBSERVATION)


def _told(entry: EventLogEntry) -> str | None:
    """A line about a table that was written or looked at."""
    event = entry.dagster_event
    if event is None or event.event_type not in _TOLD or event.asset_key is None:
        return None
    details = entry.asset_materialization or entry.asset_observation
    rows = details.metadata.get("dagster/row_count") if details else None
    if rows is None:
        return None
    return f"{event.asset_key.to_user_string()}: {rows.value:,} rows"


def _problem(entry: EventLogEntry) -> str | None:
    """A line about a check or a step that failed."""
    event = entry.dagster_event
    if event is None:
        return None
    if event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
        check = event.asset_check_evaluation_data
        asset = check.asset_key.to_user_string()
        return None if check.passed else f"{asset}: {check.check_name} failed. {check.description or ''}"
    if event.event_type == DagsterEventType.STEP_FAILURE:
        error = event.step_failure_data.error
        cause = error.cause if error and error.cause else error
        return f"{event.step_key}: {cause.message.strip()}" if cause else f"{event.step_key} failed"
    return None
