"""Prometheus' text format, version 0.0.4."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Family(NamedTuple):
    """What a metric is called and means."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str


class Sample(NamedTuple):
    """One value of a metric."""

    labels: Mapping[str, str]
    value: float


Measured = tuple[Family, list[Sample]]
"""A metric with its values; it is announced also where it has none."""


def exposition(measured: Iterable[Measured]) -> str:
    """The page that a scraper reads."""
    lines: list[str] = []
    for family, samples in measured:
        lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
        lines += [f"{family.name}{_labels(labels)} {value}" for labels, value in samples]
    return "".join(f"{line}\n" for line in lines)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
