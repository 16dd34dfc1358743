"""An orderly end on SIGTERM: spec E3."""

import multiprocessing
import os
import signal
import time
from itertools import islice
from multiprocessing.synchronize import Event
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from streaming.producer import EventProducer
from streaming.settings import StreamingSettings
from streaming.shutdown import drain_on_sigterm
from tests.streaming.broker import Broker
from tests.streaming.made import events


def _emit_and_idle(configured: StreamingSettings, emitted: Event) -> None:
    with EventProducer(configured) as producer, drain_on_sigterm(producer):
        for event in islice(events(), 3_000):
            producer.emit(event)
        emitted.set()
        time.sleep(600)


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_on_sigterm_everything_is_delivered_before_the_process_ends(broker: Broker, tmp_path: Path) -> None:
    configured = StreamingSettings(
        bootstrap_servers=broker.servers,
        topic=broker.topic("sigterm"),
        receipts_dir=tmp_path,
        linger_ms=60_000,
    )
    context = multiprocessing.get_context("spawn")
    emitted = context.Event()
    process = context.Process(target=_emit_and_idle, args=(configured, emitted))
    process.start()
    assert emitted.wait(60)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGTERM)
    process.join(30)
    assert process.exitcode == -signal.SIGTERM, "the signal must end the process as it does by default"
    assert len(broker.records("sigterm")) == 3_000
    assert sum(pq.read_metadata(path).num_rows for path in tmp_path.glob("*/*.parquet")) == 3_000


@pytest.mark.stack
def test_after_the_block_sigterm_does_what_it_did_before(broker: Broker, tmp_path: Path) -> None:
    configured = StreamingSettings(
        bootstrap_servers=broker.servers, topic=broker.topic("handlers"), receipts_dir=tmp_path
    )
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with EventProducer(configured) as producer, drain_on_sigterm(producer):
            os.kill(os.getpid(), signal.SIGTERM)
            deadline = time.monotonic() + 30
            while not heard:
                assert time.monotonic() < deadline, "the handler of before was not called"
                time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [signal.SIGTERM, signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
