"""``python -m …quixstreams_worker NAMESPACE GROUP``: a Quix Streams application; ends on SIGTERM.

Runs in the peers' own environment. The framework's Iceberg sink knows one catalog only,
AWS Glue, so the sink here is written on its base class, as its documentation has it.
"""

import faulthandler
import signal
import sys
import time
from typing import Any

from pyiceberg.table import Table
from quixstreams import Application, State  # type: ignore[import-not-found]
from quixstreams.sinks import BaseSink  # type: ignore[import-not-found]

from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings
from tests.bench.peers.measured import COMMIT_INTERVAL_S
from tests.bench.peers.rows import Record, bronze_rows, silver_rows
from tests.bench.peers.tables import tables_of


class TableSink(BaseSink):  # type: ignore[misc]
    """Appends what came since the last checkpoint to a table, all partitions in one commit."""

    def __init__(self, table: Table, rows: Any) -> None:
        super().__init__()
        self._table = table
        self._rows = rows
        self._records: list[Record] = []

    def add(  # noqa: PLR0917 - the framework's signature
        self, value: Any, key: Any, timestamp: int, headers: Any, topic: str, partition: int, offset: int
    ) -> None:
        self._records.append(
            Record(topic, partition, offset, timestamp, time.time(), key, value, headers or [])
        )

    def flush(self) -> None:
        records, self._records = self._records, []
        if records:
            self._table.append(self._rows(records, self._table.schema().as_arrow()))

    def on_paused(self) -> None:
        self._records = []


def is_event(value: Any, key: Any, timestamp: int, headers: Any) -> bool:
    """Whether a record goes to silver at all."""
    return Record("", 0, 0, timestamp, 0.0, key, value, headers or []).is_event


def is_new(_value: Any, _key: Any, _timestamp: int, headers: Any, state: State) -> bool:
    """Whether the event was not seen before under its key; remembers it."""
    event_id = dict(headers)["ce_id"].decode()
    if state.exists(event_id):
        return False
    state.set(event_id, 1)
    return True


def main(namespace: str, group: str) -> int:
    """Runs the application until SIGTERM."""
    faulthandler.register(signal.SIGQUIT)
    streaming = StreamingSettings()
    catalog = open_catalog(LakeSettings())
    names = tables_of(namespace)
    application = Application(
        broker_address=streaming.bootstrap_servers,
        consumer_group=group,
        auto_offset_reset="earliest",
        commit_interval=COMMIT_INTERVAL_S,
        state_dir=f"state-{time.time_ns()}",
    )
    topic = application.topic(streaming.topic, key_deserializer="bytes", value_deserializer="bytes")
    records = application.dataframe(topic)
    records.sink(TableSink(catalog.load_table(names.bronze), bronze_rows))
    events = records.filter(is_event, metadata=True).filter(is_new, metadata=True, stateful=True)
    events.sink(TableSink(catalog.load_table(names.silver or ""), silver_rows))
    application.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
