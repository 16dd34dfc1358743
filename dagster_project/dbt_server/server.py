"""Keeps dbt imported and the project parsed, and forks for every command.

A small build is mostly the start of dbt: its imports and its manifest. A process forked from one
that has both starts at once and shares nothing with the next. Where a file of the code or of the
project changed since, the server starts anew, and clients run dbt themselves meanwhile.
"""

import gc
import importlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Never, cast

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from dagster_project.dbt_project import PROJECT, parsed_files
from dagster_project.dbt_server.protocol import SOCKET, answer, receive
from dagster_project.instance import dagster_home
from dagster_project.settings import DagsterSettings

_LOOK_EVERY_S: Final = 1.0
_USED_BY_EVERY_BUILD: Final = (
    "dbt.adapters.duckdb.impl",
    "pipelines.catalog",
    "pipelines.mart_builds",
    "pipelines.publishing",
    "pipelines.sketches",
    "pipelines.views",
    "pyiceberg.io.pyarrow",
)
"""Imported before the first fork: none of them keeps a connection, which a fork must not share."""


def main() -> Never:
    """Serves until it is ended; says on standard output when it is ready."""
    os.chdir(dagster_home(DagsterSettings()))
    parsed = _project()
    manifest = _parse()
    if manifest is None:
        print("the dbt project cannot be parsed: waiting for a change", flush=True)
        while _project() == parsed:
            time.sleep(_LOOK_EVERY_S)
    else:
        _listen(manifest, parsed)
    print("a file changed: starting anew", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", __spec__.name])  # noqa: S606 - this program, anew


def _parse() -> Manifest | None:
    """The manifest of the project; None where dbt, on standard output, says what is wrong with it."""
    with TemporaryDirectory() as aside:
        options = ("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT))
        outcome = dbtRunner().invoke(
            ["parse", "--quiet", *options, "--target-path", aside, "--log-path", aside]
        )
    return cast("Manifest", outcome.result) if outcome.success else None


def _listen(manifest: Manifest, parsed: Mapping[Path, int]) -> None:
    """Becomes ready, and takes commands until a file of the code or of the project changed."""
    for module in _USED_BY_EVERY_BUILD:
        importlib.import_module(module)
    code = _code()
    if _project() != parsed:
        return
    gc.freeze()  # what the children share stays shared
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel forgets a child as soon as it ended
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        Path(SOCKET).unlink(missing_ok=True)
        before = os.umask(0o077)  # requests are whole environments
        listener.bind(SOCKET)
        os.umask(before)
        listener.listen()
        print("dbt is ready", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                if _project() != parsed or _code() != code:
                    return
                process = os.fork()
                if process == 0:
                    listener.close()
                    os._exit(_run(connection, manifest))  # what the server would do at its end is not ours
                print(f"process {process} runs a command", flush=True)


def _project() -> dict[Path, int]:
    """What dbt parses, with the times of change, nanoseconds."""
    return _changed(parsed_files())


def _code() -> dict[Path, int]:
    """Our modules that are imported, and dbt's plugin, likewise."""
    files = [file for module in sys.modules.values() if (file := getattr(module, "__file__", None))]
    ours = (Path(f) for f in files if f.startswith(f"{PROJECT.parent}/") and ".venv" not in f)
    return _changed([*ours, *(PROJECT / "plugins").glob("*.py")])


def _changed(files: Iterable[Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in files}


def _run(connection: socket.socket, manifest: Manifest) -> int:
    """Runs the client's command in this process, as if it had been started for it; its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        request, streams = receive(connection)
        answer(connection, os.getpid())
    except OSError:  # the client does without
        return 1
    threading.Thread(target=_end_with, args=[connection], daemon=True).start()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    os.chdir(request.folder)
    cast("TextIOWrapper", sys.stdout).reconfigure(line_buffering=True)
    outcome = dbtRunner(manifest).invoke(request.arguments)
    if outcome.exception:
        print(f"{type(outcome.exception).__name__}: {outcome.exception}", file=sys.stderr)
    code = 0 if outcome.success else 2 if outcome.exception else 1
    sys.stdout.flush()
    sys.stderr.flush()
    with suppress(OSError):
        answer(connection, code)
    return code


def _end_with(connection: socket.socket) -> None:
    """Ends this process where the client was killed: nobody is left to tell it to stop."""
    with suppress(OSError):
        if not connection.recv(1):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
