"""Topic ``backbone``, freshness: from the producer's hand-over to a committed row, under a steady load."""

import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from pipelines.catalog import open_catalog
from pipelines.freshness import Freshness, measure
from pipelines.tables import BRONZE, SILVER
from pipelines.views import connect
from streaming.contract.ids import live_event_id
from streaming.producer import EventProducer
from tests.bench.record import Row
from tests.bench.stream import events
from tests.stack import StackUnderTest, start_stack

EVENTS_A_SECOND: Final = 2_000
WARM_S: Final = 45.0
LOADED_S: Final = 90.0
SETTLED_S: Final = 25.0
"""Long enough for the last commit of what was sent."""
_TICK_S: Final = 0.05


def rows() -> list[Row]:
    """A stack with default settings, warm, takes a steady load; each row's way is timed."""
    with (
        tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder,
        start_stack(Path(folder), checkpoint_interval_s=10.0) as stack,
    ):
        _load(stack, WARM_S)
        since = datetime.now(UTC)
        _load(stack, LOADED_S)
        time.sleep(SETTLED_S)
        found = _measured(stack, since)
    return [
        Row(
            id=f"F{number}-{name}",
            what=f"{one.table_name}, hand-over to commit, {name} at {EVENTS_A_SECOND:,} events/s",
            target=target if name == "p99" else None,
            result=round(seconds, 1),
            unit="s",
            better="lower",
        )
        for number, target, one in ((1, 20, found[0]), (2, 30, found[1]))
        for name, seconds in (("p50", one.p50_s or 0.0), ("p99", one.p99_s or 0.0))
    ]


def _load(stack: StackUnderTest, seconds: float) -> None:
    """Sends events that happen now, some each tick."""
    source = events()
    end = time.monotonic() + seconds
    with EventProducer(stack.local.streaming) as producer:
        while (tick := time.monotonic()) < end:
            for event in islice(source, round(EVENTS_A_SECOND * _TICK_S)):
                now = time.time_ns()
                producer.emit(replace(event, id=live_event_id(now), time_ns=now))
            time.sleep(max(0.0, _TICK_S - (time.monotonic() - tick)))


def _measured(stack: StackUnderTest, since: datetime) -> list[Freshness]:
    catalog = open_catalog(stack.local.lake)
    now = datetime.now(UTC)
    with connect(catalog) as connection:
        found = [
            measure(connection, catalog.load_table(table.name), now=now, window=now - since)
            for table in (BRONZE, SILVER)
        ]
    catalog.close()
    expected = 0.8 * EVENTS_A_SECOND * LOADED_S
    assert all(one.rows >= expected for one in found), f"rows of the load are missing: {found}"
    return found
