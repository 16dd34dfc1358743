"""An evaluation as one HTML page; it needs no network, so it can be sent."""

from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from typing import Any, Final

import msgspec
import plotly.graph_objects as go
from jinja2 import Environment, StrictUndefined
from pyiceberg.catalog.sql import SqlCatalog

from analytics.evals.comparing import PLANNED_DROP
from analytics.evals.evaluation import Evaluation
from analytics.evals.events import read_conversations
from analytics.evals.tables import EVAL_EVENTS
from pipelines.row_filters import among
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

_TEMPLATE: Final = files("analytics.evals").joinpath("page.html.j2").read_text(encoding="utf-8")
_COLOURS: Final = {
    "regression": "#b3261e",
    "missed": "#b3261e",
    "inconclusive": "#b7791f",
    "not_measured": "#5b6875",
    "no_regression": "#1f7a5a",
    "met": "#1f7a5a",
}
_LONGEST: Final = 600

Line = tuple[str, str]
Transcripts = Mapping[str, list[Line]]


def render_page(evaluation: Evaluation, transcripts: Transcripts) -> str:
    """The page: text by the template, the drops as a plotly figure.

    Args:
        evaluation: What is told.
        transcripts: Who said what in the sample failures, by conversation.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    filters: dict[str, Callable[..., str]] = {"number": _number, "percent": _percent, "words": _words}
    environment.filters.update(filters)
    return environment.from_string(_TEMPLATE).render(
        evaluation=msgspec.structs.replace(
            evaluation,
            standings=tuple(
                msgspec.structs.replace(one, figures={**_NO_FIGURES, **one.figures})
                for one in evaluation.standings
            ),
        ),
        transcripts=[(one, transcripts[one]) for one in sample_ids(evaluation) if one in transcripts],
        chart=_drops(evaluation),
        planned=PLANNED_DROP,
        colours=_COLOURS,
    )


def sample_ids(evaluation: Evaluation) -> list[str]:
    """The conversations that the page shows."""
    return [one.conversation_id for suite in evaluation.suites for one in suite.failures]


def read_transcripts(catalog: SqlCatalog, evaluation: Evaluation) -> dict[str, list[Line]]:
    """Who said and called what in the sample failures, from ``bronze.eval_events``."""
    if not (wanted := sample_ids(evaluation)):
        return {}
    logged, _ = read_conversations(catalog, EVAL_EVENTS.name, among("conversation_id", wanted))
    return {one.conversation_id: list(_lines(one.events)) for one in logged}


_NO_FIGURES: Final[dict[str, float | None]] = dict.fromkeys(
    ("turn_p50_s", "turn_p95_s", "turn_p99_s", "cost_usd_a_conversation")
)


def _lines(events: Iterable[AgentEvent]) -> Iterable[Line]:
    for event in sorted(events, key=lambda one: (one.time_ns, one.id)):
        match event.payload:
            case p.MsgReceived(content=text):
                yield "customer", text
            case p.ResponseSent(content=text):
                yield "agent", text
            case p.ToolCallStart(tool=tool, arguments=arguments):
                yield "calls", f"{tool} {msgspec.json.encode(arguments).decode()}"
            case p.ToolCallEnd(result=result):
                yield "answer", result if len(result) <= _LONGEST else f"{result[:_LONGEST]} …"
            case p.ConversationEnded(outcome=outcome, reason=reason):
                yield "ended", f"{outcome}: {reason}"


def _drops(evaluation: Evaluation) -> str:
    """The drop of each suite with its interval, beside what is tolerated."""
    figure = go.Figure()
    for one in reversed(evaluation.suites):
        tests = one.comparison
        figure.add_trace(
            go.Scatter(
                x=[tests.drop],
                y=[one.name],
                error_x={
                    "type": "data",
                    "array": [tests.high - tests.drop],
                    "arrayminus": [tests.drop - tests.low],
                },
                mode="markers",
                marker={"size": 10, "color": _COLOURS[one.decision]},
                hovertemplate=f"{_percent(tests.drop)} ({_percent(tests.low)} to {_percent(tests.high)})"
                "<extra></extra>",
                name=one.name,
            )
        )
    figure.add_vline(x=0, line_color="#9aa5b1")
    figure.add_vline(x=PLANNED_DROP, line_color="#9aa5b1", line_dash="dot")
    figure.update_xaxes(title="drop: production minus candidate", tickformat=".0%")
    figure.update_yaxes(automargin=True)
    figure.update_layout(
        height=120 + 40 * len(evaluation.suites),
        template="plotly_white",
        margin={"l": 20, "r": 20, "t": 30, "b": 20},
        font={"family": "system-ui, sans-serif", "size": 13},
        showlegend=False,
    )
    page: str = figure.to_html(
        full_html=False, include_plotlyjs=True, config={"displayModeBar": False, "responsive": True}
    )
    return page


def _number(value: Any) -> str:
    return "–" if value is None else f"{value:.3g}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
