"""Small plots and tables for the pages of assets."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

import dagster as dg

_WIDTH: Final = 640
_HEIGHT: Final = 160
_FLOOR: Final = 24
_COLOUR: Final = "#4f43dd"


def bars(title: str, values: Mapping[str, float]) -> dg.MarkdownMetadataValue:
    """A bar a value, in the order given, with the first, last and greatest one labelled."""
    svg = b64encode(_svg(values).encode()).decode()
    return dg.MetadataValue.md(f"**{title}**\n\n![{title}](data:image/svg+xml;base64,{svg})")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A small table."""
    lines = [columns, ["---"] * len(columns), *rows]
    body = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
    return dg.MetadataValue.md(f"**{title}**\n\n{body}")


def _svg(values: Mapping[str, float]) -> str:
    greatest = max(values.values(), default=0) or 1
    step = _WIDTH / max(len(values), 1)
    body = "".join(
        _bar(i * step, step, value / greatest, f"{label}: {value:,g}")
        for i, (label, value) in enumerate(values.items())
    )
    labels = list(values)
    ends = "".join(
        f'<text x="{x}" y="{_HEIGHT - 6}" text-anchor="{anchor}">{escape(label)}</text>'
        for x, anchor, label in [(0, "start", labels[0]), (_WIDTH, "end", labels[-1])][: len(labels)]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12" fill="#666">'
        f'<text x="0" y="12">{greatest:,g}</text>{body}{ends}</svg>'
    )


def _bar(left: float, width: float, share: float, label: str) -> str:
    height = share * (_HEIGHT - 2 * _FLOOR)
    return (
        f'<rect x="{left + width * 0.1:.1f}" y="{_HEIGHT - _FLOOR - height:.1f}" width="{width * 0.8:.1f}"'
        f' height="{height:.1f}" fill="{_COLOUR}"><title>{escape(label)}</title></rect>'
    )
