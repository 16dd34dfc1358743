"""The state of the backbone at one moment, asked of all its parts (spec E7)."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from msgspec import Struct

from streaming.errors import StreamingError
from streaming.flink.backpressure import JobLoad, job_load
from streaming.flink.rest import FlinkRest
from streaming.lag import BrokerOffsets, PartitionLag, partition_lags
from streaming.published import PublishedState, published
from streaming.settings import StreamingSettings
from streaming.topics import BrokerUnreachableError


class StreamState(Struct, frozen=True, kw_only=True):
    """A job that reads the topic.

    Attributes:
        name: Its name, which is also its group of readers.
        load: What the cluster tells; None where it does not answer or no such job is alive.
        lags: How far it is behind, by partition; empty where the broker does not answer.
        trouble: Why something is missing, empty where nothing is.
    """

    name: str
    load: JobLoad | None
    lags: list[PartitionLag]
    trouble: str

    @property
    def unread(self) -> int | None:
        """Records that it has not read; None where the broker does not answer."""
        return sum(lag.unread for lag in self.lags) if self.lags else None

    @property
    def uncommitted(self) -> int | None:
        """Records that no completed checkpoint covers; None where the broker does not answer."""
        return sum(lag.uncommitted for lag in self.lags) if self.lags else None


class Backbone(Struct, frozen=True, kw_only=True):
    """Producers, topic and jobs.

    Attributes:
        at: When it was asked, in seconds since the epoch.
        topic: The topic.
        producers: What the producers of this machine published, newest first.
        streams: The jobs.
    """

    at: float
    topic: str
    producers: list[PublishedState]
    streams: list[StreamState]

    @property
    def broker_answers(self) -> bool:
        """Whether the broker told the offsets."""
        return any(stream.lags for stream in self.streams)


class Watcher:
    """Asks the parts of one stack; none of them has to run.

    Args:
        streaming: Where the broker, the cluster and the producers' metrics are.
        jobs: Names of the jobs.
    """

    def __init__(self, streaming: StreamingSettings, jobs: tuple[str, ...]) -> None:
        self._topic = streaming.topic
        self._folder = streaming.metrics_dir
        self._rest = FlinkRest(streaming.flink_rest_url, timeout_s=3.0)
        self._offsets = {name: BrokerOffsets(streaming, name) for name in jobs}

    def look(self) -> Backbone:
        """The state now. Takes half a second, or some seconds where a part does not answer."""
        with ThreadPoolExecutor(len(self._offsets)) as pool:
            streams = list(pool.map(self._stream, self._offsets))
        now = time.time()
        producers = published(self._folder, now) if self._folder else []
        return Backbone(at=now, topic=self._topic, producers=producers, streams=streams)

    def close(self) -> None:
        """Ends the connections."""
        for offsets in self._offsets.values():
            offsets.close()

    def __enter__(self) -> Self:
        """One that is closed when the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""
        self.close()

    def _stream(self, name: str) -> StreamState:
        # The cluster first: what comes meanwhile then counts as lag, and none of it is overlooked.
        load, trouble = self._load(name)
        try:
            offsets = self._offsets[name].ask()
        except BrokerUnreachableError as silent:
            told = "; ".join(filter(None, (trouble, str(silent))))
            return StreamState(name=name, load=load, lags=[], trouble=told)
        lags = partition_lags(offsets, load.read_of(self._topic) if load else {})
        return StreamState(name=name, load=load, lags=lags, trouble=trouble)

    def _load(self, name: str) -> tuple[JobLoad | None, str]:
        try:
            load = job_load(self._rest, name)
        except StreamingError as silent:
            return None, str(silent)
        return load, "" if load else f"no job {name} runs"
