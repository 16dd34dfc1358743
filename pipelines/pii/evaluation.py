"""How much personal data a detector finds, and how much of what it finds is none, by kind."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pipelines.pii.kinds import LOCATIONS, Kind, Span

Detector = Callable[[Sequence[str]], list[list[Span]]]
"""Finds the spans of many texts, in their order."""

_KINDS: Final = {kind.value: kind for kind in Kind} | {
    "GPE": Kind.PLACE,
    "ZIP_CODE": Kind.ADDRESS,
    "US_DRIVER_LICENSE": Kind.DOCUMENT,
    "US_PASSPORT": Kind.DOCUMENT,
}
_BETWEEN_LINES: Final = re.compile(r"[\s,>?]*")


class Labelled(Struct, frozen=True):
    """A text whose personal data is known."""

    text: str
    spans: tuple[Span, ...]
    template: int


class Score(Struct, frozen=True, kw_only=True):
    """What a detector did on one kind.

    Attributes:
        spans: Spans of the kind in the texts.
        hidden: Of these, the ones of which every letter and digit was found.
        characters: Letters and digits of these spans.
        characters_hidden: Of these, the ones that were found.
        told: Spans that the detector named as this kind.
        right: Of these, the ones of which at least half is of the kind.
    """

    spans: int
    hidden: int
    characters: int
    characters_hidden: int
    told: int
    right: int

    @property
    def recall(self) -> float:
        """Share of the spans of which nothing stays readable; 1 where there are none."""
        return self.hidden / self.spans if self.spans else 1.0

    @property
    def character_recall(self) -> float:
        """Share of the letters and digits that do not stay readable; 1 where there are none."""
        return self.characters_hidden / self.characters if self.characters else 1.0

    @property
    def precision(self) -> float:
        """Share of what was named that is of the kind; 1 where nothing was named."""
        return self.right / self.told if self.told else 1.0


def read_labelled(path: Path) -> list[Labelled]:
    """Reads texts in the format of presidio-research; parts of one address become one span."""
    rows = msgspec.json.decode(path.read_bytes(), type=list[_Row])
    return [
        Labelled(
            text=row.full_text,
            spans=_joined(row.full_text, sorted(s.span() for s in row.spans if s.entity_type in _KINDS)),
            template=row.template_id,
        )
        for row in rows
    ]


def split_by_template(texts: Iterable[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Texts to tune on and texts to report on; no template is in both."""
    tune, report = list[Labelled](), list[Labelled]()
    for text in texts:
        (report if (text.template * 2_654_435_761 >> 7) % 2 else tune).append(text)
    return tune, report


def measure(detect: Detector, texts: Sequence[Labelled]) -> dict[str, Score]:
    """Scores a detector by kind; ``location`` is addresses and places together."""
    found = detect([text.text for text in texts])
    pairs = list(zip(texts, found, strict=True))
    scores = {"location": _score(pairs, LOCATIONS)}
    return scores | {kind.name.lower(): _score(pairs, {kind}) for kind in Kind}


def _score(pairs: Sequence[tuple[Labelled, list[Span]]], kinds: Iterable[Kind]) -> Score:
    wanted = frozenset(kinds)
    near = wanted | LOCATIONS if wanted & LOCATIONS else wanted
    spans = hidden = characters = seen = told = right = 0
    for text, found in pairs:
        named = _covered(span for span in found if span.kind in near)
        true = _covered(span for span in text.spans if span.kind in near)
        for span in (s for s in text.spans if s.kind in wanted):
            letters = [i for i in range(span.start, span.end) if text.text[i].isalnum()]
            visible = sum(i not in named for i in letters)
            spans, hidden = spans + 1, hidden + (visible == 0)
            characters, seen = characters + len(letters), seen + len(letters) - visible
        for span in (s for s in found if s.kind in wanted):
            told += 1
            right += 2 * sum(i in true for i in range(span.start, span.end)) >= span.end - span.start
    return Score(
        spans=spans, hidden=hidden, characters=characters, characters_hidden=seen, told=told, right=right
    )


def _covered(spans: Iterable[Span]) -> set[int]:
    return {i for span in spans for i in range(span.start, span.end)}


def _joined(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Locations that only white space and commas part are one address."""
    joined = list(spans[:1])
    for before, span in pairwise(spans):
        last = joined[-1]
        both = before.kind in LOCATIONS and span.kind in LOCATIONS
        if both and _BETWEEN_LINES.fullmatch(text, before.end, span.start):
            kind = Kind.ADDRESS if Kind.ADDRESS in {last.kind, span.kind} else Kind.PLACE
            joined[-1] = Span(last.start, span.end, kind)
        else:
            joined.append(span)
    return tuple(joined)


class _RowSpan(Struct):
    entity_type: str
    start_position: int
    end_position: int

    def span(self) -> Span:
        return Span(self.start_position, self.end_position, _KINDS[self.entity_type])


class _Row(Struct):
    full_text: str
    spans: list[_RowSpan]
    template_id: int
