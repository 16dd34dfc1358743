from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow.compute as pc
import pytest
from confluent_kafka import Producer

from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from streaming.contract.cloudevents import Record, encode
from streaming.settings import StreamingSettings
from tests.bench.peers import connect_configuration, kafka_connect
from tests.bench.peers.measured import Peer
from tests.bench.peers.registry import PEERS
from tests.bench.stream import events
from tests.streaming.broker import Broker, running_broker

pytestmark = [pytest.mark.stack, pytest.mark.spec("E5")]

EVENTS = 2_000
TWICE = 100


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamingSettings]:
    """A topic with two thousand events, the last hundred of them twice."""
    with running_broker(tmp_path_factory.mktemp("broker")) as broker:
        settings = StreamingSettings(bootstrap_servers=broker.servers, topic=broker.topic("agent.events"))
        records = [encode(event) for event in islice(events(), EVENTS)]
        produce(broker, settings.topic, [*records, *records[-TWICE:]])
        yield settings


def produce(broker: Broker, topic: str, records: list[Record]) -> None:
    producer = Producer({"bootstrap.servers": broker.servers, "log_level": 0})
    for record in records:
        producer.produce(topic, key=record.key, value=record.value, headers=[*record.headers])
    assert producer.flush(60) == 0


@pytest.fixture
def lake(tmp_path: Path) -> LakeSettings:
    return LakeSettings(
        catalog_uri=f"sqlite:///{tmp_path / 'catalog.db'}", warehouse=str(tmp_path / "warehouse")
    )


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_keeps_all_records_and_each_event_once(
    peer: Peer, streaming: StreamingSettings, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if peer.missing:
        pytest.skip(peer.missing)
    monkeypatch.setenv("TURNSTONE_BENCH_COMMIT_S", "1")
    monkeypatch.setattr(connect_configuration, "COMMIT_INTERVAL_S", 1.0)

    measured = peer.consume(lake, streaming, EVENTS + TWICE)

    has_silver = peer is not kafka_connect.PEER
    assert measured.rows_bronze == EVENTS + TWICE
    assert measured.rows_silver == (EVENTS if has_silver else 0)
    assert measured.seconds > 0
    assert measured.startup_s > 0
    catalog = open_catalog(lake)
    values = [
        catalog.load_table(f"{namespace[0]}.bronze").scan(selected_fields=("record_value",)).to_arrow()
        for namespace in catalog.list_namespaces()
    ]
    catalog.close()
    assert [pc.sum(pc.match_substring(value["record_value"], "cx.content")).as_py() for value in values] == [
        EVENTS + TWICE
    ]
