"""Events on disk, through crashes of every kind: spec E3."""

import multiprocessing
import os
import signal
import time
from collections import Counter
from contextlib import suppress
from itertools import islice
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.contract.cloudevents import Record, decode
from streaming.contract.payloads import MsgReceived
from streaming.errors import DeliveryError, DrainTimeoutError, TopicUnknownError
from streaming.frames import HEAD_BYTES, TornFrameError, read_frame, write_frame
from streaming.producer import EventProducer
from streaming.settings import StreamingSettings
from streaming.spool import SpoolError, SpoolFolder, SpoolSegment, adopt_spools
from tests.streaming.broker import Broker, running_broker
from tests.streaming.made import SINCE_NS, event_of, events

BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=20)
KIB = 1024


def framed(bodies: list[bytes], size: int = 4 * KIB) -> tuple[bytearray, list[int]]:
    """A buffer with frames, and where each of them ends."""
    buffer, at, ends = bytearray(size), 0, []
    for body in bodies:
        after = write_frame(buffer, at, body)
        assert after is not None
        ends.append(at := after)
    return buffer, ends


def read_to_the_tear(buffer: bytearray) -> list[bytes]:
    at, found = 0, []
    with suppress(TornFrameError):
        while (frame := read_frame(buffer, at)) is not None:
            body, at = frame
            found.append(body)
    return found


@pytest.mark.spec("E3")
@given(bodies=BODIES)
def test_frames_come_back_as_they_were_written(bodies: list[bytes]) -> None:
    assert read_to_the_tear(framed(bodies)[0]) == bodies


@pytest.mark.spec("E3")
@given(bodies=BODIES, data=st.data())
def test_of_a_buffer_cut_anywhere_the_whole_frames_are_read_and_no_other(
    bodies: list[bytes], data: st.DataObject
) -> None:
    buffer, ends = framed(bodies)
    cut = data.draw(st.integers(0, ends[-1] if ends else 0))
    whole = sum(end <= cut for end in ends)
    assert read_to_the_tear(buffer[:cut]) == bodies[:whole]
    refilled = read_to_the_tear(buffer[:cut] + bytes(len(buffer) - cut))
    assert refilled == bodies[: len(refilled)]
    # One more is whole where the cut took nothing but zeros.
    assert whole <= len(refilled) <= whole + 1


