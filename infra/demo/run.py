"""The main job: conversations from the runtime to gold, accounted for, with a report."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog
from rich.console import Console
from rich.progress import Progress

from agent_runtime.cli import play_progress, play_with_progress
from agent_runtime.domains.retail.conversations import Conversations
from dagster_project.cli import materialize
from infra.demo.errors import StreamTimeoutError
from infra.demo.report import DemoReport, collect
from infra.local.settings import LocalSettings
from infra.local.stack import LocalStack
from pipelines.accounting import account, verdict
from pipelines.catalog import open_catalog
from pipelines.receipts import load_receipts
from pipelines.settings import LakeSettings
from pipelines.tables import BRONZE, RECEIPTS
from pipelines.views import connect

SETTLE_TIMEOUT_S: Final = 180.0
"""How long the stream may take, after the last receipt, to bring every record to silver."""
LOOK_EVERY_S: Final = 1.0
ON_THE_WAY: Final = timedelta(days=1)
"""Records younger than this count as on their way, not as lost, while the stream runs."""


class Demo:
    """One run of the main job on the stack of this machine.

    Args:
        stack: The stack; started where it does not run.
        conversations: What to play.
        console: Where progress goes.
    """

    def __init__(self, stack: LocalStack, conversations: Conversations, console: Console) -> None:
        self._stack = stack
        self._conversations = conversations
        self._console = console
        self._seconds: dict[str, float] = {}

    def run(self) -> DemoReport:
        """Runs all steps and reads the report from the tables.

        Raises:
            StreamTimeoutError: The stream did not bring every record to silver in time.
        """
        with self._step("start the stack"):
            self._stack.up()
        settings = LakeSettings()
        catalog = open_catalog(settings)
        connection = connect(catalog)
        with play_progress(self._console) as progress:
            with self._step("play"):
                play_with_progress(self._conversations, progress)
            with self._step("stream"):
                load_receipts(connection, catalog, settings.receipts_dir)
                wait_for_the_stream(connection, catalog, progress)
        with self._step("materialize"):
            materialize(drained=True)
        return collect(
            connect(catalog),
            source=self._conversations.source,
            seconds=self._seconds,
            links=_links(self._stack.settings),
        )

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._seconds[name] = time.monotonic() - started


def wait_for_the_stream(
    connection: DuckDBPyConnection,
    catalog: SqlCatalog,
    progress: Progress,
    timeout_s: float = SETTLE_TIMEOUT_S,
) -> None:
    """Waits until every acknowledged record is in bronze and has been dealt with downstream.

    Args:
        connection: A connection with the lake's views.
        catalog: The lake's catalog; receipts must have been loaded.
        progress: Shows how many records bronze has.
        timeout_s: Seconds to wait.

    Raises:
        StreamTimeoutError: Some records had not arrived by then.
    """
    acked = _rows(catalog, RECEIPTS.name)
    task = progress.add_task("events in bronze", total=acked)
    deadline = time.monotonic() + timeout_s
    told = "the stream job has not written to bronze"
    while time.monotonic() < deadline:
        arrived = _rows(catalog, BRONZE.name)
        progress.update(task, completed=min(arrived, acked))
        if arrived >= acked:
            account(connection, catalog, now=datetime.now(UTC), in_flight=ON_THE_WAY)
            state = verdict(connection, catalog)
            told = state.message
            if state.settled:
                return
        time.sleep(LOOK_EVERY_S)
    raise StreamTimeoutError(
        f"after {timeout_s:g} s {_rows(catalog, BRONZE.name):,} of {acked:,} records are in bronze ({told}); "
        "`make status` tells what runs, the logs are in the state folder"
    )


def _rows(catalog: SqlCatalog, name: str) -> int:
    """Rows of a table by its newest snapshot's summary: one look, no scan."""
    snapshot = catalog.load_table(name).current_snapshot()
    return int(snapshot.summary["total-records"] or 0) if snapshot and snapshot.summary else 0


def _links(settings: LocalSettings) -> dict[str, str]:
    return {"Dagster": settings.dagster_url, "Flink": settings.flink_url}
