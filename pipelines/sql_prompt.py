"""The SQL prompt: history, highlighting, completion, and the lake as it is right now (F8)."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer
from rich.console import Console

from pipelines.errors import PipelineError
from pipelines.sql_rendering import show
from pipelines.sql_session import SqlSession

MAX_ROWS: Final = 1_000
"""Rows that the prompt shows of one result."""

HELP: Final = """\
Type SQL; tables are bronze.*, silver.*, gold.* and ops.*. Enter runs a complete statement,
and adds a line to one that is not. Tab completes.
  \\d          tables            \\d table    columns of a table
  \\?          this help         \\q          leave (or Ctrl-D)"""

_KEYWORDS: Final = (
    *("select", "distinct", "from", "where", "group by", "having", "order by", "limit", "with"),
    *("join", "left join", "using", "filter", "between", "describe", "summarize"),
    *("count", "sum", "avg", "min", "max", "quantile_cont", "date_trunc"),
)
_WORD: Final = re.compile(r"[\w.]*$")


def prompt(session: SqlSession, console: Console, history: Path) -> None:
    """Reads statements and shows their results until the user leaves."""
    history.parent.mkdir(parents=True, exist_ok=True)
    terminal: PromptSession[str] = PromptSession(
        history=FileHistory(str(history)),
        lexer=PygmentsLexer(SqlLexer),
        completer=LakeCompleter(session.names),
        complete_while_typing=False,
        multiline=True,
        key_bindings=_keys(session),
        prompt_continuation="      ...> ",
    )
    console.print("SQL on the lake, always current. \\d lists tables, \\? helps, \\q leaves.", style="dim")
    while True:
        try:
            text = terminal.prompt("turnstone> ").strip()
        except KeyboardInterrupt:
            continue  # Ctrl-C drops the line, as in every prompt
        except EOFError:
            return
        if text in {"\\q", "quit", "exit", "quit;", "exit;"}:
            return
        if text:
            run(session, console, text)


def run(session: SqlSession, console: Console, text: str) -> bool:
    """Runs one input and shows what it answers; false where it was refused."""
    try:
        if text in {"\\?", "\\h", "help"}:
            console.print(HELP, highlight=False, markup=False)
        elif text == "\\d":
            show(console, session.tables())
        elif text.startswith("\\d "):
            show(console, session.describe(text.removeprefix("\\d ").strip(" ;")))
        elif text.startswith("\\"):
            console.print(f"{text}: no such command. \\? lists them.", style="red", markup=False)
            return False
        else:
            show(console, session.run(text, MAX_ROWS))
    except PipelineError as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return False
    return True


class LakeCompleter(Completer):
    """Completes names of tables and columns, and keywords.

    Args:
        names: Tells the names that there are now.
    """

    def __init__(self, names: Callable[[], list[str]]) -> None:
        self._names = names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002 - the toolkit's signature
        """Everything that starts with the word before the cursor."""
        match = _WORD.search(document.text_before_cursor)
        word = match.group().lower() if match else ""
        for name in (*self._names(), *_KEYWORDS):
            if name.lower().startswith(word):
                yield Completion(name, start_position=-len(word))


def _keys(session: SqlSession) -> KeyBindings:
    """Enter runs what can be run, and what ends with a semicolon or an empty line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> Any:
        buffer = event.current_buffer
        text = buffer.text.strip()
        at_end = not buffer.document.text_after_cursor.strip()
        ended = text.endswith(";") or text.startswith("\\") or buffer.text.endswith("\n")
        if at_end and (ended or text in {"", "quit", "exit", "help"} or session.is_complete(text)):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys
