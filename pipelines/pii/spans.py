"""Settles which span counts where several claim the same characters, and masks them."""

from collections.abc import Iterable
from typing import Final

from pipelines.pii.kinds import LOCATIONS, Kind, Span

_ORDER: Final = (
    Kind.EMAIL,
    Kind.IBAN,
    Kind.CARD,
    Kind.SSN,
    Kind.IP,
    Kind.DOCUMENT,
    Kind.PHONE,
    Kind.ADDRESS,
    Kind.NAME,
    Kind.PLACE,
)
"""Which kind wins: what has the strictest form first."""
_JOINS: Final = frozenset(" ,.\n\t")


def settled(text: str, spans: Iterable[Span]) -> list[Span]:
    """The spans that count, in order and without overlap; neighbouring locations are joined."""
    taken = list[Span]()
    for span in sorted(set(spans), key=lambda s: (_ORDER.index(s.kind), s.start - s.end, s.start)):
        rest = _outside(span, taken)
        taken += [part for part in rest if any(c.isalnum() for c in text[part.start : part.end])]
    return _joined(text, sorted(taken))


def masked(text: str, spans: Iterable[Span]) -> str:
    """The text with placeholders instead of the spans, which must be settled."""
    parts, end = list[str](), 0
    for span in spans:
        parts += [text[end : span.start], span.kind.placeholder]
        end = span.end
    return "".join(parts) + text[end:]


def _outside(span: Span, taken: Iterable[Span]) -> list[Span]:
    """What is left of a span beside others."""
    left = [span]
    for other in taken:
        left = [part for whole in left for part in _without(whole, other)]
    return left


def _without(span: Span, other: Span) -> list[Span]:
    if not span.overlaps(other):
        return [span]
    sides = (Span(span.start, other.start, span.kind), Span(other.end, span.end, span.kind))
    return [side for side in sides if side.start < side.end]


def _joined(text: str, spans: list[Span]) -> list[Span]:
    joined = list[Span]()
    for span in spans:
        last = joined[-1] if joined else None
        both = last is not None and {last.kind, span.kind} <= LOCATIONS
        if last is not None and both and _JOINS.issuperset(text[last.end : span.start]):
            kind = Kind.ADDRESS if Kind.ADDRESS in {last.kind, span.kind} else Kind.PLACE
            joined[-1] = Span(last.start, span.end, kind)
        else:
            joined.append(span)
    return joined