@pytest.mark.spec("E3")
@given(bodies=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=10), data=st.data())
def test_a_frame_with_a_flipped_bit_is_not_taken_for_whole(bodies: list[bytes], data: st.DataObject) -> None:
    buffer, ends = framed(bodies)
    bit = data.draw(st.integers(0, 8 * ends[-1] - 1))
    buffer[bit // 8] ^= 1 << bit % 8
    hit = sum(end <= bit // 8 for end in ends)
    found = read_to_the_tear(buffer)
    assert found == bodies[: len(found)]
    assert len(found) <= hit


def test_a_frame_that_does_not_fit_leaves_the_buffer_as_it_was() -> None:
    buffer = bytearray(HEAD_BYTES + 4)
    assert write_frame(buffer, 0, b"12345") is None
    assert not any(buffer)
    assert write_frame(buffer, 0, b"1234") == len(buffer)
    assert read_to_the_tear(buffer) == [b"1234"]


@pytest.mark.spec("E3")
@given(bodies=BODIES, tail=st.binary(max_size=64))
@settings(max_examples=30, deadline=None)
def test_a_segment_with_a_torn_tail_is_read_up_to_the_tear(
    bodies: list[bytes], tail: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("spool") / "000000.spool"
    segment = SpoolSegment.create(path, 4 * KIB, 7)
    at = segment.start
    for body in bodies:
        assert segment.append(body) == at
        at += HEAD_BYTES + len(body)
    segment.close()
    with path.open("r+b") as file:
        file.seek(at)
        file.write((99_999).to_bytes(4, "little") + tail)
    found = SpoolSegment.open(path)
    assert (found.receipts_from, found.appended, found.sealed) == (7, len(bodies), True)
    at, read = found.start, []
    while (frame := found.read(at)) is not None:
        read.append(frame[0])
        at = frame[1]
    assert read == bodies
    found.remove()
    assert not path.exists()


def test_the_spool_of_a_living_producer_is_let_be(tmp_path: Path) -> None:
    own = SpoolFolder.create(tmp_path, "p1")
    own.begin_segment(KIB, 0).append(b"event")
    assert adopt_spools(tmp_path, "p2") == []
    own.close()
    (adopted,) = adopt_spools(tmp_path, "p2")
    assert [segment.appended for segment in adopted.segments] == [1]
    adopted.close()
    (again,) = adopt_spools(tmp_path, "p3")
    assert again.owners == ["p1", "p2"]
    again.segments[0].done = 1
    again.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"TSSPOOL1", b"x" * 4096])
def test_a_file_that_is_no_segment_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p1").mkdir()
    (tmp_path / "p1" / "000000.spool").write_bytes(content)
    with pytest.raises(SpoolError, match=r"000000\.spool"):
        adopt_spools(tmp_path, "p2")


def settings_of(servers: str, folder: Path, topic: str, **changes: Any) -> StreamingSettings:
    return StreamingSettings(
        bootstrap_servers=servers,
        topic=topic,
        receipts_dir=folder / "receipts",
        spool_dir=folder / "spool",
        overflow="spool",
        spool_segment_mb=1,
        **changes,
    )


def receipts(folder: Path) -> Counter[str]:
    found = Counter[str]()
    for path in folder.glob("receipts/*/*.parquet"):
        found.update(pq.read_table(path, columns=["event_id"])["event_id"].to_pylist())
    return found


def ids(records: list[tuple[int, int, Record]]) -> Counter[str]:
    return Counter(dict(record.headers)["ce_id"].decode() for _, _, record in records)


def numbers(records: list[tuple[int, int, Record]]) -> Counter[int]:
    return Counter(decode(record).time_ns - SINCE_NS for _, _, record in records)


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_with_a_spool_nothing_waits_nothing_is_lost_and_nothing_stays(broker: Broker, tmp_path: Path) -> None:
    broker.topic("spool")
    with EventProducer(settings_of(broker.servers, tmp_path, "spool", buffer_events=100)) as producer:
        broker.pause()
        try:
            for event in islice(events(), 10_000):
                producer.emit(event)
            metrics = producer.metrics
            assert metrics.acked < 1_000  # a broker goes on for a moment after it was stopped
            assert metrics.pending == 10_000 - metrics.acked - 100
            assert metrics.spool_bytes > 2**20
        finally:
            broker.resume()
    assert producer.counts.waited == 0
    assert producer.counts.acked == producer.counts.emitted == 10_000
    records = broker.records("spool")
    assert numbers(records) == Counter(range(10_000))
    assert receipts(tmp_path) == ids(records)
    assert not list((tmp_path / "spool").iterdir())
    for partition in range(4):
        times = [decode(record).time_ns for p, _, record in records if p == partition]
        assert times == sorted(times)


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_a_spool_that_is_full_makes_the_caller_wait(broker: Broker, tmp_path: Path) -> None:
    broker.topic("full-spool")
    configured = settings_of(broker.servers, tmp_path, "full-spool", buffer_events=100, spool_max_mb=2)
    with EventProducer(configured) as producer:
        for event in islice(events(), 20_000):
            producer.emit(event)
        assert producer.metrics.spool_bytes <= 2 * 2**20
    assert producer.counts.waited > 0
    assert numbers(broker.records("full-spool")) == Counter(range(20_000))


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_what_could_not_be_drained_is_sent_by_the_next_producer(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker") as broker:
        broker.topic("t")
        configured = settings_of(broker.servers, tmp_path, "t", buffer_events=100)
        producer = EventProducer(configured)
        broker.kill()
        for event in islice(events(), 1_000):
            producer.emit(event)
        with pytest.raises(DrainTimeoutError):
            producer.close(timeout_s=0.2)
        silent = EventProducer(configured)
        with pytest.raises(TopicUnknownError):
            silent.close(timeout_s=0.2)
        broker.start()
        with EventProducer(configured) as second:
            pass
        assert second.counts.added == second.counts.acked == 1_000
        assert numbers(broker.records("t")) == Counter(range(1_000))
        assert not list((tmp_path / "spool").iterdir())


@pytest.mark.stack
def test_an_event_larger_than_the_broker_takes_never_enters_the_spool(broker: Broker, tmp_path: Path) -> None:
    broker.topic("large-spool")
    with (
        EventProducer(settings_of(broker.servers, tmp_path, "large-spool")) as producer,
        pytest.raises(DeliveryError, match="the largest has 1000000"),
    ):
        producer.emit(event_of(MsgReceived(content="x" * 999_990)))
    assert broker.records("large-spool") == []
    assert not list((tmp_path / "spool").iterdir())


def _emit_until_killed(configured: StreamingSettings, emitted: "Synchronized[int]") -> None:
    with EventProducer(configured, overrides={"log_level": 0}) as producer:
        for event in events():
            producer.emit(event)
            emitted.value += 1
            if emitted.value % 50 == 0:
                time.sleep(0.001)


def _wait_until(emitted: "Synchronized[int]", count: int) -> None:
    deadline = time.monotonic() + 120
    while emitted.value < count:
        assert time.monotonic() < deadline, f"{emitted.value} of {count} events"
        time.sleep(0.01)


@pytest.mark.stack
@pytest.mark.spec("E3", "E5")
def test_a_producer_killed_with_a_full_queue_and_no_broker_loses_nothing(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker") as broker:
        broker.topic("t")
        configured = settings_of(broker.servers, tmp_path, "t", buffer_events=1_000)
        context = multiprocessing.get_context("spawn")
        emitted: Synchronized[int] = context.Value("q", 0)
        process = context.Process(target=_emit_until_killed, args=(configured, emitted))
        process.start()
        _wait_until(emitted, 20_000)
        broker.kill()
        _wait_until(emitted, emitted.value + 20_000)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        assert process.exitcode == -signal.SIGKILL
        broker.start()
        already = ids(broker.records("t"))

        with EventProducer(configured) as second:
            known = receipts(tmp_path)
        total = emitted.value
        records = broker.records("t")
        found = numbers(records)
        assert set(range(total)) <= set(found) <= set(range(total + 1))
        twice = {event_id for event_id, copies in ids(records).items() if copies > 1}
        assert not twice & set(known), "an event with a receipt was sent again"
        assert twice <= set(already)
        assert len(twice) <= configured.buffer_events
        assert second.counts.added >= 20_000 - configured.buffer_events
        assert receipts(tmp_path).keys() == ids(records).keys()
        assert not list((tmp_path / "spool").iterdir())
