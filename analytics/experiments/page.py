"""A read-out as one HTML page with charts; it needs no network, so it can be sent."""

from importlib.resources import files
from typing import Any, Final

import plotly.graph_objects as go
from jinja2 import Environment, StrictUndefined

from analytics.experiments.readouts import Readout
from analytics.experiments.verdicts import Comparison
from analytics.statistics.strata import stratified

_TEMPLATE: Final = files("analytics.experiments").joinpath("page.html.j2").read_text(encoding="utf-8")
_COLOURS: Final = {
    "better": "#1f7a5a",
    "worse": "#b3261e",
    "inconclusive": "#b7791f",
    "waiting": "#5b6875",
    "invalid": "#7b2d8b",
}
_LAYOUT: Final[dict[str, Any]] = {
    "template": "plotly_white",
    "margin": {"l": 20, "r": 20, "t": 30, "b": 20},
    "font": {"family": "system-ui, sans-serif", "size": 13},
    "showlegend": False,
}


def render_page(readout: Readout) -> str:
    """The page: text by the template, charts as plotly figures with the library inlined once."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"number": _number, "adjusted": stratified}
    looked = [one for one in readout.comparisons if one.looks]
    charts = (
        {"effects": _html(_effects(looked), height=80 + 40 * len(looked), with_library=True)}
        if looked
        else {}
    )
    ways = [(one.verdict, _html(_way(one), height=300)) for one in looked if one.verdict.role == "primary"]
    return environment.from_string(_TEMPLATE).render(
        readout=readout,
        plan=readout.plan,
        verdicts=[one.verdict for one in readout.comparisons],
        origin=readout.comparisons[0].verdict.origin,
        strata=[one for one in looked if one.strata and one.verdict.role == "primary"],
        charts=charts,
        ways=ways,
        colours=_COLOURS,
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _html(figure: Any, *, height: int, with_library: bool = False) -> str:
    figure.update_layout(height=height, **_LAYOUT)
    page: str = figure.to_html(
        full_html=False, include_plotlyjs=with_library, config={"displayModeBar": False, "responsive": True}
    )
    return page


def _effects(looked: list[Comparison]) -> Any:
    """Estimates with intervals in standard errors of each metric, so that all fit one axis."""
    figure = go.Figure()
    for one in reversed(looked):
        verdict, look = one.verdict, one.looks[-1]
        interval = f"{_number(verdict.low)} to {_number(verdict.high)}"
        figure.add_trace(
            go.Scatter(
                x=[look.standing.difference.statistic],
                y=[f"{verdict.metric}, {verdict.treatment}"],
                error_x={"type": "data", "array": [look.critical]},
                mode="markers",
                marker={"size": 10, "color": _COLOURS[verdict.decision]},
                hovertemplate=f"{_number(verdict.estimate)} ({interval})<extra></extra>",
                name=verdict.metric,
            )
        )
    figure.add_vline(x=0, line_color="#9aa5b1")
    figure.update_xaxes(title="standard errors from no difference")
    figure.update_yaxes(automargin=True)
    return figure


def _way(one: Comparison) -> Any:
    """The interval at each look."""
    days = [look.standing.day for look in one.looks]
    lows, highs = zip(*(look.interval for look in one.looks), strict=True)
    figure = go.Figure()
    figure.add_trace(go.Scatter(x=days, y=highs, line={"width": 0}, name="high", mode="lines"))
    figure.add_trace(
        go.Scatter(
            x=days,
            y=lows,
            line={"width": 0},
            mode="lines",
            fill="tonexty",
            fillcolor="rgba(42,111,151,.2)",
            name="low",
        )
    )
    estimates = [look.standing.difference.estimate for look in one.looks]
    figure.add_trace(
        go.Scatter(x=days, y=estimates, mode="lines+markers", line={"color": "#2a6f97"}, name="difference")
    )
    figure.add_hline(y=0, line_color="#9aa5b1")
    figure.update_yaxes(title="treatment − control")
    return figure
