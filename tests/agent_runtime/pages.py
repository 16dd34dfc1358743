"""Runs the examples of a page of the documentation as they stand there."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final, NamedTuple

DOCS: Final = Path(__file__).parents[2] / "docs"
_BLOCK: Final = re.compile(r"^```(?P<language>python|text)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)


class PageRun(NamedTuple):
    """A page whose examples have run, from top to bottom.

    Attributes:
        names: Every name that the examples define.
        printed: What each example printed that printed anything.
        told: What the page says that they print: its blocks of text.
    """

    names: dict[str, Any]
    printed: list[str]
    told: list[str]


def run_page(page: Path) -> PageRun:
    """Runs the Python examples of a page, each with the names of those before it."""
    run = PageRun({}, [], [])
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["language"] == "text":
            run.told.append(block["body"])
            continue
        with redirect_stdout(io.StringIO()) as out:
            exec(compile(block["body"], str(page), "exec", dont_inherit=True), run.names)
        if out.getvalue():
            run.printed.append(out.getvalue())
    return run
