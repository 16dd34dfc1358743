"""The backbone's state for a terminal."""

from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from infra.metrics.backbone import Backbone, StreamState
from infra.metrics.rates import Rates
from streaming.flink.backpressure import JobLoad, TaskLoad
from streaming.published import PublishedState

_BAR: Final = 12
"""Columns of a bar."""
_MOST_PRODUCERS: Final = 8
_MOST_PARTITIONS: Final = 8
_NOTHING: Final = "–"
_PRESENCE: Final = {"running": "[green]running", "ended": "[dim]ended", "lost": "[bold red]lost"}


def screen(backbone: Backbone, rates: Rates, checkpoint_limit_s: float) -> RenderableType:
    """The state on one screen.

    Args:
        backbone: The state.
        rates: How fast counters grew over the last looks.
        checkpoint_limit_s: Age at which a checkpoint is too old.
    """
    parts: list[RenderableType] = [_producers(backbone), _lags(backbone, rates)]
    for stream in backbone.streams:
        if stream.trouble:
            parts.append(Text(stream.trouble, style="bold red"))
        if stream.load is not None:
            parts += [_job(stream.name, stream.load, backbone.at, checkpoint_limit_s), _tasks(stream.load)]
    return Group(*parts)


def _producers(backbone: Backbone) -> RenderableType:
    if not backbone.producers:
        return Text("no producer has run within the last hour", style="dim")
    table = _table(
        "Producers", "producer", "", "acked/s", "emitted", "in flight", "buffer", "waits", "failed", "dropped"
    )
    for state in backbone.producers[:_MOST_PRODUCERS]:
        table.add_row(*_producer(state, backbone.at))
    if (more := len(backbone.producers) - _MOST_PRODUCERS) > 0:
        table.add_row(f"[dim]and {more} more")
    return table


def _producer(state: PublishedState, now: float) -> list[RenderableType]:
    presence, metrics = state.presence(now), state.metrics
    word = _PRESENCE[presence] + ("" if presence == "running" else f" {now - state.written_at:.0f} s ago")
    live = presence == "running"
    dropped = ", ".join(f"{kind} {count:,}" for kind, count in sorted(metrics.dropped.items()))
    return [
        state.producer_id,
        word,
        f"{metrics.acked_per_second:,.0f}" if live else _NOTHING,
        f"{metrics.emitted:,}",
        f"{metrics.in_flight:,}" if live or metrics.in_flight else _NOTHING,
        _bar(metrics.buffer_fill) if live else _NOTHING,
        f"{metrics.waits:,} ({metrics.waited_seconds:.1f} s)" if metrics.waits else "0",
        Text(f"{metrics.failed:,}", style="bold red" if metrics.failed else ""),
        Text(dropped or "0", style="bold red" if dropped else ""),
    ]


def _lags(backbone: Backbone, rates: Rates) -> RenderableType:
    table = _table(
        f"Topic {backbone.topic}",
        "job",
        "partition",
        "records",
        "records/s",
        "read/s",
        "unread",
        "uncommitted",
    )
    for stream in backbone.streams:
        furthest = sorted(stream.lags, key=lambda lag: -lag.unread)[:_MOST_PARTITIONS]
        for lag in furthest:
            arriving = rates.per_second(_place(backbone, lag.partition))
            shown = (f"{lag.end:,}", f"{arriving:,.0f}", "", f"{lag.unread:,}", f"{lag.uncommitted:,}")
            table.add_row("", str(lag.partition), *shown)
        if (more := len(stream.lags) - len(furthest)) > 0:
            table.add_row("", f"[dim]and {more} more")
        table.add_section()
        table.add_row(*_total(stream, backbone, rates))
    return table


def _total(stream: StreamState, backbone: Backbone, rates: Rates) -> list[RenderableType]:
    if stream.unread is None or stream.uncommitted is None:
        return [stream.name, "all", *[_NOTHING] * 5]
    arriving = sum(rates.per_second(_place(backbone, lag.partition)) for lag in stream.lags)
    trend = rates.per_second(f"unread {stream.name}")
    word = "" if abs(trend) < 1 else f" ({trend:+,.0f}/s)"
    style = "bold red" if trend > 1 else "bold green" if not stream.unread else "bold"
    return [
        Text(stream.name, style="bold"),
        "all",
        f"{sum(lag.end for lag in stream.lags):,}",
        f"{arriving:,.0f}",
        f"{rates.per_second(f'read {stream.name}'):,.0f}",
        Text(f"{stream.unread:,}{word}", style=style),
        Text(f"{stream.uncommitted:,}", style="bold"),
    ]


def _job(name: str, load: JobLoad, now: float, limit_s: float) -> RenderableType:
    checkpoints, age = load.checkpoints, load.checkpoint_age_s(now)
    delay = load.watermark_delay_s(now)
    table = _table(
        f"Job {name}",
        "state",
        "restarts",
        "watermark delay",
        "checkpoint",
        "age",
        "next",
        "took",
        "size",
        "failed",
    )
    table.add_row(
        f"{load.state.lower()}{'' if load.flows else ', not in all its tasks'}",
        str(load.restarts),
        "no watermarks" if delay is None else f"{delay:,.1f} s",
        _NOTHING if checkpoints.latest_id is None else str(checkpoints.latest_id),
        Text(f"{age:.0f} s", style="bold red" if age > limit_s else ""),
        ProgressBar(total=1, completed=checkpoints.under_way, width=_BAR)
        if checkpoints.under_way is not None
        else "",
        _NOTHING if checkpoints.duration_ms is None else f"{checkpoints.duration_ms / 1_000:.1f} s",
        _NOTHING if checkpoints.size_bytes is None else f"{checkpoints.size_bytes / 1_000_000:,.1f} MB",
        str(checkpoints.failed),
    )
    return table


def _tasks(load: JobLoad) -> RenderableType:
    table = _table("", "task", "subtasks", "in/s", "out/s", "busy", "backpressured", "idle")
    for task in load.tasks:
        table.add_row(task.name, str(task.subtasks), *_task(task))
    return table


def _task(task: TaskLoad) -> list[RenderableType]:
    rates = (task.records_in_per_second, task.records_out_per_second)
    times = (task.busy_ms_per_second, task.backpressured_ms_per_second, task.idle_ms_per_second)
    return [
        *(_NOTHING if rate is None else f"{rate:,.0f}" for rate in rates),
        *(_NOTHING if spent is None else _bar(spent / 1_000) for spent in times),
    ]


def _bar(share: float) -> RenderableType:
    bar = Table.grid(padding=(0, 1))
    bar.add_column(width=_BAR)
    bar.add_column(justify="right", width=5)
    bar.add_row(ProgressBar(total=1, completed=min(1.0, share), width=_BAR), f"{100 * share:.0f} %")
    return bar


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", overflow="fold")
    return table


def _place(backbone: Backbone, partition: int) -> str:
    return f"{backbone.topic}/{partition}"
