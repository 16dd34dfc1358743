"""Topic ``backbone``, the producer: events a second from one process, and what an emit costs its caller.

Each contender runs in a process of its own, by turns, several rounds; the figures are medians.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import chain, count, repeat
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from confluent_kafka import Producer
from msgspec import Struct

from streaming.contract.cloudevents import Headers, encode
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id, span_id_of, trace_id_of
from streaming.contract.payloads import ToolCallStart
from streaming.producer import EventProducer
from streaming.settings import StreamingSettings
from tests.bench.record import REPOSITORY, Row
from tests.streaming.broker import running_broker

ROUNDS: Final = 5
EVENTS: Final = 400_000
WARM_UP: Final = 50_000
PACED: Final = 50_000
PACE: Final = 20_000
"""Events a second while the latency of single emits is taken."""
PAYLOAD_BYTES: Final = 118
_PEERS: Final = {
    "plain-6": "confluent-kafka, 6 headers, no receipts",
    "plain-12": "confluent-kafka, our 12 headers, no receipts",
    "plain-12-callbacks": "confluent-kafka, our 12 headers, a callback each, receipts in memory",
}
_PEER_HEADERS: Final = ("ce_id", "ce_type", "ce_time", "ce_subject", "ce_tenantid", "ce_agentversion")


class Measured(Struct):
    """What one run of one contender showed; times in microseconds an event."""

    events_per_s: float
    emit_us: float
    cpu_us: float
    p50_us: float = 0.0
    mean_us: float = 0.0
    p99_us: float = 0.0


def rows() -> list[Row]:
    """Measures the producer beside plain produce loops, on one broker."""
    found: dict[str, list[Measured]] = {name: [] for name in _CONTENDERS}
    loads = []
    with (
        tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder,
        running_broker(Path(folder) / "broker") as broker,
    ):
        for number in range(ROUNDS):
            for name, runs in found.items():
                runs.append(_in_own_process(name, broker.servers, broker.topic(f"{name}-{number}")))
                loads.append(os.getloadavg()[0])
    return _rows(found, statistics.median(loads))


def _rows(found: dict[str, list[Measured]], load: float) -> list[Row]:
    def median(name: str, field: str, digits: int = 2) -> float:
        values: list[float] = [getattr(run, field) for run in found[name]]
        return round(statistics.median(values), digits)

    def of_peers(field: str, digits: int = 2) -> dict[str, float]:
        return {label: median(name, field, digits) for name, label in _PEERS.items()}

    ours = f"typed events, {PAYLOAD_BYTES} bytes and 12 headers, acknowledged, with receipts on disk"
    return [
        Row(
            id="E3-emit-rate",
            what=f"{ours}, from one process",
            target=200_000,
            result=median("wait", "events_per_s", 0),
            unit="events/s",
            better="higher",
            peers=of_peers("events_per_s", 0),
        ),
        Row(
            id="E3-emit-rate-spool",
            what=f"{ours}, on disk before they are sent",
            target=None,
            result=median("spool", "events_per_s", 0),
            unit="events/s",
            better="higher",
        ),
        Row(
            id="E3-emit-cpu",
            what="CPU of the caller's thread for an event at full rate, the broker's answers included",
            target=5,
            result=median("wait", "cpu_us"),
            unit="µs",
            better="lower",
            peers=of_peers("cpu_us"),
        ),
        *(
            Row(
                id=f"E3-emit-{name}",
                what=f"emit of a typed event at {PACE:,} events/s, {name}",
                target=target,
                result=median("wait", f"{name}_us"),
                unit="µs",
                better="lower",
            )
            for name, target in (("p50", 5), ("mean", 5), ("p99", 50))
        ),
        Row(
            id="E3-emit-load",
            what=f"load average of the {os.cpu_count()}-core machine meanwhile",
            target=None,
            result=round(load, 1),
            unit="processes",
            better="lower",
        ),
    ]


def _in_own_process(name: str, servers: str, topic: str) -> Measured:
    command = [sys.executable, "-m", "tests.bench.emit", name, servers, topic]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        message = f"{name}: {run.stderr[-2_000:]}"
        raise RuntimeError(message)
    return msgspec.json.decode(run.stdout, type=Measured)


def _events(number: int) -> list[AgentEvent]:
    trace_id = trace_id_of("conversation")
    span_id = span_id_of(trace_id, 1)
    since = time.time_ns()
    return [
        AgentEvent(
            id=live_event_id(since + n),
            time_ns=since + 1_000 * n,
            conversation_id=f"conversation-{n % 5_000:06d}",
            tenant_id=f"tenant-{n % 50}",
            turn=n // 5_000,
            trace_id=trace_id,
            span_id=span_id,
            agent_version="retail-1.0",
            payload=ToolCallStart(
                tool="pay", call_id=f"{n % 100_000:05d}", arguments={"id": n % 10}, effect="read"
            ),
        )
        for n in range(number)
    ]


def _ours(overflow: Literal["wait", "spool"], servers: str, topic: str) -> Measured:
    events = _events(EVENTS // 2)
    assert len(encode(events[0]).value) == PAYLOAD_BYTES, len(encode(events[0]).value)
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder:
        settings = StreamingSettings(
            bootstrap_servers=servers,
            topic=topic,
            overflow=overflow,
            receipts_dir=Path(folder) / "receipts",
            spool_dir=Path(folder) / "spool",
        )
        with EventProducer(settings) as producer:
            measured = _at_full_rate(producer.emit, producer.drain, events)
            assert producer.counts.acked == WARM_UP + EVENTS
            took = sorted(_paced(producer.emit, events[:PACED]))
    measured.p50_us = took[len(took) // 2] / 1e3
    measured.p99_us = took[len(took) * 99 // 100] / 1e3
    measured.mean_us = statistics.fmean(took) / 1e3
    return measured


def _plain(headers: int, callbacks: bool, servers: str, topic: str) -> Measured:
    """A produce loop as tutorials have it: records made beforehand, nothing kept of the answers."""
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "enable.idempotence": True,
            "acks": "all",
            "compression.type": "zstd",
            "linger.ms": 5,
            "queue.buffering.max.messages": 100_000,
        }
    )
    acked: list[tuple[Any, Any]] = []
    extra: dict[str, Any] = (
        {"on_delivery": lambda error, message: acked.append((message.partition(), message.offset()))}
        if callbacks
        else {}
    )
    records = [encode(event) for event in _events(EVENTS // 2)]
    made = [(r.value, r.key, _some_headers(r.headers, headers)) for r in records]

    emitted = count(1)

    def emit(record: tuple[bytes, bytes, Any]) -> None:
        value, key, some = record
        while True:
            try:
                producer.produce(topic, value, key, headers=some, **extra)
            except BufferError:
                producer.poll(0.01)
            else:
                break
        if next(emitted) % 128 == 0:
            producer.poll(0)

    return _at_full_rate(emit, producer.flush, made)


def _some_headers(headers: Headers, number: int) -> Headers:
    return headers if number == 12 else [pair for pair in headers if pair[0] in _PEER_HEADERS]


def _at_full_rate(emit: Callable[[Any], None], drain: Callable[[], object], items: list[Any]) -> Measured:
    gc.collect()
    gc.freeze()
    for item in items[:WARM_UP]:
        emit(item)
    drain()
    stream: Iterable[Any] = chain.from_iterable(repeat(items, EVENTS // len(items)))
    started, cpu = time.perf_counter(), time.thread_time()
    for item in stream:
        emit(item)
    emitted = time.perf_counter()
    drain()
    ended, used = time.perf_counter(), time.thread_time() - cpu
    return Measured(
        events_per_s=EVENTS / (ended - started),
        emit_us=1e6 * (emitted - started) / EVENTS,
        cpu_us=1e6 * used / EVENTS,
    )


def _paced(emit: Callable[[AgentEvent], None], events: list[AgentEvent]) -> list[int]:
    """Nanoseconds that each emit took, in bursts of 20 as a busy loop makes them."""
    took, started = [], time.perf_counter_ns()
    for n, event in enumerate(events):
        if n % 20 == 0:
            time.sleep(max(0, started + n * 1_000_000_000 // PACE - time.perf_counter_ns()) / 1e9)
        before = time.perf_counter_ns()
        emit(event)
        took.append(time.perf_counter_ns() - before)
    return took


_CONTENDERS: Final[dict[str, Callable[[str, str], Measured]]] = {
    "wait": lambda servers, topic: _ours("wait", servers, topic),
    "plain-6": lambda servers, topic: _plain(6, False, servers, topic),
    "plain-12": lambda servers, topic: _plain(12, False, servers, topic),
    "plain-12-callbacks": lambda servers, topic: _plain(12, True, servers, topic),
    "spool": lambda servers, topic: _ours("spool", servers, topic),
}


if __name__ == "__main__":
    if len(sys.argv) == 4:
        sys.stdout.buffer.write(msgspec.json.encode(_CONTENDERS[sys.argv[1]](*sys.argv[2:])))
    else:
        sys.stdout.write(json.dumps([msgspec.to_builtins(row) for row in rows()], indent=2) + "\n")
