"""The page: what stands where."""

from collections.abc import Iterator
from typing import Any, Final

from dash import dcc, html

from analytics.dashboard.cards import Card, cards
from analytics.dashboard.choice import BEFORE
from analytics.dashboard.gold import Compared, Measures, TenantDay
from analytics.dashboard.wording import (
    Better,
    Change,
    count,
    dollars,
    duration,
    points,
    relative,
    share,
    weekday,
)

_HEADINGS: Final = (
    "agent version",
    "conversations",
    "resolved",
    "escalated",
    "p50",
    "p95",
    "p99",
    "cost a conversation",
    "guardrail",
    "tool errors",
)


def frame() -> Any:
    """The controls and the place where a day is shown."""
    return html.Main(
        [
            dcc.Location(id="address", refresh=False),
            html.Header(
                [
                    html.H1("The tenant's day"),
                    html.Div(
                        [
                            _control("tenant", "Tenant", 220),
                            _control("day", "Day (UTC)", 190),
                            _control("before", "Against", 170),
                        ],
                        className="controls",
                    ),
                ]
            ),
            html.Div(id="shown"),
        ]
    )


def before_options() -> list[dict[str, Any]]:
    """How many days before can be compared with."""
    return [{"label": f"the {days} days before", "value": days} for days in BEFORE]


def day_shown(shown: TenantDay) -> Any:
    """A day: cards with charts, then a table by agent version, and how old it is."""
    return html.Div(
        [
            html.Section([_card(card, shown.choice.before) for card in cards(shown)], className="cards"),
            html.Section(
                [
                    html.H2("By agent version"),
                    html.Div(_versions(shown), className="wide", tabIndex=0),
                    html.P(_said(shown), className="note"),
                ]
            ),
        ]
    )


def nothing_there() -> Any:
    """What to do where gold is empty."""
    return html.Div(
        [
            html.H2("There is nothing in gold yet"),
            html.P("The page shows what is in gold.agent_daily of this lake, and that has no rows."),
            html.Ul(
                [
                    html.Li([html.Code("make demo"), " plays conversations and builds all tables;"]),
                    html.Li(
                        [
                            "where the stack runs and has events, ",
                            html.Code("turnstone materialize"),
                            " or Dagster (",
                            html.Code("make dev"),
                            ") builds them.",
                        ]
                    ),
                ]
            ),
            html.P("Then load this page again."),
        ],
        className="notice",
        role="status",
    )


def refused(why: str) -> Any:
    """The lake could not be read."""
    return html.Div(
        [html.H2("The lake could not be read"), html.P(why), html.P("Load this page again to try again.")],
        className="notice",
        role="alert",
    )


def _control(name: str, label: str, width_px: int) -> Any:
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            dcc.Dropdown(id=name, clearable=False, searchable=name != "before", optionHeight=36),
        ],
        className="control",
        style={"flexBasis": f"{width_px}px"},
    )


def _card(card: Card, before_days: int) -> Any:
    compared: list[Any] = [
        html.Span(card.change.text, className=f"change {card.change.news}"),
        f" against {card.before} in the {before_days} days before",
    ]
    return html.Article(
        [
            html.H2(card.title),
            html.P(card.value, className="value"),
            html.P(card.detail, className="detail"),
            html.P(compared if card.before else "no days before it to compare with", className="detail"),
            html.Div(
                dcc.Graph(figure=card.chart, config={"displayModeBar": False}, responsive=True),
                className="chart",
            ),
        ],
        id=f"card-{card.key}",
        className="card",
    )


def _versions(shown: TenantDay) -> Any:
    rows = [_row(version, compared) for version, compared in shown.versions.items() if compared.of_day]
    return html.Table(
        [html.Thead(html.Tr([html.Th(heading, scope="col") for heading in _HEADINGS])), html.Tbody(rows)],
        id="versions",
    )


def _row(version: str, compared: Compared) -> Any:
    return html.Tr([html.Th(version, scope="row"), *(html.Td(cell) for cell in _cells(compared))])


def _cells(compared: Compared) -> Iterator[Any]:
    day, before = compared.of_day, compared.before
    if day is None:
        return
    yield count(day.conversations)
    yield _changed(share(day.resolution_rate), _points("resolution_rate", day, before, Better.HIGHER))
    yield _changed(share(day.escalation_rate), _points("escalation_rate", day, before, Better.LOWER))
    yield duration(day.response_ms_p50)
    yield _changed(duration(day.response_ms_p95), _relative("response_ms_p95", day, before, Better.LOWER))
    yield duration(day.response_ms_p99)
    cost = "cost_usd_per_conversation"
    yield _changed(dollars(day.cost_usd_per_conversation), _relative(cost, day, before, Better.LOWER))
    yield _changed(share(day.guardrail_rate), _points("guardrail_rate", day, before, Better.LOWER))
    yield _changed(share(day.tool_error_rate), _points("tool_error_rate", day, before, Better.LOWER))


def _points(name: str, day: Measures, before: Measures | None, better: Better) -> Change:
    return points(getattr(day, name), getattr(before, name, None), better)


def _relative(name: str, day: Measures, before: Measures | None, better: Better) -> Change:
    return relative(getattr(day, name), getattr(before, name, None), better)


def _changed(value: str, change: Change) -> list[Any]:
    return [value, html.Small(change.text, className=f"change {change.news}")] if change.text else [value]


def _said(shown: TenantDay) -> str:
    day = shown.whole.of_day
    through = f"{day.data_through:%Y-%m-%d %H:%M:%S} UTC" if day and day.data_through else "unknown"
    return (
        f"{weekday(shown.choice.day)}: conversations of {shown.choice.tenant_id} that started then. Changes "
        f"are against the {shown.choice.before} days before, all of them together; they say nothing about "
        f"chance. Percentiles are within 1 %. Newest event: {through}."
    )
