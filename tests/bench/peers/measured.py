"""What a peer is, and what measuring it yields."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings

REPOSITORY: Final = Path(__file__).resolve().parents[3]
FOLDER: Final = REPOSITORY / ".peers"
"""What peers need that the project itself does not: an environment and jars."""
SET_UP: Final = "run `make peers` first"

COMMIT_INTERVAL_S: Final = float(os.environ.get("TURNSTONE_BENCH_COMMIT_S", "10"))
"""How often a peer commits: the checkpoint interval of our job in the benchmark."""
WORKERS: Final = 2
"""Processes or tasks of a peer: as many as our job has subtasks."""


class Measured(NamedTuple):
    """What a peer did.

    Attributes:
        seconds: From the first record read to the last commit.
        startup_s: From the start of its processes to the first record read, seconds.
        rows_bronze: Rows of its bronze table, read back: all records up to some offset of each partition.
        rows_silver: Rows of its silver table, read back; 0 where it has none.
        guarantees: What it promises and what not.
    """

    seconds: float
    startup_s: float
    rows_bronze: int
    rows_silver: int
    guarantees: str

    @property
    def per_second(self) -> float:
        """Records a second."""
        return self.rows_bronze / self.seconds


Consume = Callable[[LakeSettings, StreamingSettings, int], Measured]
"""Reads at least so many records of the topic from its start into tables of the peer's own."""


class Peer(NamedTuple):
    """A way from Kafka to Iceberg.

    Attributes:
        name: What reports call it.
        consume: Measures it.
        guarantees: What it promises and what not, in one sentence.
        needs: What must be there before it runs; what is missing is set up by ``make peers``.
    """

    name: str
    consume: Consume
    guarantees: str
    needs: tuple[Path, ...] = ()

    @property
    def missing(self) -> str | None:
        """Why it cannot run, None where it can."""
        absent = [str(path.relative_to(REPOSITORY)) for path in self.needs if not path.exists()]
        return f"{', '.join(absent)} is not there: {SET_UP}" if absent else None
