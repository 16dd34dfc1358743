"""The producer against a real broker: spec E3, E7."""

import asyncio
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # its stub forgets it

from agent_runtime.closure import final_state
from agent_runtime.domains.appointments import AppointmentDatabase
from agent_runtime.domains.appointments.scripts import visit
from agent_runtime.ledger import MemoryLedger
from streaming.contract.cloudevents import Record, decode
from streaming.contract.payloads import EventsDropped, MsgReceived
from streaming.errors import DeliveryError, DrainTimeoutError, ProducerClosedError, TopicUnknownError
from streaming.metrics import RateWindow, prometheus_text
from streaming.policies import RESERVE, WEIGHT_HEADER
from streaming.producer import EventProducer
from streaming.settings import StreamingSettings
from tests.agent_runtime.domains.appointments.playing import play
from tests.streaming.broker import Broker, running_broker
from tests.streaming.made import event_of, events, safety_event


def settings_of(broker: Broker, folder: Path, topic: str, **changes: Any) -> StreamingSettings:
    return StreamingSettings(
        bootstrap_servers=broker.servers,
        topic=broker.topic(topic),
        receipts_dir=folder / "receipts",
        **changes,
    )


def connected(settings: StreamingSettings, producer_id: str | None = None) -> EventProducer:
    """A producer that has heard from the broker, however slow the machine is."""
    producer = EventProducer(settings, producer_id)
    assert producer._sender.ready or producer._sender.discover(30.0)
    return producer


