"""Commands of the runtime."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agent_runtime.canaries import CanaryPlanter
from agent_runtime.domains.retail.conversations import Conversations, retail_conversations
from agent_runtime.errors import AgentRuntimeError
from agent_runtime.experiments.running import RunningExperiments
from agent_runtime.expiry import Expired, expire
from agent_runtime.ledger.opening import open_ledger
from agent_runtime.play import play
from agent_runtime.sessions.opening import open_session_store
from agent_runtime.settings import LedgerSettings, RuntimeSettings, SessionSettings
from streaming.contract.canaries import CanarySettings
from streaming.errors import StreamingError
from streaming.producer import EventProducer, ProducerCounts

app = typer.Typer()


@app.command(name="play")
def play_command(
    limit: Annotated[int | None, typer.Option(min=1, help="Play the first ones only.")] = None,
    simulated: Annotated[bool, typer.Option(help="Simulate, also where recordings are at hand.")] = False,
) -> None:
    """Play conversations into the running stack."""
    console = Console()
    settings = RuntimeSettings()
    try:
        conversations = retail_conversations(settings, simulated=simulated)
        experiments = RunningExperiments.from_file(settings.experiments) if settings.experiments else None
    except AgentRuntimeError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(1) from error
    if limit is not None:
        conversations = conversations.first(limit)
    console.print(conversations.source)
    with play_progress(console) as progress:
        counts = play_with_progress(conversations, progress, experiments)
    console.print(f"{counts.emitted:,} events emitted, {counts.acked:,} acknowledged by the broker")


@app.command(name="expire")
def expire_command(
    days: Annotated[
        float | None, typer.Option(min=0, help="Days without a message, in place of the setting.")
    ] = None,
) -> None:
    """Forget sessions that nobody uses any more, with their effects."""

    async def run() -> Expired:
        settings = SessionSettings()
        sessions, ledger = await open_session_store(settings), await open_ledger(LedgerSettings())
        try:
            idle_days = settings.keep_days if days is None else days
            return await expire(sessions, ledger, idle_s=idle_days * 86_400)
        finally:
            await sessions.close()
            await ledger.aclose()

    console = Console()
    try:
        expired = asyncio.run(run())
    except AgentRuntimeError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(1) from error
    console.print(
        f"{expired.sessions:,} sessions forgotten, and effects of {expired.ledgers:,} conversations without "
        f"one; {expired.kept:,} old sessions stay, because what became of an effect is not known"
    )


@app.command(name="simulate")
def simulate_command(
    *,
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or the path of a TOML file.")] = "steady",
    seed: Annotated[int, typer.Option(help="Equal options give equal events, byte for byte.")] = 7,
    weeks: Annotated[int | None, typer.Option(min=1, help="Weeks, in place of the scenario's.")] = None,
    conversations: Annotated[
        int | None, typer.Option(min=1, help="Conversations, spread over the same weeks.")
    ] = None,
    to: Annotated[
        Literal["jsonl", "parquet", "stack"], typer.Option(help="Files, or the running stack.")
    ] = "jsonl",
    out: Annotated[
        Path | None, typer.Option(help="Folder of the files; the truth goes there always.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    listed: Annotated[bool, typer.Option("--list", help="List the scenarios and do nothing else.")] = False,
) -> None:
    """Generate weeks of invented traffic, with the truth about it beside it."""
    from agent_runtime.scenarios import Load, read_scenario, scenario_names
    from agent_runtime.scenarios.running import run_load

    console = Console()
    if listed:
        for name in scenario_names():
            console.print(f"{name:<12} {read_scenario(name).summary}", soft_wrap=True)
        return
    try:
        load = Load(scenario=read_scenario(scenario, weeks=weeks), seed=seed, total=conversations)
        folder = out or Path(".turnstone/scenarios") / f"{load.scenario.name}-{seed}"
        console.print(f"{load.scenario.name}: {load.scenario.summary}", soft_wrap=True)
        console.print("This is a simulator: invented customers, a scripted agent (docs/scenarios.md).")
        ran = run_load(load, to=to, folder=folder, workers=workers, console=console)
    except (AgentRuntimeError, StreamingError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    console.print(
        f"{ran.conversations:,} conversations, {ran.events:,} events in {ran.seconds:,.1f} s: "
        f"{ran.a_minute:,.0f} conversations a minute"
    )
    for path in ran.files:
        console.print(str(path), soft_wrap=True)


def play_progress(console: Console) -> Progress:
    """A progress bar that counts conversations."""
    return Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def play_with_progress(
    conversations: Conversations, progress: Progress, experiments: RunningExperiments | None = None
) -> ProducerCounts:
    """Plays conversations into Kafka, canaries in them, and waits for the last receipt."""
    task = progress.add_task("conversations", total=conversations.total)
    with EventProducer.from_environment() as producer:
        asyncio.run(
            play(
                conversations.stream,
                total=conversations.total,
                sink=CanaryPlanter(producer.emit, CanarySettings().seed),
                experiments=experiments,
                on_played=lambda _: progress.advance(task),
            )
        )
    return producer.counts
