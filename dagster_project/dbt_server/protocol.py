"""What client and server of dbt say to each other; imports little, so that the client starts at once.

The client sends its three standard streams, then one request; the server answers with the process
that runs dbt, and at the end with its exit code. A connection that ends without an answer says no.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from dagster_project.dbt_project import PROJECT

SOCKET: Final = "dbt.sock"
"""In Dagster's home. Both sides go there, as an address may have no more than some 100 characters."""
_COMMANDS: Final = ("build", "run", "test")
"""What is done often; other commands are rare, or are there to parse the project."""
_PARSED_WITH: Final = ("--profile", "--profiles-dir", "--project-dir", "-t", "--target", "--vars")
"""Options under which the manifest may be another one; the environment has them as ``DBT_*``."""
_STREAMS: Final = 3


class Request(NamedTuple):
    """A command of dbt as a process would get it.

    Attributes:
        arguments: Its arguments, without the name of the program.
        environment: Its whole environment.
        folder: Its working directory.
    """

    arguments: list[str]
    environment: dict[str, str]
    folder: str

    @classmethod
    def of_this_process(cls) -> "Request":
        """What this process was asked for."""
        return cls(sys.argv[1:], dict(os.environ), str(Path.cwd()))

    @property
    def home(self) -> Path | None:
        """Where the server's socket is; None outside Dagster."""
        home = self.environment.get("DAGSTER_HOME")
        return Path(home) if home else None

    @property
    def is_for_a_server(self) -> bool:
        """Whether it is one of the frequent commands, on the project as it stands in the repository."""
        allowed = {"DBT_PROJECT_DIR": str(PROJECT), "DBT_PROFILES_DIR": str(PROJECT)}
        names = ("DBT_" + option.lstrip("-").replace("-", "_").upper() for option in _PARSED_WITH)
        given = {name: self.environment[name] for name in names if name in self.environment}
        return (
            self.home is not None
            and any(self.arguments[:1] == [command] for command in _COMMANDS)
            and not any(argument.split("=")[0] in _PARSED_WITH for argument in self.arguments)
            and "DBT_PROJECT_DIR" in given
            and all(allowed.get(name) == value for name, value in given.items())
        )


def send(connection: socket.socket, request: Request) -> None:
    """Sends a request and this process's standard streams."""
    socket.send_fds(connection, [b"\0"], list(range(_STREAMS)))
    connection.sendall(json.dumps(request).encode() + b"\n")


def receive(connection: socket.socket) -> tuple[Request, list[int]]:
    """Takes a request and the descriptors of the client's streams.

    Raises:
        ConnectionResetError: The client went away.
    """
    _, streams, _, _ = socket.recv_fds(connection, 1, _STREAMS)
    line = connection.makefile("rb").readline()
    if len(streams) != _STREAMS or not line:
        raise ConnectionResetError
    return Request(*json.loads(line)), list(streams)


def answer(connection: socket.socket, number: int) -> None:
    """Tells the client the process that runs its command, or the command's exit code."""
    connection.sendall(f"{number}\n".encode())


def answers(connection: socket.socket) -> Iterator[int]:
    """The numbers that the server tells, as they come; ends with the connection."""
    yield from map(int, connection.makefile("r"))
