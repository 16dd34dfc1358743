"""The processes of a peer: started together, watched, and ended whatever happens."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings
from tests.bench.peers.errors import PeerStoppedError
from tests.bench.peers.measured import REPOSITORY

_END_S: Final = 120.0
_TELL_S: Final = 2.0
_TOLD: Final = 1_500


class Processes:
    """Running processes that share one log."""

    def __init__(self, running: Sequence[subprocess.Popen[bytes]], log: Path) -> None:
        self._running = running
        self._log = log
        self.started = time.time()

    def check(self) -> None:
        """Makes sure that all of them run.

        Raises:
            PeerStoppedError: One ended.
        """
        for process in self._running:
            if (code := process.poll()) is not None:
                raise PeerStoppedError(f"a process of the peer ended with {code}: {self.said()}")

    def stop(self, *accepted: int) -> None:
        """Asks all of them to end, and waits until they have committed what they read.

        Args:
            accepted: Exit codes beside 0 of a process that ended in order.

        Raises:
            PeerStoppedError: One did not end in order.
        """
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                code = process.wait(_END_S)
            except subprocess.TimeoutExpired as late:
                process.send_signal(signal.SIGQUIT)  # a worker or JVM writes where it stands into the log
                time.sleep(_TELL_S)
                raise PeerStoppedError(
                    f"a process of the peer did not end in {_END_S:g} s: {self.said()}"
                ) from late
            if code not in (0, *accepted):
                raise PeerStoppedError(f"a process of the peer ended with {code}: {self.said()}")

    def said(self) -> str:
        """The end of their log."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-_TOLD:]

    def kill(self) -> None:
        """Ends those that still run."""
        for process in self._running:
            if process.poll() is None:
                process.kill()
                process.wait()


@contextmanager
def running(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> Iterator[Processes]:
    """Starts commands in an empty folder; what is left of them at the end is killed."""
    with tempfile.TemporaryDirectory(prefix="turnstone-peer-") as folder:
        log = Path(folder) / "log"
        with log.open("ab") as output:
            processes = Processes(
                [
                    subprocess.Popen(
                        command,
                        cwd=folder,
                        env={**os.environ, **environment},
                        stdout=output,
                        stderr=output,
                    )
                    for command in commands
                ],
                log,
            )
        try:
            yield processes
        finally:
            processes.kill()


def environment_of(lake: LakeSettings, streaming: StreamingSettings) -> dict[str, str]:
    """Variables by which a Python process finds the topic, the tables and this repository."""
    return {
        "TURNSTONE_LAKE_CATALOG_NAME": lake.catalog_name,
        "TURNSTONE_LAKE_CATALOG_URI": lake.catalog_url.render_as_string(hide_password=False),
        "TURNSTONE_LAKE_WAREHOUSE": lake.warehouse_uri,
        "TURNSTONE_STREAMING_BOOTSTRAP_SERVERS": streaming.bootstrap_servers,
        "TURNSTONE_STREAMING_TOPIC": streaming.topic,
        "PYTHONPATH": str(REPOSITORY),
    }
