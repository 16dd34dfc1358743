"""Runs a load for a person: progress with the rate, files or the running stack, and what came of it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from agent_runtime.canaries import CanaryPlanter
from agent_runtime.scenarios.description import Scenario
from agent_runtime.scenarios.errors import ScenarioError
from agent_runtime.scenarios.generating import Load, generate, in_order_of_time
from agent_runtime.scenarios.writing import Emitted, EventsOut, JsonLines, Output, parquet_events
from streaming.contract.canaries import CanarySettings
from streaming.producer import EventProducer

Target = Literal["jsonl", "parquet", "stack"]
"""Where events go: a file of CloudEvents, a Parquet file, or the broker."""
_FILES = {"jsonl": "events.jsonl", "parquet": "events.parquet"}
TRUTH = "truth.parquet"
DESCRIBED = "load.json"


class Described(Struct, frozen=True, kw_only=True):
    """What a load was made with: it makes the same again."""

    seed: int
    total: int
    scenario: Scenario


class Ran(Struct, frozen=True, kw_only=True):
    """What came of a load.

    Attributes:
        conversations: How many were held, those begun again included.
        events: How many events they made.
        seconds: How long it took.
        files: What was written.
    """

    conversations: int
    events: int
    seconds: float
    files: list[Path]

    @property
    def a_minute(self) -> float:
        """Conversations a minute."""
        return 60 * self.conversations / self.seconds


def run_load(load: Load, *, to: Target, folder: Path, workers: int, console: Console) -> Ran:
    """Generates a load.

    Args:
        load: What.
        to: Where its events go; the truth always goes into the folder.
        folder: Made where it is missing; it must not hold anything else.
        workers: Processes that hold conversations.
        console: Where progress goes.

    Raises:
        ScenarioError: The folder holds something already.
    """
    _prepare(folder, load)
    began = time.perf_counter()
    with ExitStack() as stack:
        events = stack.enter_context(_events_out(to, folder))
        output = stack.enter_context(Output(events, folder / TRUTH))
        progress = stack.enter_context(_progress(console))
        task = progress.add_task("conversations", total=load.conversations, rate="")
        for due, batch in in_order_of_time(generate(load, workers=workers)):
            output.write(due, batch.truths)
            _tell(progress, task, batch.numbers, output.conversations, time.perf_counter() - began)
    return Ran(
        conversations=output.conversations,
        events=output.events,
        seconds=time.perf_counter() - began,
        files=sorted(folder.iterdir()),
    )


def _prepare(folder: Path, load: Load) -> None:
    """Makes the folder and notes the load in it; the same load may be run again."""
    described = Described(seed=load.seed, total=load.conversations, scenario=load.scenario)
    text = msgspec.json.format(msgspec.json.encode(described), indent=2) + b"\n"
    noted = folder / DESCRIBED
    if folder.exists() and any(folder.iterdir()) and not (noted.exists() and noted.read_bytes() == text):
        raise ScenarioError(f"{folder} holds something else: give another --out, or remove what is there")
    folder.mkdir(parents=True, exist_ok=True)
    noted.write_bytes(text)


@contextmanager
def _events_out(to: Target, folder: Path) -> Iterator[EventsOut]:
    match to:
        case "jsonl":
            yield JsonLines(folder / _FILES[to])
        case "parquet":
            yield parquet_events(folder / _FILES[to])
        case "stack":
            with EventProducer.from_environment() as producer:
                yield Emitted(CanaryPlanter(producer.emit, CanarySettings().seed))


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
    )


def _tell(progress: Progress, task: TaskID, done: int, conversations: int, seconds: float) -> None:
    progress.update(task, advance=done, rate=f"{60 * conversations / seconds:,.0f} a minute")
