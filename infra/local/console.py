"""Where commands print."""

from typing import Final

from rich.console import Console

LOG_WIDTH: Final = 140
"""Columns where there is no terminal: a log file has no width, and addresses must not be cut."""


def console_for_people() -> Console:
    """The terminal as it is, or a wide page where the output goes to a file."""
    console = Console()
    return console if console.is_terminal else Console(width=LOG_WIDTH)
