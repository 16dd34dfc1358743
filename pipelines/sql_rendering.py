"""Shows result sets in a terminal, or as CSV where a program reads on."""

import csv
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.sql_session import ResultSet

_CELL_WIDTH: Final = 32
"""Characters of a value that a table must be able to show."""
_EXPANDED_ROWS: Final = 20
"""Rows up to which a result too wide for a table is shown one value a line."""


def show(console: Console, result: ResultSet) -> None:
    """Prints a result as a table, or one value a line where the columns do not fit."""
    if result.columns:
        if _width(result) > console.width and 0 < len(result.rows) <= _EXPANDED_ROWS:
            _show_expanded(console, result)
        else:
            _show_table(console, result)
    count = f"{len(result.rows):,} row{'' if len(result.rows) == 1 else 's'}"
    more = "" if result.complete else " shown, there are more (add a limit, or use --csv)"
    console.print(f"{count}{more} · {result.seconds:.3f} s", style="dim", highlight=False)


def _width(result: ResultSet) -> int:
    """Characters that a table of the result needs, long values cut."""
    cells = zip(result.columns, *(map(_cell, row) for row in result.rows), strict=True)
    return sum(min(max(map(len, column)), _CELL_WIDTH) + 2 for column in cells)


def write_csv(result: ResultSet, stream: TextIO) -> None:
    """Writes a result as CSV with a header."""
    writer = csv.writer(stream)
    writer.writerow(result.columns)
    writer.writerows(["" if value is None else plain(value) for value in row] for row in result.rows)


def plain(value: Any) -> str:
    """A value as people read it."""
    match value:
        case datetime():
            return value.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
        case float():
            return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.3f}"
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case list():
            return f"[{', '.join(plain(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{key}: {plain(item)}' for key, item in value.items())}}}"
        case _:
            return str(value)


def _cell(value: Any) -> Text:
    return Text("null", style="dim") if value is None else Text(plain(value))


def _show_table(console: Console, result: ResultSet) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for index, column in enumerate(result.columns):
        table.add_column(column, justify=_side(result.rows, index), overflow="fold")
    for row in result.rows:
        table.add_row(*map(_cell, row))
    console.print(table)


def _show_expanded(console: Console, result: ResultSet) -> None:
    for number, row in enumerate(result.rows, start=1):
        console.rule(f"row {number}", align="left", style="dim")
        table = Table(box=None, show_header=False, pad_edge=False)
        for column, value in zip(result.columns, row, strict=True):
            table.add_row(Text(column, style="bold"), _cell(value))
        console.print(table)


def _side(rows: Sequence[tuple[Any, ...]], index: int) -> Any:
    numbers = all(isinstance(row[index], int | float) for row in rows if row[index] is not None)
    return "right" if rows and numbers else "left"
