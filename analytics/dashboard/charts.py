"""The charts: a measure over the days. Text and lines take the page's colours by its style sheet."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import plotly.graph_objects as go

from analytics.dashboard.gold import Measures

Days = Mapping[date, Measures]
Line = tuple[str, Callable[[Measures], float | None], str]
"""A name, what it shows, and its colour."""

GREEN: Final = "#2a9d8f"
AMBER: Final = "#d9992b"
RED: Final = "#d0604a"
BLUE: Final = "#4a8fc7"
GREY: Final = "#8a97a5"
VIOLET: Final = "#9b7bc4"
OUTCOMES: Final[Mapping[str, str]] = {
    "resolved": GREEN,
    "escalated": AMBER,
    "abandoned": GREY,
    "failed": RED,
    "unknown_outcome": VIOLET,
    "still_open": BLUE,
}
_EARLIER: Final = 0.5
_LAYOUT: Final[dict[str, Any]] = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"family": "system-ui, sans-serif", "size": 12},
    "legend": {
        "orientation": "h",
        "y": -0.2,
        "yanchor": "top",
        "x": 0,
        "itemclick": False,
        "traceorder": "normal",
    },
    "hovermode": "x unified",
    "dragmode": False,
}


def bars(days: Days, parts: Mapping[str, str], tick_format: str) -> Any:
    """Stacked bars of fields of :class:`Measures`; the last day stands out.

    Args:
        days: The days, oldest first.
        parts: Colour by the field's name; fields that are zero on all days are left out.
        tick_format: How numbers are written, in d3's format.
    """
    figure = go.Figure()
    newest = max(days)
    for field, colour in parts.items():
        heights = [getattr(measures, field) for measures in days.values()]
        if any(heights):
            figure.add_trace(
                go.Bar(
                    name=field.replace("_", " "),
                    x=[*days],
                    y=heights,
                    marker={
                        "color": colour,
                        "opacity": [1 if day == newest else _EARLIER for day in days],
                        "line": {"width": 0},
                    },
                )
            )
    figure.update_layout(barmode="stack", bargap=0.35, showlegend=len(figure.data) > 1)
    return _laid_out(figure, days, tick_format)


def lines(days: Days, shown: list[Line], tick_format: str, unit: str = "") -> Any:
    """Lines over the days; a line that has no value on any day is left out."""
    figure = go.Figure()
    newest = max(days)
    for name, of, colour in shown:
        values = [of(measures) for measures in days.values()]
        if any(value is not None for value in values):
            figure.add_trace(
                go.Scatter(
                    name=name,
                    x=[*days],
                    y=values,
                    mode="lines+markers",
                    connectgaps=True,
                    line={"color": colour, "width": 2},
                    marker={
                        "color": colour,
                        "size": [9 if day == newest else 4 for day in days],
                        "line": {"width": 0},
                    },
                    cliponaxis=False,
                )
            )
    figure.update_layout(showlegend=len(figure.data) > 1)
    figure.update_yaxes(ticksuffix=unit)
    return _laid_out(figure, days, tick_format)


def _laid_out(figure: Any, days: Days, tick_format: str) -> Any:
    """Ticks on days that there are, five at most, so that a phone can show them."""
    every = (len(days) + 4) // 5
    ticks = [*days][::-1][::every]
    figure.update_layout(**_LAYOUT)
    figure.update_xaxes(
        type="date",
        tickvals=ticks,
        ticktext=[f"{day.day} {day:%b}" for day in ticks],
        hoverformat="%a %-d %b",
        showgrid=False,
    )
    figure.update_yaxes(tickformat=tick_format, rangemode="tozero", nticks=4, automargin=True)
    return figure
