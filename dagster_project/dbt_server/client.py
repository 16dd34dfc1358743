"""A ``dbt`` that has the server in Dagster's home run the command, or runs dbt itself where none is."""

import os
import signal
import socket
import sys
from contextlib import chdir
from pathlib import Path
from types import FrameType
from typing import Final

from dagster_project.dbt_server.protocol import SOCKET, Request, send

_ANSWERS_WITHIN_S: Final = 5.0
_FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Runs a command of dbt; streams, exit code and signals are as with dbt itself."""
    request = Request.of_this_process()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        process = _ask(connection, request) if request.is_for_a_server else None
        if process is not None:
            sys.exit(_follow(connection, process))
    dbt = str(Path(sys.executable).with_name("dbt"))
    os.execv(dbt, [dbt, *request.arguments])  # noqa: S606 - the program that this one stands for


def _ask(connection: socket.socket, request: Request) -> int | None:
    """Hands the command over; the process that runs it, or None where no server took it."""
    connection.settimeout(_ANSWERS_WITHIN_S)
    try:
        with chdir(request.home or ""):
            connection.connect(SOCKET)
        send(connection, request)
        told = connection.recv(32)
    except OSError:  # none there, one that starts just now, or one that hangs
        return None
    return int(told) if told else None


def _follow(connection: socket.socket, process: int) -> int:
    """Waits for the end of the command and passes on what this process is told meanwhile."""

    def forward(number: int, _frame: FrameType | None) -> None:
        os.kill(process, number)

    for number in _FORWARDED:
        signal.signal(number, forward)
    connection.settimeout(None)
    code = connection.recv(32)
    if not code:
        print(f"dbt: process {process}, which ran the command, was killed", file=sys.stderr)
    return int(code or 1)
