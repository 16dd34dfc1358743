"""Reads Prometheus' text as a scraper does."""

import re
from typing import NamedTuple

_SAMPLE = re.compile(r"(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Scraped(NamedTuple):
    """One value."""

    name: str
    labels: dict[str, str]
    value: float


def scrape(text: str) -> list[Scraped]:
    """All values of a page; fails where a line is neither a comment nor a value."""
    found = []
    for line in text.splitlines():
        if not line.startswith("#"):
            match = _SAMPLE.fullmatch(line)
            assert match is not None, line
            labels = dict(_LABEL.findall(match["labels"] or ""))
            found.append(Scraped(match["name"], labels, float(match["value"])))
    return found


def values(text: str, name: str, **labels: str) -> list[float]:
    """The values of a metric that have some labels."""
    return [
        each.value for each in scrape(text) if each.name == name and labels.items() <= each.labels.items()
    ]
