"""The topic of agent events, which producers write and Flink reads."""

import time

import dagster as dg

from dagster_project.broker import end_offsets
from dagster_project.errors import BrokerUnavailableError
from dagster_project.lake import OWNERS, Lake
from dagster_project.stream import stream_metadata
from pipelines.queries import query
from streaming.settings import StreamingSettings
from streaming.topics import BrokerUnreachableError


@dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]
    specs=[
        dg.AssetSpec(
            key=["kafka", "agent_events"],
            description="CloudEvents of every agent conversation, keyed by conversation (E1, E2).",
            group_name="kafka",
            owners=OWNERS,
            kinds={"kafka"},
        )
    ]
)
def agent_events(context: dg.AssetExecutionContext, lake: Lake) -> dg.ObserveResult:
    """Asks the broker how many records each partition has seen, and the stream job how far it is."""
    settings = StreamingSettings()
    key, where = ["kafka", "agent_events"], {"topic": settings.topic, "brokers": settings.bootstrap_servers}
    try:
        offsets = end_offsets(settings)
        stream = stream_metadata(settings, time.time())
    except (
        BrokerUnavailableError,
        BrokerUnreachableError,
    ) as error:  # a stopped broker is an observation, not a failed run
        context.log.warning(str(error))
        return dg.ObserveResult(asset_key=key, metadata={**where, "reachable": False})
    with lake.open() as (connection, _):
        reached = dict(connection.execute(query("bronze_reached"), [settings.topic]).fetchall())
    return dg.ObserveResult(
        asset_key=key,
        metadata={
            **where,
            "reachable": True,
            "dagster/row_count": sum(offsets.values()),
            "lag_of_bronze": sum(end - reached.get(number, 0) for number, end in offsets.items()),
            "end_offsets": {str(number): end for number, end in offsets.items()},
            **stream,
        },
    )
