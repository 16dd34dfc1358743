"""The demo's report for a terminal."""

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from infra.demo.report import DemoReport, Stations


def print_report(report: DemoReport, console: Console) -> None:
    """Prints the report."""
    console.rule("Turnstone demo")
    console.print(f"{report.conversations:,} conversations: {report.source}\n")
    console.print(_stations(report.stations))
    console.print(_freshness(report))
    console.print(_rewards(report))
    steps = " · ".join(f"{name} {seconds:.0f} s" for name, seconds in report.seconds.items())
    console.print(f"{steps} · total {sum(report.seconds.values()):.0f} s\n")
    for name, link in report.links.items():
        console.print(f"{name}: {link}")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, no_wrap=True, justify="right" if place else "left")
    return table


def _stations(stations: Stations) -> RenderableType:
    table = _table(
        "Events", "acked", "bronze", "silver", "duplicates", "dead letters", "lost", "doubled", "offset gaps"
    )
    for column in table.columns:
        column.justify = "right"
    faults = (stations.lost, stations.doubled, stations.offset_gaps)
    counts = (
        stations.acked,
        stations.bronze,
        stations.silver,
        stations.duplicates,
        stations.dead_letters,
    )
    table.add_row(
        *(f"{count:,}" for count in counts),
        *(Text(f"{fault:,}", style="bold red" if fault else "bold green") for fault in faults),
    )
    return table


def _freshness(report: DemoReport) -> RenderableType:
    table = _table(
        "Freshness: seconds from the producer to the row in the table", "table", "p50", "p99", "target"
    )
    for each in report.freshness:
        target = "" if each.target_s is None else f"≤ {each.target_s:,.0f}"
        table.add_row(each.table_name, f"{each.p50_s:.1f}", f"{each.p99_s:.1f}", target)
    return table


def _rewards(report: DemoReport) -> RenderableType:
    table = _table(
        "Reward by agent version (95 % interval)",
        "agent version",
        "judged",
        "reward",
        "recorded",
        "different",
    )
    for each in report.rewards:
        if not each.judged:
            table.add_row(each.agent_version, "0", "", "", "")
            continue
        low, high = each.interval()
        recorded = f"{each.recorded_rewarded / each.recorded:.3f}" if each.recorded else ""
        table.add_row(
            each.agent_version,
            str(each.judged),
            f"{each.share:.3f} ({low:.2f}–{high:.2f})",
            recorded,
            str(each.different),
        )
    return table
