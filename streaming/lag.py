"""How far the readers of the topic are behind it, as the broker tells (spec E7)."""

from collections.abc import Mapping
from types import TracebackType
from typing import Final, NamedTuple, Self

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]
from msgspec import Struct

from streaming.settings import StreamingSettings
from streaming.topics import BrokerUnreachableError, admin_client

_TIMEOUT_S: Final = 3.0


class Offsets(NamedTuple):
    """What the broker knows of a partition and of one group of readers.

    Attributes:
        start: Offset of the oldest record that is kept.
        end: Offset that the next record will get.
        committed: Offset that the group reads from after a restart; None where it never committed.
            The stream job commits with every completed checkpoint.
    """

    start: int
    end: int
    committed: int | None


class PartitionLag(Struct, frozen=True, kw_only=True):
    """How far a group is behind in one partition, in records.

    Attributes:
        partition: Its number.
        end: Records that it ever took.
        unread: Records that the job has not read.
        uncommitted: Records that no completed checkpoint covers, so that no table shows them for good.
    """

    partition: int
    end: int
    unread: int
    uncommitted: int


def partition_lags(offsets: Mapping[int, Offsets], read: Mapping[int, int]) -> list[PartitionLag]:
    """The lag of each partition.

    Args:
        offsets: What the broker knows, by partition.
        read: The offset that the job reads next, by partition, as far as the job says. Where it does
            not, because it does not run or has read nothing since its start, the committed one counts.
    """
    return [_lag(number, known, read.get(number)) for number, known in sorted(offsets.items())]


def _lag(number: int, known: Offsets, read: int | None) -> PartitionLag:
    def behind(position: int | None) -> int:
        # What is no longer kept cannot be read, and a position from the future is from an older answer.
        return max(0, known.end - max(known.start, known.start if position is None else position))

    return PartitionLag(
        partition=number,
        end=known.end,
        unread=behind(known.committed if read is None else read),
        uncommitted=behind(known.committed),
    )


class BrokerOffsets:
    """Asks one broker again and again about one group of readers, which it does not join.

    Args:
        settings: Where the broker is, and the topic.
        group: The group.
    """

    def __init__(self, settings: StreamingSettings, group: str) -> None:
        self._topic = settings.topic
        self._where = f"topic {settings.topic!r} at {settings.bootstrap_servers}"
        self._admin: AdminClient = admin_client(settings)
        # The admin client could tell what was committed too, but ends the process by a segmentation
        # fault where the broker answers that it is not the coordinator, as a young one does.
        self._reader = Consumer(
            {
                "bootstrap.servers": settings.bootstrap_servers,
                "group.id": group,
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )

    def ask(self) -> dict[int, Offsets]:
        """Offsets by partition.

        Raises:
            BrokerUnreachableError: The broker does not answer, or lacks the topic.
        """
        try:
            partitions = self._partitions()
            committed = self._committed(partitions)
            starts = self._listed(partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
            ends = self._listed(partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]
        except KafkaException as silent:
            raise BrokerUnreachableError(f"{self._where}: {silent.args[0].str()}") from silent
        return {n: Offsets(starts[n], ends[n], committed.get(n)) for n in partitions}

    def close(self) -> None:
        """Ends the connections."""
        self._reader.close()

    def __enter__(self) -> Self:
        """One that is closed when the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""
        self.close()

    def _partitions(self) -> list[int]:
        topic = self._admin.list_topics(self._topic, timeout=_TIMEOUT_S).topics[self._topic]
        if topic.error is not None:
            raise BrokerUnreachableError(f"{self._where}: {topic.error.str()}")
        return sorted(topic.partitions)

    def _listed(self, partitions: list[int], which: OffsetSpec) -> dict[int, int]:
        asked = {TopicPartition(self._topic, number): which for number in partitions}
        answers = self._admin.list_offsets(asked, request_timeout=_TIMEOUT_S)
        return {each.partition: answer.result().offset for each, answer in answers.items()}

    def _committed(self, partitions: list[int]) -> dict[int, int]:
        asked = [TopicPartition(self._topic, number) for number in partitions]
        answers = self._reader.committed(asked, timeout=_TIMEOUT_S)
        return {each.partition: each.offset for each in answers if each.offset >= 0}
