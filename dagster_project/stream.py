"""What the stream job tells about itself, for the page of the topic that it reads."""

from typing import Any

from streaming.errors import StreamingError
from streaming.flink.backpressure import JobLoad, job_load
from streaming.flink.rest import FlinkRest
from streaming.flink.settings import FlinkJobSettings
from streaming.lag import BrokerOffsets, partition_lags
from streaming.settings import StreamingSettings


def stream_metadata(settings: StreamingSettings, now: float) -> dict[str, Any]:
    """Lag, rates and age of the stream job as metadata; ``stream`` says where it does not run.

    Args:
        settings: The topic, the broker and the cluster.
        now: Seconds since the epoch.

    Raises:
        BrokerUnreachableError: The broker does not answer, or lacks the topic.
    """
    name = FlinkJobSettings().job_name
    load, state = _load(settings, name)
    with BrokerOffsets(settings, name) as offsets:
        lags = partition_lags(offsets.ask(), load.read_of(settings.topic) if load else {})
    return {
        "stream": state,
        "unread_records": sum(lag.unread for lag in lags),
        "uncommitted_records": sum(lag.uncommitted for lag in lags),
        "unread_by_partition": {str(lag.partition): lag.unread for lag in lags},
        **(_of(load, now) if load else {}),
    }


def _load(settings: StreamingSettings, name: str) -> tuple[JobLoad | None, str]:
    try:
        load = job_load(FlinkRest(settings.flink_rest_url), name)
    except StreamingError as silent:
        return None, str(silent)
    return load, load.state.lower() if load else f"no job {name} runs"


def _of(load: JobLoad, now: float) -> dict[str, Any]:
    read = load.tasks[0].records_in_per_second if load.tasks else None
    told = {
        "records_read_per_second": read,
        "checkpoint_age_s": round(load.checkpoint_age_s(now), 1),
        "watermark_delay_s": load.watermark_delay_s(now),
        "restarts": load.restarts,
    }
    return {name: value for name, value in told.items() if value is not None}