def receipts(folder: Path) -> dict[tuple[int, int], str]:
    """Event id by coordinates, as the ledger has it."""
    rows = [row for path in folder.glob("receipts/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    found = {(row["kafka_partition"], row["kafka_offset"]): row["event_id"] for row in rows}
    assert len(found) == len(rows), "two receipts of one record"
    return found


def ids(records: list[tuple[int, int, Record]]) -> dict[tuple[int, int], str]:
    return {
        (partition, offset): dict(record.headers)["ce_id"].decode() for partition, offset, record in records
    }


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_every_receipt_names_the_record_that_the_broker_has(broker: Broker, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path, "receipts", buffer_events=300)
    emitted: list[str] = []

    def emit(producer: EventProducer, since: int) -> None:
        for event in islice(events(since), 3_000):
            producer.emit(event)
            emitted.append(event.id)

    with EventProducer(settings) as producer:
        threads = [threading.Thread(target=emit, args=(producer, 10_000 * n)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    in_broker = ids(broker.records("receipts"))
    assert sorted(in_broker.values()) == sorted(emitted)
    assert receipts(tmp_path) == in_broker
    assert producer.counts.emitted == producer.counts.acked == 12_000
    assert producer.counts.waited > 0, "the buffer was never full: the test proves less than it says"


@pytest.mark.stack
@pytest.mark.spec("E4")
def test_the_events_of_a_conversation_stay_in_one_partition_and_in_order(
    broker: Broker, tmp_path: Path
) -> None:
    with EventProducer(settings_of(broker, tmp_path, "order")) as producer:
        for event in islice(events(), 2_000):
            producer.emit(event)
    seen: dict[bytes, list[tuple[int, int]]] = {}
    for partition, _, record in sorted(broker.records("order")):
        seen.setdefault(record.key, []).append((partition, decode(record).time_ns))
    assert len(seen) == 20
    for places in seen.values():
        assert len({partition for partition, _ in places}) == 1
        assert places == sorted(places)


@pytest.mark.stack
@pytest.mark.spec("E3", "E5")
def test_a_broker_that_is_killed_and_comes_back_has_every_event_once(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker") as broker:
        settings = settings_of(broker, tmp_path, "killed", buffer_events=2_000)
        with EventProducer(settings) as producer, ThreadPoolExecutor(1) as aside:
            stream = events()
            for event in islice(stream, 20_000):
                producer.emit(event)
            broker.kill()
            back = aside.submit(broker.start)
            for event in islice(stream, 500):  # waits for the broker where the buffer was full
                producer.emit(event)
            back.result()
            for event in islice(stream, 5_000):
                producer.emit(event)
        in_broker = ids(broker.records("killed"))
        assert len(set(in_broker.values())) == len(in_broker) == 25_500
        assert receipts(tmp_path) == in_broker


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_of_an_overflow_safety_events_and_a_weighted_sample_arrive_and_the_rest_is_counted(
    broker: Broker, tmp_path: Path
) -> None:
    settings = settings_of(
        broker, tmp_path, "overflow", overflow="sample", buffer_events=500, sample_rate=0.05
    )
    emitted, safety = Counter[str](), list[str]()
    with connected(settings) as producer:
        broker.pause()
        try:
            for number, event in enumerate(islice(events(), 20_000)):
                producer.emit(event)
                emitted[event.type] += 1
                if number % 500 == 0:
                    safety.append((special := safety_event(number)).id)
                    producer.emit(special)
        finally:
            broker.resume()
    records = [record for _, _, record in broker.records("overflow")]
    arrived = {dict(record.headers)["ce_id"].decode() for record in records}
    assert arrived >= set(safety)

    overflow, direct, estimated = Counter[str](), Counter[str](), Counter[str]()
    dropped, sampled = Counter[str](), Counter[str]()
    for record in records:
        event, weight = decode(record), dict(record.headers).get(WEIGHT_HEADER)
        if isinstance(event.payload, EventsDropped):
            dropped.update(event.payload.dropped)
            sampled.update(event.payload.sampled)
        elif weight is not None:
            overflow[event.type] += 1
            estimated[event.type] += float(weight)  # type: ignore[assignment]  # the weights are no integers
        elif not event.payload.SAFETY:
            direct[event.type] += 1
    assert overflow == sampled
    assert direct + sampled + dropped == emitted
    assert direct.total() < 1_500
    assert sampled.total() == pytest.approx(0.05 * (20_000 - direct.total()), rel=0.25)
    assert direct.total() + estimated.total() == pytest.approx(20_000, rel=0.25)

    counts = producer.counts
    assert counts.dropped == dropped.total()
    assert counts.emitted + counts.added == counts.acked + counts.dropped == len(records) + counts.dropped
    assert receipts(tmp_path) == ids(broker.records("overflow"))


@pytest.mark.stack
@pytest.mark.spec("E3", "A12")
async def test_what_an_overflow_leaves_of_a_conversation_is_enough_to_rebuild_its_end(
    broker: Broker, tmp_path: Path
) -> None:
    database = AppointmentDatabase()
    conversation = await play(visit(1), database.store("visit"), MemoryLedger())
    database.close()
    settings = settings_of(broker, tmp_path, "effects", overflow="sample", buffer_events=50, sample_rate=0.01)
    with connected(settings) as producer:
        broker.pause()
        try:
            for event in (*islice(events(), 200), *conversation):
                producer.emit(event)
        finally:
            broker.resume()
    arrived = [decode(record) for _, _, record in broker.records("effects")]
    left = [event for event in arrived if event.conversation_id == "visit"]
    assert {event.id for event in conversation if event.payload.lossless} <= {event.id for event in left}
    assert len(left) < len(conversation) // 2, "nothing was dropped: the test proves less than it says"
    assert final_state(left) == final_state(conversation)
    assert len(final_state(left).effects) == 4


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_a_safety_event_waits_for_room_and_nothing_else_does(broker: Broker, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path, "safety", overflow="sample", buffer_events=100)
    with connected(settings) as producer:
        broker.pause()
        try:
            for event in islice(events(), 5_000):
                producer.emit(event)
            for number in range(RESERVE):
                producer.emit(safety_event(number))
            last = threading.Thread(target=producer.emit, args=(safety_event(RESERVE),), daemon=True)
            last.start()
            last.join(1.0)
            assert last.is_alive(), "a safety event found room where there was none"
            for event in islice(events(), 100):
                producer.emit(event)
        finally:
            broker.resume()
        last.join(30)
        assert not last.is_alive()
    found = Counter(decode(record).payload.SAFETY for _, _, record in broker.records("safety"))
    assert found[True] >= RESERVE + 1


@pytest.mark.stack
@pytest.mark.spec("E3", "A11")
async def test_the_loop_goes_on_while_the_broker_hangs(broker: Broker, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path, "loop", overflow="sample", buffer_events=100)
    late: list[float] = []

    async def tick() -> None:
        while True:
            started = time.monotonic()
            await asyncio.sleep(0.01)
            late.append(time.monotonic() - started - 0.01)

    with connected(settings) as producer:
        ticking = asyncio.create_task(tick())
        broker.pause()
        try:
            for n in range(100):
                for event in islice(events(n * 20), 20):
                    producer.emit(event)
                await asyncio.sleep(0)
            await asyncio.sleep(0.5)
        finally:
            broker.resume()
        ticking.cancel()
    assert producer.counts.dropped > 0
    assert producer.counts.waited == 0
    assert sorted(late)[len(late) // 2] < 0.1


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_a_client_that_has_no_room_for_the_bytes_counts_as_full(broker: Broker, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path, "bytes", overflow="sample", buffer_mb=1)
    with connected(settings) as producer:
        broker.pause()
        try:
            for number in range(1_000):
                producer.emit(event_of(MsgReceived(content="x" * 20_000), number))
                if number % 50 == 0:
                    time.sleep(0.005)  # what is left to the background comes to it
            held = producer.metrics.in_flight
        finally:
            broker.resume()
        assert 50 <= held < 400, "20 MB were taken into a buffer of one"
    assert producer.counts.dropped > 0
    assert producer.counts.acked == 1_000 - producer.counts.dropped + producer.counts.added


@pytest.mark.stack
@pytest.mark.spec("E7")
def test_metrics_show_a_full_buffer_and_what_it_cost(broker: Broker, tmp_path: Path) -> None:
    settings = settings_of(broker, tmp_path, "metrics", overflow="sample", buffer_events=100)
    with connected(settings, producer_id="p1") as producer:
        broker.pause()
        try:
            for event in islice(events(), 1_000):
                producer.emit(event)
            full = producer.metrics
        finally:
            broker.resume()
        assert full.in_flight == 100
        assert full.buffer_fill == 1.0
        assert (
            full.emitted == 1_000 == full.acked + full.in_flight + full.pending + sum(full.dropped.values())
        )
        text = prometheus_text(full, "p1")
        assert 'turnstone_producer_buffer_fill_ratio{producer="p1"} 1.0' in text
        dropped = full.dropped["msg_received"]
        assert (
            f'turnstone_producer_events_dropped_total{{producer="p1",type="msg_received"}} {dropped}' in text
        )
    after = producer.metrics
    assert (after.in_flight, after.pending, after.receipts_unwritten) == (0, 0, 0)
    assert after.acked == 1_000 - sum(after.dropped.values()) + producer.counts.added


def test_a_rate_is_of_the_last_seconds() -> None:
    window = RateWindow(seconds=2.0)
    assert window.per_second() == 0
    for second in range(10):
        window.observe(float(second), 100 * second if second < 5 else 500)
    assert window.per_second() == 0
    window.observe(10.0, 700)
    assert window.per_second() == 100


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_receipts_reach_the_disk_while_nobody_emits(broker: Broker, tmp_path: Path) -> None:
    with EventProducer(settings_of(broker, tmp_path, "idle")) as producer:
        for event in islice(events(), 10):
            producer.emit(event)
        deadline = time.monotonic() + 30
        while len(receipts(tmp_path)) < 10:
            assert time.monotonic() < deadline, "no segment was written"
            time.sleep(0.1)


@pytest.mark.stack
def test_an_event_that_is_too_large_is_refused_and_the_others_are_not(broker: Broker, tmp_path: Path) -> None:
    with EventProducer(settings_of(broker, tmp_path, "large")) as producer:
        with pytest.raises(DeliveryError, match=r"2000\d{3} bytes"):
            producer.emit(event_of(MsgReceived(content="x" * 2_000_000)))
        producer.emit(event_of(MsgReceived(content="hello")))
    assert len(broker.records("large")) == 1
    assert producer.counts.emitted == producer.counts.acked == 1


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_receipts_stay_right_when_the_broker_refuses_records_among_others(
    broker: Broker, tmp_path: Path
) -> None:
    admin = AdminClient({"bootstrap.servers": broker.servers})
    admin.create_topics([NewTopic("small", 3, 1, config={"max.message.bytes": "3000"})])["small"].result()
    settings = StreamingSettings(
        bootstrap_servers=broker.servers, topic="small", receipts_dir=tmp_path / "receipts"
    )
    by_fives: dict[str, str | int | bool] = {"batch.num.messages": 5, "compression.type": "none"}
    producer, emitted = EventProducer(settings, overrides=by_fives), 0
    for number, event in enumerate(islice(events(), 5_000)):
        with suppress(DeliveryError):
            producer.emit(event if number % 97 else event_of(MsgReceived(content="x" * 4_000), number))
        emitted += 1
    with pytest.raises(DeliveryError, match=r"events refused by topic 'small'; first: .*too large"):
        producer.close()
    assert producer.counts.failed >= emitted // 97
    assert producer.counts.acked + producer.counts.failed == producer.counts.emitted
    assert receipts(tmp_path) == ids(broker.records("small"))


@pytest.mark.stack
def test_a_closed_producer_takes_no_events(broker: Broker, tmp_path: Path) -> None:
    with EventProducer(settings_of(broker, tmp_path, "closed")) as producer:
        pass
    producer.close()
    with pytest.raises(ProducerClosedError):
        producer.emit(safety_event())


@pytest.mark.stack
def test_draining_into_a_silent_broker_says_how_many_are_underway(broker: Broker, tmp_path: Path) -> None:
    producer = connected(settings_of(broker, tmp_path, "silent"))
    broker.pause()
    try:
        for event in islice(events(), 7):
            producer.emit(event)
        with pytest.raises(DrainTimeoutError, match="7 of 7 events"):
            producer.drain(timeout_s=0.5)
    finally:
        broker.resume()
    producer.close()
    assert producer.counts.acked == 7


@pytest.mark.stack
def test_a_producer_that_cannot_drain_ends_nonetheless(tmp_path: Path) -> None:
    with running_broker(tmp_path / "broker") as broker:
        producer = EventProducer(settings_of(broker, tmp_path, "gone"))
        broker.kill()
        for event in islice(events(), 7):
            producer.emit(event)
        with pytest.raises(DrainTimeoutError, match="7 of 7 events"):
            producer.close(timeout_s=0.5)
        assert producer.counts.failed == 7


def test_where_no_broker_is_the_caller_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streaming.sender.TOPIC_TIMEOUT_S", 0.5)
    settings = StreamingSettings(bootstrap_servers="127.0.0.1:1", receipts_dir=tmp_path)
    producer = EventProducer(settings, overrides={"log_level": 0})
    with pytest.raises(TopicUnknownError, match=r"127\.0\.0\.1:1"):
        producer.emit(safety_event())
    producer.close()
