"""The overflow policy ``spool``: every event goes to disk first, so nothing is lost (spec E3)."""

import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import pyarrow.parquet as pq
from msgspec import Struct

from streaming.contract.cloudevents import Record
from streaming.contract.events import AgentEvent
from streaming.receipts import ReceiptLedger
from streaming.sender import Sender
from streaming.settings import StreamingSettings
from streaming.spool import SpoolError, SpoolFolder, SpoolSegment, adopt_spools

_MIB: Final = 1024 * 1024


class _Spooled(Struct, array_like=True, frozen=True, gc=False):
    """What a frame holds."""

    event_id: bytes
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Spooled).decode


class _Reader(Struct):
    """How far a segment was sent, and which of its events the broker has already."""

    segment: SpoolSegment
    at: int
    receipts: frozenset[bytes] = frozenset()


class Spooling:
    """Events are appended to a spool, then sent; what finds no room is sent later, from the disk.

    What a dead producer left is sent first, without what has a receipt. The broker may have some
    of it all the same, acknowledged when the producer was dead; these arrive twice, under one id.
    An event that the broker refused for good stays on the disk.

    Args:
        settings: Where the broker and the spool are.
        producer_id: The producer; names its folder.
        ledger: Where receipts go.
        overrides: Settings of librdkafka that win over ours.
    """

    def __init__(
        self,
        settings: StreamingSettings,
        producer_id: str,
        ledger: ReceiptLedger,
        overrides: dict[str, str | int | bool] | None = None,
    ) -> None:
        self.sender = Sender[tuple[bytes, SpoolSegment]](
            settings, f"turnstone-{producer_id}", self._acknowledged, overrides=overrides
        )
        self.dropped = Counter[str]()
        self.sampled = 0
        self._left = 0
        self._waiting = 0
        self._taken = 0
        self._known = 0
        self._ledger = ledger
        self._segment_bytes = settings.spool_segment_mb * _MIB
        self._max_bytes = settings.spool_max_mb * _MIB
        self._sync_s = settings.spool_sync_s
        self._synced = time.monotonic()
        self._appending = threading.Lock()
        self._working = threading.Lock()
        self._adopted = adopt_spools(settings.spool_dir, producer_id)
        self._own = SpoolFolder.create(settings.spool_dir, producer_id)
        self._active: SpoolSegment | None = None
        self._behind: deque[_Reader] = deque()
        for folder in self._adopted:
            self._read_again(folder, settings.receipts_dir)

    @property
    def added(self) -> int:
        """Events that a dead producer left and that have no receipt."""
        return self._left - self._known

    @property
    def pending(self) -> int:
        """Events on disk that the sender has not got yet."""
        return self._left + self._waiting - self._taken

    @property
    def disk_bytes(self) -> int:
        """Disk that the spool takes, what was left by others included."""
        return sum(folder.bytes for folder in [self._own, *self._adopted])

    def offer(self, event: AgentEvent, record: Record) -> None:
        """Puts an event on disk, and sends it unless others wait there.

        Raises:
            DeliveryError: It is larger than the broker takes.
            OSError: The disk is full.
        """
        self.sender.require_fit(record)
        event_id = event.id.encode()
        body = _encode(_Spooled(event_id, record.key, record.value, record.headers))
        if self._try_offer(event_id, record, body):
            return
        self.sender.waits += 1
        started = time.monotonic()
        while not self._try_offer(event_id, record, body):
            self.sender.poll(0.02)
            self.work()
        self.sender.waited_s += time.monotonic() - started

    def work(self) -> None:
        """Sends what waits on disk as far as there is room, and removes what is done."""
        with self._working:
            while self._behind and self._send_next(self._behind[0]):
                pass
            for folder in [self._own, *self._adopted]:
                folder.reap()
            for folder in [folder for folder in self._adopted if not folder.segments]:
                self._adopted.remove(folder)
                folder.close()
            if time.monotonic() - self._synced >= self._sync_s:
                self._sync()

    def finish(self) -> None:
        """Nothing waits for a later time."""

    def close(self) -> None:
        """Leaves on disk what the broker did not acknowledge."""
        for folder in [self._own, *self._adopted]:
            folder.close()

    def _try_offer(self, event_id: bytes, record: Record, body: bytes) -> bool:
        """Takes an event; False where the spool has all the disk that it may take."""
        with self._appending:
            placed = self._append(body)
            if placed is None:
                return False
            segment, at = placed
            if not self._behind:
                if self.sender.try_send(record, (event_id, segment)):
                    return True
                self._behind.append(_Reader(segment, at))
            elif self._behind[-1].segment is not segment:
                self._behind.append(_Reader(segment, at))
            self._waiting += 1
            return True

    def _append(self, body: bytes) -> tuple[SpoolSegment, int] | None:
        if self._active is not None and (at := self._active.append(body)) is not None:
            return self._active, at
        if self.disk_bytes + self._segment_bytes > self._max_bytes:
            return None
        receipts_from = max(0, self._ledger.next_segment - 1)
        self._active = fresh = self._own.begin_segment(self._segment_bytes, receipts_from)
        if (at := fresh.append(body)) is None:
            raise SpoolError(f"an event of {len(body)} bytes does not fit a segment of {self._segment_bytes}")
        return fresh, at

    def _send_next(self, reader: _Reader) -> bool:
        """Sends the next event of a segment; False where there is no room."""
        frame = reader.segment.read(reader.at)
        if frame is None:
            return self._turn_page(reader)
        body, after = frame
        spooled = _decode(body)
        if spooled.event_id in reader.receipts:
            reader.segment.done += 1
            self._known += 1
        else:
            record = Record(spooled.key, spooled.value, spooled.headers)
            if not self.sender.try_send(record, (spooled.event_id, reader.segment)):
                return False
        reader.at = after
        self._taken += 1
        return True

    def _turn_page(self, reader: _Reader) -> bool:
        with self._appending:
            if reader.segment.read(reader.at) is None:
                self._behind.popleft()
        return True

    def _acknowledged(
        self,
        tokens: Sequence[tuple[bytes, SpoolSegment]],
        topic: str,
        partitions: Sequence[int],
        offsets: Sequence[int],
        broker_ms: Sequence[int],
    ) -> None:
        ids = [event_id for event_id, _ in tokens]
        self._ledger.record_all(ids, topic, partitions, offsets, broker_ms)
        for _, segment in tokens:
            segment.done += 1

    def _read_again(self, folder: SpoolFolder, receipts_dir: Path) -> None:
        receipts = _receipts_of(folder, receipts_dir)
        for segment in folder.segments:
            self._behind.append(_Reader(segment, segment.start, receipts))
            self._left += segment.appended

    def _sync(self) -> None:
        for segment in self._own.segments[-2:]:
            segment.sync()
        self._synced = time.monotonic()


def _receipts_of(folder: SpoolFolder, receipts_dir: Path) -> frozenset[bytes]:
    """Ids of events of a spool that the broker acknowledged, by the ledgers of those who sent them."""
    first = min((segment.receipts_from for segment in folder.segments), default=0)
    found: set[bytes] = set()
    for owner in folder.owners:
        for path in (receipts_dir / owner).glob("*.parquet"):
            if owner != folder.path.name or int(path.stem) >= first:
                found.update(pq.read_table(path, columns=["event_id"])["event_id"].cast("binary").to_pylist())
    return frozenset(found)
