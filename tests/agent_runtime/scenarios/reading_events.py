"""What somebody sees who has the events alone, and no truth."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime

from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent


def time_of(event: AgentEvent) -> datetime:
    return datetime.fromtimestamp(event.time_ns / 1e9, UTC)


def day_of(event: AgentEvent, first: date) -> int:
    return (time_of(event).date() - first).days


def starts(events: Iterable[AgentEvent]) -> list[AgentEvent]:
    return [event for event in events if isinstance(event.payload, p.ConversationStarted)]


def escalated(events: Iterable[AgentEvent]) -> list[tuple[AgentEvent, bool]]:
    """The end of each conversation, and whether a human took over."""
    return [
        (event, event.payload.outcome == "escalated")
        for event in events
        if isinstance(event.payload, p.ConversationEnded)
    ]


def share(flags: Iterable[bool]) -> tuple[float, float]:
    """Share of what is true, and its standard error."""
    known = list(flags)
    found = sum(known) / len(known)
    return found, math.sqrt(max(found * (1 - found), 1e-9) / len(known))


def looked_at(events: Iterable[AgentEvent], position: int) -> tuple[float, float]:
    """How often a place is looked at, against the first one, and the standard error of its logarithm.

    The same article for the same query stands now here and now there, as scores are noisy: what differs is
    the place. The Mantel-Haenszel ratio of clicks over such pairs, with its variance by Greenland and Robins
    (1985), is the ratio of the propensities.
    """
    queries: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    clicked: set[tuple[str, str]] = set()
    for event in events:
        match event.payload:
            case p.RetrievalQuery() as asked:
                queries[event.span_id] = asked.query
            case p.RetrievalResult() as found:
                lists[event.span_id] = [hit.chunk_id for hit in found.results]
            case p.OutcomeRecorded(name="click") as opened:
                clicked.add((event.span_id, str(opened.label)))
    seen: defaultdict[tuple[str, str], Counter[tuple[int, bool]]] = defaultdict(Counter)
    for span, articles in lists.items():
        for place in (1, position):
            article = articles[place - 1]
            seen[queries[span], article][place, (span, article) in clicked] += 1
    above = below = variance = 0.0
    for counts in seen.values():
        here, first = counts[position, True], counts[1, True]
        n_here, n_first = here + counts[position, False], first + counts[1, False]
        both = n_here + n_first
        if n_here and n_first:
            above += here * n_first / both
            below += first * n_here / both
            variance += (n_here * n_first * (here + first) - here * first * both) / both**2
    return above / below, math.sqrt(variance / (above * below))
