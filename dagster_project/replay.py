"""Replays dead letters: chosen in the lake, produced again to the topic, noted in the ledger."""

import fcntl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from duckdb import DuckDBPyConnection
from msgspec import Struct, field
from pyiceberg.catalog.sql import SqlCatalog

from dagster_project.broker import end_offsets
from dagster_project.errors import ReplayRunningError, StreamBehindError
from pipelines.dead_letters import Replay, Selection, note_replays, reconcile, waiting_letters
from pipelines.queries import query
from pipelines.views import refresh
from streaming.repairs import Repair
from streaming.replay import Planned, Replayed, Reproducer, plan
from streaming.settings import StreamingSettings

Progress = Callable[[str], None]
"""Takes one line for people."""

LOOK_EVERY_S: Final = 1.0


class ReplayReport(Struct):
    """What a replay did.

    Attributes:
        found: Replays of earlier runs that only bronze knew of.
        replayed: Letters produced again, by reason; those that would be, in a dry run.
        refused: Letters left alone, by reason and why.
    """

    found: int = 0
    replayed: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)


def replay_dead_letters(
    connection: DuckDBPyConnection,
    catalog: SqlCatalog,
    settings: StreamingSettings,
    selection: Selection,
    repair: Repair,
    *,
    dry_run: bool = False,
    wait: timedelta = timedelta(seconds=60),
) -> ReplayReport:
    """Produces each dead letter of a selection again, once.

    First it waits until bronze has all that the topic has: then bronze knows of every earlier
    replay, also of one whose process was killed. A letter that has one is not replayed.

    Args:
        connection: A connection with the lake's views.
        catalog: The lake's catalog.
        settings: The topic and the broker.
        selection: Which letters.
        repair: What makes a record of a letter.
        dry_run: Tell what would be done; the broker is not asked.
        wait: How long bronze may take to catch up.

    Raises:
        ReplayRunningError: Another replay runs on this machine.
        StreamBehindError: Bronze did not catch up.
        BrokerUnavailableError: No broker answers.
        DeliveryError: The broker refused a record; what it took is noted.
    """
    report = ReplayReport()
    if dry_run:
        for batch in waiting_letters(connection, catalog, selection, repair.name):
            _count(report, [plan(letter, repair) for letter in batch])
        return report
    with _alone(settings):
        wait_for_bronze(connection, catalog, settings, wait)
        report.found = reconcile(connection, catalog)
        reproducer = Reproducer(settings, repair)
        for batch in waiting_letters(connection, catalog, selection, repair.name):
            planned = [plan(letter, repair) for letter in batch]
            note_replays(catalog, [_noted(done) for done in reproducer.produce(planned)])
            reproducer.require_all()
            _count(report, planned)
    return report


def wait_for_bronze(
    connection: DuckDBPyConnection, catalog: SqlCatalog, settings: StreamingSettings, wait: timedelta
) -> None:
    """Waits until bronze has every record that the topic has now.

    Raises:
        StreamBehindError: It did not within ``wait``.
        BrokerUnavailableError: No broker answers.
    """
    ends, deadline = end_offsets(settings), time.monotonic() + wait.total_seconds()
    while True:
        refresh(connection, catalog)
        reached = dict(connection.execute(query("bronze_reached"), [settings.topic]).fetchall())
        behind = sum(max(0, end - reached.get(partition, 0)) for partition, end in ends.items())
        if not behind:
            return
        if time.monotonic() > deadline:
            raise StreamBehindError(
                f"bronze lacks {behind:,} records of {settings.topic!r} after {wait.total_seconds():g} s,"
                " so earlier replays may not be known; does the stream job run (`turnstone status`)?"
            )
        time.sleep(LOOK_EVERY_S)


@contextmanager
def _alone(settings: StreamingSettings) -> Iterator[None]:
    settings.receipts_dir.mkdir(parents=True, exist_ok=True)
    with (settings.receipts_dir / "replay.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise ReplayRunningError(f"another replay holds {lock.name}; wait for its end") from taken
        yield


def _count(report: ReplayReport, planned: list[Planned]) -> None:
    for each in planned:
        if each.refusal is None:
            report.replayed[each.letter.reason] += 1
        else:
            report.refused[each.letter.reason, each.refusal] += 1


def _noted(done: Replayed) -> Replay:
    return Replay(
        topic=done.letter.topic,
        kafka_partition=done.letter.partition,
        kafka_offset=done.letter.offset,
        replay_topic=done.topic,
        replay_partition=done.partition,
        replay_offset=done.offset,
        event_id=done.event_id,
        repair=done.repair,
        replayed_at=done.broker_time,
    )
