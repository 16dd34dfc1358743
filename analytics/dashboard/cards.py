"""The six cards of the page: what each says of the day, of the days before, and draws."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from analytics.dashboard import charts
from analytics.dashboard.charts import Line, bars, lines
from analytics.dashboard.gold import Measures, TenantDay
from analytics.dashboard.wording import (
    NO_CHANGE,
    Better,
    Change,
    count,
    dollars,
    duration,
    points,
    relative,
    share,
)


class Card(NamedTuple):
    """A measure of the day.

    Attributes:
        key: Its place on the page.
        title: Its name.
        value: The day's value in words.
        detail: What stands behind it.
        before: The value of the days before; empty where there are none.
        change: From then to now.
        chart: The measure over the days, a plotly figure.
    """

    key: str
    title: str
    value: str
    detail: str
    before: str
    change: Change
    chart: Any


def cards(shown: TenantDay) -> Iterator[Card]:
    """The cards of a day that has rows."""
    day, before = shown.whole.of_day, shown.whole.before
    if day is None:
        return
    yield _volume(shown, day, before)
    yield _resolution(shown, day, before)
    yield _escalation(shown, day, before)
    yield _latency(shown, day, before)
    yield _cost(shown, day, before)
    yield _safety(shown, day, before)


def _volume(shown: TenantDay, day: Measures, before: Measures | None) -> Card:
    usual = before.conversations_a_day if before else None
    return Card(
        "volume",
        "Conversations",
        count(day.conversations),
        f"{count(day.ended)} ended · {count(day.responses)} answers",
        f"{count(usual)} a day" if before else "",
        relative(day.conversations, usual, Better.NEITHER),
        bars(shown.days, charts.OUTCOMES, ",d"),
    )


def _resolution(shown: TenantDay, day: Measures, before: Measures | None) -> Card:
    return Card(
        "resolution",
        "Resolved",
        share(day.resolution_rate),
        f"{count(day.resolved)} of {count(day.ended)} ended",
        *_share_before(lambda one: one.resolution_rate, day, before, Better.HIGHER),
        lines(shown.days, [("resolved", lambda one: one.resolution_rate, charts.GREEN)], ".0%"),
    )


def _escalation(shown: TenantDay, day: Measures, before: Measures | None) -> Card:
    return Card(
        "escalation",
        "Escalated",
        share(day.escalation_rate),
        f"{count(day.escalated)} of {count(day.ended)} ended",
        *_share_before(lambda one: one.escalation_rate, day, before, Better.LOWER),
        lines(shown.days, [("escalated", lambda one: one.escalation_rate, charts.AMBER)], ".0%"),
    )


def _latency(shown: TenantDay, day: Measures, before: Measures | None) -> Card:
    drawn: list[Line] = [
        ("p99", lambda one: _seconds(one.response_ms_p99), charts.RED),
        ("p95", lambda one: _seconds(one.response_ms_p95), charts.BLUE),
        ("p50", lambda one: _seconds(one.response_ms_p50), charts.GREEN),
    ]
    return Card(
        "latency",
        "Time to an answer, p95",
        duration(day.response_ms_p95),
        f"p50 {duration(day.response_ms_p50)} · p99 {duration(day.response_ms_p99)}",
        duration(before.response_ms_p95) if before else "",
        relative(day.response_ms_p95, before.response_ms_p95, Better.LOWER) if before else NO_CHANGE,
        lines(shown.days, drawn, ".3~g", unit=" s"),
    )


def _cost(shown: TenantDay, day: Measures, before: Measures | None) -> Card:
    usual = before.cost_usd_per_conversation if before else None
    return Card(
        "cost",
        "Cost a conversation",
        dollars(day.cost_usd_per_conversation),
        f"{dollars(day.cost_usd)} that day",
        dollars(usual) if before else "",
        relative(day.cost_usd_per_conversation, usual, Better.LOWER),
        bars(shown.days, {"cost_usd_per_conversation": charts.BLUE}, "$,.3~f"),
    )


def _safety(shown: TenantDay, day: Measures, before: Measures | None) -> Card:
    judged = (
        f"hallucination {share(day.hallucination_rate)}"
        if day.hallucination_judged
        else "hallucination not graded"
    )
    drawn: list[Line] = [
        ("guardrail", lambda one: one.guardrail_rate, charts.AMBER),
        ("hallucination", lambda one: one.hallucination_rate, charts.RED),
        ("tool errors", lambda one: one.tool_error_rate, charts.GREY),
    ]
    return Card(
        "safety",
        "Guardrail stepped in",
        share(day.guardrail_rate),
        f"{judged} · tool errors {share(day.tool_error_rate)}",
        *_share_before(lambda one: one.guardrail_rate, day, before, Better.LOWER),
        lines(shown.days, drawn, ".0%"),
    )


def _share_before(
    of: Callable[[Measures], float | None], day: Measures, before: Measures | None, better: Better
) -> tuple[str, Change]:
    return (share(of(before)), points(of(day), of(before), better)) if before else ("", NO_CHANGE)


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1_000
