from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from tests.bench.peers.micro_batch_worker import MicroBatches
from tests.bench.peers.tables import create_tables


class Rebalancing:
    """A consumer whose second poll takes its partitions away, as a group does when a member joins."""

    def __init__(self) -> None:
        self.on_revoke: Callable[[Any], None] = lambda _consumer: None
        self.committed: list[int] = []
        self._polls = 0
        self.refusal: Any = None

    def consume(self, _count: int, timeout: float) -> list[Any]:
        self._polls += 1
        if self._polls == 2:
            self.on_revoke(self)
        return [_message(self._polls - 1)]

    def commit(self, offsets: list[Any], asynchronous: bool) -> list[Any]:
        self.committed += [at.offset for at in offsets]
        return [
            SimpleNamespace(partition=at.partition, offset=at.offset, error=self.refusal) for at in offsets
        ]


def _message(offset: int) -> Any:
    answers = {
        "error": None,
        "topic": "t",
        "partition": 0,
        "offset": offset,
        "timestamp": (1, 1_795_000_000_000),
        "key": b"k",
        "value": b"{}",
        "headers": [("ce_tenantid", b"tenant-0")],
    }
    return SimpleNamespace(**{name: lambda answer=answer: answer for name, answer in answers.items()})


@pytest.fixture
def lake(tmp_path: Path) -> LakeSettings:
    return LakeSettings(
        catalog_uri=f"sqlite:///{tmp_path / 'catalog.db'}", warehouse=str(tmp_path / "warehouse")
    )


def test_records_read_before_a_rebalance_are_written_once(lake: LakeSettings) -> None:
    catalog = open_catalog(lake)
    create_tables(catalog, "peer")
    batches, consumer = MicroBatches(catalog, "peer"), Rebalancing()
    consumer.on_revoke = batches.commit

    for _ in range(3):
        batches.read(consumer)  # type: ignore[arg-type]
    batches.commit(consumer)  # type: ignore[arg-type]

    offsets = catalog.load_table("peer.bronze").scan().to_arrow()["kafka_offset"].to_pylist()
    catalog.close()
    assert sorted(offsets) == [0, 1, 2]
    assert consumer.committed == [1, 3]


def test_an_offset_that_the_broker_refuses_is_not_passed_over(lake: LakeSettings) -> None:
    catalog = open_catalog(lake)
    create_tables(catalog, "peer")
    batches, consumer = MicroBatches(catalog, "peer"), Rebalancing()
    consumer.refusal = SimpleNamespace(str=lambda: "unknown member")
    batches.read(consumer)  # type: ignore[arg-type]

    with pytest.raises(RuntimeError, match="unknown member"):
        batches.commit(consumer)  # type: ignore[arg-type]
    catalog.close()
