"""The demo's report as one HTML page with charts; it needs no network."""

from importlib.resources import files
from math import inf
from typing import Any, Final

import plotly.graph_objects as go
from jinja2 import Environment, StrictUndefined

from infra.demo.report import DemoReport
from pipelines.waterfall import EDGES_S

_TEMPLATE: Final = files("infra.demo").joinpath("report.html.j2").read_text()
_OUTCOME_COLOURS: Final = {
    "resolved": "#2a9d8f",
    "escalated": "#e9c46a",
    "abandoned": "#9aa5b1",
    "failed": "#c8553d",
}
_LAYOUT: Final[dict[str, Any]] = {
    "template": "plotly_white",
    "margin": {"l": 20, "r": 20, "t": 10, "b": 20},
    "font": {"family": "system-ui, sans-serif", "size": 13},
    "legend": {"orientation": "h", "y": 1.12},
}
_DAY_S: Final = 86_400


def render_page(report: DemoReport) -> str:
    """The page: text by the template, charts as plotly figures with the library inlined once."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    charts = {
        "rewards": _html(_rewards_chart(report), height=80 + 34 * len(report.rewards), with_library=True),
        "outcomes": _html(_outcomes_chart(report), height=320),
        "freshness": _html(_freshness_chart(report), height=80 + 44 * len(report.freshness)),
        "waterfall": _html(_waterfall_chart(report), height=400),
    }
    return environment.from_string(_TEMPLATE).render(report=report, charts=charts)


def _html(figure: Any, *, height: int, with_library: bool = False) -> str:
    figure.update_layout(height=height, **_LAYOUT)
    page: str = figure.to_html(
        full_html=False, include_plotlyjs=with_library, config={"displayModeBar": False, "responsive": True}
    )
    return page


def _rewards_chart(report: DemoReport) -> Any:
    judged = [each for each in reversed(report.rewards) if each.judged]
    intervals = [each.interval() for each in judged]
    versions = [each.agent_version for each in judged]
    recorded = [each for each in judged if each.recorded]
    figure = go.Figure(
        go.Bar(
            name="executed again by our tools",
            x=[each.share for each in judged],
            y=versions,
            orientation="h",
            marker_color="#2a6f97",
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [high - each.share for each, (_, high) in zip(judged, intervals, strict=True)],
                "arrayminus": [each.share - low for each, (low, _) in zip(judged, intervals, strict=True)],
                "color": "#61707d",
            },
        )
    )
    figure.add_trace(
        go.Scatter(
            name="as recorded",
            x=[each.recorded_rewarded / each.recorded for each in recorded],
            y=[each.agent_version for each in recorded],
            mode="markers",
            marker={"symbol": "diamond", "size": 10, "color": "#e76f51"},
        )
    )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(automargin=True)
    return figure


def _outcomes_chart(report: DemoReport) -> Any:
    figure = go.Figure()
    for outcome, colour in _OUTCOME_COLOURS.items():
        days = [each for each in report.outcomes if each.outcome == outcome]
        figure.add_trace(
            go.Bar(
                name=outcome,
                x=[each.day for each in days],
                y=[each.conversations for each in days],
                marker_color=colour,
            )
        )
    figure.update_layout(barmode="stack")
    figure.update_yaxes(title="conversations")
    return figure


def _freshness_chart(report: DemoReport) -> Any:
    tables = [each.table_name for each in reversed(report.freshness)]
    figure = go.Figure()
    for name, colour in (("p50_s", "#2a9d8f"), ("p99_s", "#264653")):
        values = [getattr(each, name) for each in reversed(report.freshness)]
        figure.add_trace(
            go.Bar(name=name.removesuffix("_s"), x=values, y=tables, orientation="h", marker_color=colour)
        )
    figure.update_xaxes(title="seconds from the producer")
    figure.update_yaxes(automargin=True)
    return figure


def _waterfall_chart(report: DemoReport) -> Any:
    """Hops by rows, durations by columns; the shade is the share of the hop's events."""
    hops = list(dict.fromkeys(each.hop for each in report.waterfall))
    events = {(each.hop, each.up_to_s): each.events for each in report.waterfall}
    seen = {each.up_to_s for each in report.waterfall}
    edges = [edge for edge in (*EDGES_S, inf) if seen and min(seen) <= edge <= max(seen)]
    totals = {hop: sum(n for (name, _), n in events.items() if name == hop) for hop in hops}
    figure = go.Figure(
        go.Heatmap(
            x=[_up_to(edge) for edge in edges],
            y=[hop.replace("_", " ") for hop in hops],
            z=[[events.get((hop, edge), 0) / totals[hop] for edge in edges] for hop in hops],
            customdata=[[events.get((hop, edge), 0) for edge in edges] for hop in hops],
            hovertemplate="%{y}: %{customdata:,} events %{x}<extra></extra>",
            colorscale=[[0, "#ffffff"], [0.001, "#e3f1ef"], [1, "#1d5c54"]],
            zmin=0,
            zmax=1,
            colorbar={"title": "share", "tickformat": ".0%"},
        )
    )
    figure.update_xaxes(type="category", title="up to", automargin=True)
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def _up_to(seconds: float) -> str:
    if seconds == inf:
        return "more"
    if seconds >= _DAY_S:
        return f"{seconds / _DAY_S:,.0f} d"
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1_000:g} ms"
