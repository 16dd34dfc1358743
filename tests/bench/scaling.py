"""The stream at 500,000 events a second, on paper: from what the backbone's benchmark measured.

A plan is arithmetic over measured figures and stated choices, so the page changes with them.
"""

import math
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import StrictUndefined, Template
from msgspec import Struct

from tests.bench.record import FOLDER, REPOSITORY, Benchmark

PAGE: Final = REPOSITORY / "docs" / "scaling.md"
DAY_S: Final = 86_400
_PAGE: Final = Template(
    Path(__file__).with_suffix(".md.j2").read_text(),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


class Measured(Struct, frozen=True, kw_only=True):
    """What one machine of two cores did.

    Attributes:
        per_core: Events a second and core of the stream job, engine, compiler and collector included.
        emit: Events a second of one producer process.
        log_bytes: Bytes an event in the topic, one copy.
        bronze_bytes: Bytes a row in bronze.
        silver_bytes: Bytes a row in silver.
        id_bytes: Bytes a remembered id takes in the state backend.
    """

    per_core: float
    emit: float
    log_bytes: float
    bronze_bytes: float
    silver_bytes: float
    id_bytes: float


class Choices(Struct, frozen=True, kw_only=True):
    """What the operator decides.

    Attributes:
        events: Events a second that are to be sustained.
        load: Share of the cores that the sustained rate may take; the rest catches up after a failure.
        remembered_s: Seconds for which an event id is remembered by the stream; the repair finds later ones.
        interval_s: Seconds between checkpoints, which are commits.
        groups: Groups of tenants that share files, big tenants included.
        partition: Events a second for which a partition of the topic is laid out.
        retention_s: Seconds that the topic keeps.
        copies: Copies of the topic's partitions.
    """

    events: float = 500_000
    load: float = 0.6
    remembered_s: float = DAY_S
    interval_s: float = 20
    groups: int = 16
    partition: float = 10_000
    retention_s: float = 2 * DAY_S
    copies: int = 3


class Plan(Struct, frozen=True, kw_only=True):
    """What that takes; bytes in all, rates a second."""

    cores: int
    partitions: int
    producers: int
    ids: float
    state_bytes: float
    checkpoint_bytes: float
    files_a_day: float
    lake_bytes_a_day: float
    log_bytes: float


def plan(measured: Measured, choices: Choices) -> Plan:
    """The sizes for a load. One slot a core, one subtask a slot."""
    cores = math.ceil(choices.events / (measured.per_core * choices.load))
    ids = choices.events * choices.remembered_s
    commits = DAY_S / choices.interval_s
    rows = measured.bronze_bytes + measured.silver_bytes
    return Plan(
        cores=cores,
        # A multiple of the subtasks, so that none reads more partitions than another.
        partitions=cores * max(1, math.ceil(choices.events / choices.partition / cores)),
        producers=math.ceil(choices.events / (measured.emit * choices.load)),
        ids=ids,
        state_bytes=ids * measured.id_bytes,
        checkpoint_bytes=choices.events * choices.interval_s * measured.id_bytes,
        files_a_day=2 * cores * choices.groups * commits,
        lake_bytes_a_day=choices.events * DAY_S * rows,
        log_bytes=choices.events * choices.retention_s * measured.log_bytes * choices.copies,
    )


def measured() -> Measured:
    """Reads the figures that the benchmark published.

    Raises:
        KeyError: One of them is not there: the benchmark has not run since it was added.
    """
    benchmark = msgspec.json.decode((FOLDER / "backbone.json").read_bytes(), type=Benchmark)
    results = {row.id: row.result for row in benchmark.rows}
    return Measured(
        per_core=results["E5-stream"] / 2,
        emit=results["E3-emit-rate"],
        log_bytes=results["E5-stream-log-bytes"],
        bronze_bytes=results["E5-stream-bronze-bytes"],
        silver_bytes=results["E5-stream-silver-bytes"],
        id_bytes=results["E5-dedupe-bytes"],
    )


def write_page() -> Path:
    """Writes the page of the plan."""
    PAGE.write_text(page(measured(), Choices()), encoding="utf-8")
    return PAGE


def page(was: Measured, choices: Choices) -> str:
    """The plan in words and a table."""
    made, weekly = plan(was, choices), plan(was, msgspec.structs.replace(choices, remembered_s=7 * DAY_S))
    rows = [
        ("cores of the task managers, one slot each", f"{made.cores}"),
        ("partitions of the topic", f"{made.partitions}"),
        ("producer processes", f"{made.producers}"),
        ("topic on disk, all copies", _size(made.log_bytes)),
        ("ids remembered", f"{made.ids / 1e9:,.1f} billion"),
        (
            "state of the deduplication",
            f"{_size(made.state_bytes)}, {_size(made.state_bytes / made.cores)} a slot",
        ),
        ("new state a checkpoint (incremental)", _size(made.checkpoint_bytes)),
        ("files a day before compaction", f"{made.files_a_day:,.0f}"),
        ("bronze and silver a day", _size(made.lake_bytes_a_day)),
    ]
    return _PAGE.render(
        events=f"{choices.events:,.0f}",
        per_core=f"{was.per_core:,.0f}",
        emit=f"{was.emit:,.0f}",
        was=was,
        choices=choices,
        rows=rows,
        weekly=_size(weekly.state_bytes),
    )


def _size(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1_000 or unit == "TB":
            return f"{size:,.1f} {unit}" if size < 10 else f"{size:,.0f} {unit}"
        size /= 1_000
    raise AssertionError
