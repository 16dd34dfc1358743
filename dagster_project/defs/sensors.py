"""What runs by itself: the watch over the stream, builds of new days, and what follows builds by hand."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import dagster as dg
import msgspec

from dagster_project.lake import Lake
from dagster_project.new_days import Cursor, Wait, decide, settle
from dagster_project.partitions import only_changes, range_tags, stretches
from dagster_project.policies import WHOLE_BUILD
from dagster_project.settings import DagsterSettings
from dagster_project.stream_watch import Look, look
from pipelines.due_days import due_days, newest_snapshot
from pipelines.freshness import TARGETS_S

_SETTINGS: Final = DagsterSettings()
_STATUS: Final = dg.DefaultSensorStatus.RUNNING if _SETTINGS.automation else dg.DefaultSensorStatus.STOPPED
_LOOK_EVERY_S: Final = 20
_BUILD_TAG: Final = "turnstone/build"


@dg.sensor(
    minimum_interval_seconds=_LOOK_EVERY_S,
    default_status=_STATUS,
    description="Looks at the topic and the streamed tables; one that is current counts as materialized.",
)
def stream_watch(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SensorResult:
    """A table's event is due three times within its target, so that its freshness policy can hold."""
    told_at = msgspec.json.decode(context.cursor or "{}", type=dict[str, float])
    now = datetime.now(UTC)
    events = list[dg.AssetMaterialization | dg.AssetObservation]()
    with lake.open() as (connection, catalog):
        for seen in look(connection, catalog, now):
            name = seen.key.to_user_string()
            due_s = TARGETS_S.get(seen.key.path[0], 60.0) / 3
            if now.timestamp() - told_at.get(name, 0.0) >= due_s - 1:
                told_at[name] = now.timestamp()
                events.append(_event(seen))
    return dg.SensorResult(asset_events=events, cursor=msgspec.json.encode(told_at).decode())


def _event(seen: Look) -> dg.AssetMaterialization | dg.AssetObservation:
    kind = dg.AssetMaterialization if seen.is_current else dg.AssetObservation
    return kind(asset_key=seen.key, metadata=dict(seen.metadata), tags={"dagster/data_version": seen.version})


@dg.sensor(
    job_name="lakehouse",
    minimum_interval_seconds=30,
    default_status=_STATUS,
    description="Builds the days that new snapshots of silver.events changed, silver to gold and the measures"
    " in one run; a failed build again, later.",
)
def new_days(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SensorResult:
    """At most one build at a time; the cursor goes on when the build has succeeded."""
    cursor = msgspec.json.decode(context.cursor or "{}", type=Cursor)
    cursor = settle(cursor, list(_states(context.instance, cursor)))
    with lake.open() as (connection, catalog):
        decided = decide(cursor, newest_snapshot(catalog), time.time(), _SETTINGS.build_every_s)
        if isinstance(decided, Wait):
            return dg.SensorResult(skip_reason=decided.why, cursor=_text(decided.cursor))
        due = due_days(connection, catalog)
    asked = msgspec.structs.replace(decided.cursor, asked=due.snapshot_id)
    again = [datetime.now(UTC).date()] if asked.tries else []  # gold may lack what silver has
    requests = [
        dg.RunRequest(
            run_key=f"{asked.token}-{keys.start}",
            run_config={"ops": only_changes("conversations", "marts")},
            tags={**range_tags(keys), **WHOLE_BUILD, _BUILD_TAG: asked.token},
        )
        for keys in stretches(due.days or again)
    ]
    if not requests:
        done = Cursor(built=due.snapshot_id, asked_at=cursor.asked_at)
        return dg.SensorResult(skip_reason="the new snapshot brought no events", cursor=_text(done))
    return dg.SensorResult(run_requests=requests, cursor=_text(asked))


def _states(instance: dg.DagsterInstance, cursor: Cursor) -> Iterator[bool | None]:
    if cursor.asked is not None:
        for run in instance.get_runs(dg.RunsFilter(tags={_BUILD_TAG: cursor.token})):
            yield run.is_success if run.is_finished else None


def _text(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()


follow = dg.AutomationConditionSensorDefinition(
    "follow",
    target=dg.AssetSelection.all(),
    default_status=_STATUS,
    minimum_interval_seconds=30,
    description="Builds what is downstream of anything that was built by hand, by its automation condition.",
)
