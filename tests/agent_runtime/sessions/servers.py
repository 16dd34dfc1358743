"""Real Postgres and Redis servers for tests, in folders and on ports of their own."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.ports import free_ports

POSTGRES_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/bin")


@contextmanager
def running_postgres() -> Iterator[str]:
    """The address of a database; the test is skipped where Postgres is not installed.

    Its folder is not pytest's: the next pytest that starts closes that to all but its own user.
    """
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no Postgres server here: install it (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="turnstone-postgres-") as temporary:
        folder, (port,) = Path(temporary), free_ports(1)
        as_somebody, data = _as_somebody_else(folder), folder / "data"
        subprocess.run(
            [*as_somebody, binaries / "initdb", "-D", data, "-U", "turnstone", "-A", "trust", "-E", "UTF8"],
            check=True,
            capture_output=True,
            cwd="/",
        )
        command = [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([*as_somebody, *command], stdout=log, stderr=log, cwd="/")
        try:
            ready = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            _wait(lambda: subprocess.run(ready, check=False).returncode == 0, server, folder / "log")
            yield f"postgresql://turnstone@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # "fast" shutdown
            server.wait(timeout=30)


@contextmanager
def running_redis(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """The address of a database; the test is skipped where Redis is not installed."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no Redis server here: install it (Debian: apt-get install redis-server)")
    (port,) = free_ports(1)
    durability = ["--appendonly", "yes" if durable else "no", "--appendfsync", "always"]
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", *durability]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        ready = b"Ready to accept connections"
        _wait(lambda: ready in (folder / "log").read_bytes(), server, folder / "log")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _postgres_binaries() -> Path | None:
    folders = [folder for pattern in POSTGRES_FOLDERS for folder in sorted(Path("/").glob(pattern[1:]))]
    return next((folder for folder in folders if (folder / "pg_isready").exists()), None)


def _as_somebody_else(folder: Path) -> list[str]:
    """Postgres refuses to run as root: then it runs as ``postgres`` or ``nobody``, who get the folder."""
    if os.getuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, name)
    return ["setpriv", f"--reuid={name}", "--clear-groups", f"--regid={pwd.getpwnam(name).pw_gid}", "--"]


def _wait(ready: "object", server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while not ready():  # type: ignore[operator]
        assert server.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.02)
