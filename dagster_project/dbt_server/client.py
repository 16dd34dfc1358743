"""A ``dbt`` that has the server in Dagster's home run the command, or runs dbt itself where none is."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from types import FrameType
from typing import Final

from dagster_project.dbt_server.protocol import SOCKET, Request, answers, send

_ANSWERS_WITHIN_S: Final = 5.0
_FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Runs a command of dbt; streams, exit code and signals are as with dbt itself."""
    request = Request.of_this_process()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        told = answers(connection)
        process = _ask(connection, request, told) if request.is_for_a_server else None
        if process is not None:
            _forward_signals(process)
            connection.settimeout(None)
            sys.exit(_code(process, told))
    dbt = str(Path(sys.executable).with_name("dbt"))
    os.execv(dbt, [dbt, *request.arguments])  # noqa: S606 - the program that this one stands for


def _ask(connection: socket.socket, request: Request, told: Iterator[int]) -> int | None:
    """Hands the command over; the process that runs it, or None where no server took it."""
    connection.settimeout(_ANSWERS_WITHIN_S)
    try:
        with chdir(request.home or ""):
            connection.connect(SOCKET)
        send(connection, request)
        return next(told, None)
    except OSError:  # none there, one that starts just now, or one that hangs
        return None


def _forward_signals(process: int) -> None:
    def forward(number: int, _frame: FrameType | None) -> None:
        os.kill(process, number)

    for number in _FORWARDED:
        signal.signal(number, forward)


def _code(process: int, told: Iterator[int]) -> int:
    code = next(told, None)
    if code is None:
        print(f"dbt: process {process}, which ran the command, was killed", file=sys.stderr)
    return 1 if code is None else code
