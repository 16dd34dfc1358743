"""Small plots and tables for the pages of assets."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

import dagster as dg

_WIDTH: Final = 640
_HEIGHT: Final = 160
_FLOOR: Final = 24
_ROW: Final = 24
_LABELS: Final = 320
_COLOUR: Final = "#4f43dd"


def bars(title: str, values: Mapping[str, float]) -> dg.MarkdownMetadataValue:
    """A bar a value, in the order given, with the first, last and greatest one labelled."""
    return _image(title, _svg(values))


def intervals(title: str, values: Mapping[str, tuple[float, float, float]]) -> dg.MarkdownMetadataValue:
    """A row each of low end, estimate and high end; each on a scale of its own, with 0 in the middle."""
    height = _ROW * len(values)
    middle = (_LABELS + _WIDTH) / 2
    rows = "".join(
        _interval(middle, _ROW * (place + 0.5), label, ends)
        for place, (label, ends) in enumerate(values.items())
    )
    return _image(
        title,
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
        f' viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12" fill="#666">'
        f'<line x1="{middle}" y1="0" x2="{middle}" y2="{height}" stroke="#bbb"/>{rows}</svg>',
    )


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A small table."""
    lines = [columns, ["---"] * len(columns), *rows]
    body = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
    return dg.MetadataValue.md(f"**{title}**\n\n{body}")


def _image(title: str, svg: str) -> dg.MarkdownMetadataValue:
    encoded = b64encode(svg.encode()).decode()
    return dg.MetadataValue.md(f"**{title}**\n\n![{title}](data:image/svg+xml;base64,{encoded})")


def _interval(middle: float, y: float, label: str, ends: tuple[float, float, float]) -> str:
    scale = (_WIDTH - middle - 8) / (max(map(abs, ends)) or 1)
    low, estimate, high = (middle + scale * end for end in ends)
    return (
        f'<text x="0" y="{y + 4:.1f}">{escape(label)}</text>'
        f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" stroke="{_COLOUR}"/>'
        f'<circle cx="{estimate:.1f}" cy="{y:.1f}" r="4" fill="{_COLOUR}"/>'
    )


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
