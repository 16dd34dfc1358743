"""A producer's state as others see it: spec E7."""

import logging
import multiprocessing
import os
import time
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from streaming.producer import EventProducer
from streaming.published import EVERY_S, FORGOTTEN_AFTER_S, LOST_AFTER_S, PublishedState, Publisher, published
from streaming.settings import StreamingSettings
from tests.streaming.broker import Broker
from tests.streaming.made import METRICS, events


def _settings(broker: Broker, folder: Path, topic: str) -> StreamingSettings:
    return StreamingSettings(
        bootstrap_servers=broker.servers,
        topic=broker.topic(topic),
        receipts_dir=folder / "receipts",
        metrics_dir=folder / "metrics",
    )


def test_what_was_written_is_read(tmp_path: Path) -> None:
    Publisher(tmp_path / "metrics", "p1").write(METRICS)
    (state,) = published(tmp_path / "metrics", time.time())
    assert (state.producer_id, state.metrics) == ("p1", METRICS)
    assert state.presence(time.time()) == "running"
    assert [path.name for path in (tmp_path / "metrics").iterdir()] == ["p1.json"]


def test_one_that_stops_writing_is_lost_unless_it_said_that_it_ends(tmp_path: Path) -> None:
    Publisher(tmp_path, "killed").write(METRICS)
    Publisher(tmp_path, "closed").write(METRICS, ended=True)
    later = time.time() + LOST_AFTER_S + 1
    presence = {state.producer_id: state.presence(later) for state in published(tmp_path, later)}
    assert presence == {"killed": "lost", "closed": "ended"}


def test_those_that_are_gone_for_long_are_forgotten_and_removed_by_the_next(tmp_path: Path) -> None:
    Publisher(tmp_path, "old").write(METRICS, ended=True)
    long_ago = time.time() - FORGOTTEN_AFTER_S - 1
    os.utime(tmp_path / "old.json", (long_ago, long_ago))
    assert published(tmp_path, time.time() + FORGOTTEN_AFTER_S + 1) == []
    Publisher(tmp_path, "next")
    assert list(tmp_path.iterdir()) == []


def test_no_folder_is_no_producer(tmp_path: Path) -> None:
    assert published(tmp_path / "none", time.time()) == []


def test_a_file_that_is_no_state_is_told_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "other.json").write_text("{}")
    with caplog.at_level(logging.WARNING):
        assert published(tmp_path, time.time()) == []
    assert "other.json" in caplog.text


def test_a_disk_that_fails_is_told_once_and_costs_no_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = Publisher(tmp_path / "metrics", "p1")
    (tmp_path / "metrics").rmdir()
    with caplog.at_level(logging.WARNING):
        publisher.write(METRICS)
        publisher.write(METRICS)
    assert caplog.text.count("are not published") == 1
    (tmp_path / "metrics").mkdir()
    publisher.write(METRICS)
    assert len(published(tmp_path / "metrics", time.time())) == 1


def _emit_for_ever(settings: StreamingSettings) -> None:
    with EventProducer(settings, producer_id="p1") as producer:
        for event in events():
            producer.emit(event)
            time.sleep(0.01)


@pytest.mark.stack
@pytest.mark.spec("E7")
def test_a_killed_producer_is_seen_from_another_process_and_then_lost(broker: Broker, tmp_path: Path) -> None:
    settings = _settings(broker, tmp_path, "published-killed")
    process = multiprocessing.get_context("spawn").Process(target=_emit_for_ever, args=(settings,))
    process.start()
    try:
        first = _wait_for(tmp_path, after=0.0)
        second = _wait_for(tmp_path, after=first.written_at)
    finally:
        process.kill()
        process.join()
    assert second.metrics.acked > first.metrics.acked >= 0
    assert second.written_at - first.written_at >= EVERY_S * 0.9
    last = _wait_for(tmp_path, after=0.0)
    assert last.presence(last.written_at + LOST_AFTER_S + 1) == "lost"


def _wait_for(folder: Path, after: float) -> PublishedState:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for state in published(folder / "metrics", time.time()):
            if state.written_at > after and state.metrics.acked:
                return state
        time.sleep(0.05)
    raise AssertionError("the producer publishes nothing")


@pytest.mark.stack
@pytest.mark.spec("E7")
def test_the_last_word_of_a_producer_has_all_that_it_did(broker: Broker, tmp_path: Path) -> None:
    settings = _settings(broker, tmp_path, "published-ended")
    with EventProducer(settings, producer_id="p1") as producer:
        for event in islice(events(), 500):
            producer.emit(event)
    (state,) = published(tmp_path / "metrics", time.time())
    assert state.presence(time.time()) == "ended"
    assert state.metrics == msgspec.structs.replace(
        producer.metrics, acked_per_second=state.metrics.acked_per_second
    )
    assert (state.metrics.emitted, state.metrics.acked, state.metrics.in_flight) == (500, 500, 0)


@pytest.mark.stack
def test_nothing_is_published_where_no_folder_is_named(broker: Broker, tmp_path: Path) -> None:
    settings = _settings(broker, tmp_path, "unpublished").model_copy(update={"metrics_dir": None})
    with EventProducer(settings) as producer:
        producer.emit(next(events()))
    assert not (tmp_path / "metrics").exists()
