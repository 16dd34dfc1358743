"""From where a job resumes, and the id that makes resuming from there happen once.

Standard library only: the submitter asks, in PyFlink's environment.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from streaming.errors import TerminalError
from streaming.flink.spec import Kind

SAVEPOINTS: Final = "savepoints"
"""Folder of savepoints, beside those of the jobs."""
_METADATA: Final = struct.Struct(">IIq")
"""How the metadata of a checkpoint begins: a mark, the version of the format, the number."""
_MARK: Final = 0x4960672D


class StaleStateError(TerminalError):
    """The tables are further than the state from which the job would resume."""


class UnreadableStateError(TerminalError):
    """A savepoint that is none."""


class Checkpoint(NamedTuple):
    """A completed checkpoint or savepoint on disk."""

    number: int
    path: Path


def latest_checkpoint(checkpoints_dir: Path) -> Checkpoint | None:
    """The newest completed checkpoint or savepoint of any job, or None where there is none.

    A job that resumes goes on with the numbers of the job before it, so the highest
    number is the newest. A checkpoint is complete once its ``_metadata`` is there.
    Resuming from any other one would commit rows twice.

    Args:
        checkpoints_dir: Holds ``<job id>/chk-<number>/_metadata`` and
            ``savepoints/<any name>/_metadata``.

    Raises:
        UnreadableStateError: A savepoint's metadata is none.
    """
    return max(_completed(checkpoints_dir), default=None)


def _completed(checkpoints_dir: Path) -> Iterator[Checkpoint]:
    for metadata in checkpoints_dir.glob("*/chk-*/_metadata"):
        yield Checkpoint(int(metadata.parent.name.removeprefix("chk-")), metadata.parent)
    for metadata in checkpoints_dir.glob(f"{SAVEPOINTS}/*/_metadata"):
        yield Checkpoint(checkpoint_number(metadata), metadata.parent)


def checkpoint_number(metadata: Path) -> int:
    """The number that a savepoint has among the checkpoints of its job.

    Raises:
        UnreadableStateError: The file is not the metadata of a checkpoint.
    """
    with metadata.open("rb") as file:
        head = file.read(_METADATA.size)
    if len(head) == _METADATA.size:
        mark, _version, number = _METADATA.unpack(head)
        if mark == _MARK:
            return int(number)
    raise UnreadableStateError(f"{metadata} is not the metadata of a savepoint: move {metadata.parent} away")


def require_current(
    checkpoint: Checkpoint | None, committed: Mapping[str, int], checkpoints_dir: Path, kind: Kind = "stream"
) -> None:
    """Refuses a state that is older than the tables.

    The job would read again what the tables have, and write it twice; or, where the sink takes the
    new checkpoints for old ones by their numbers, drop it (Iceberg issue 10892).

    Args:
        checkpoint: From where the job would resume.
        committed: Number of the checkpoint whose rows each table got last.
        checkpoints_dir: Where newer checkpoints should be.
        kind: Which job.

    Raises:
        StaleStateError: A table has rows of a later checkpoint.
    """
    newest = checkpoint.number if checkpoint else 0
    ahead = {name: number for name, number in committed.items() if number > newest}
    if not ahead:
        return
    option = " --sessions" if kind == "sessions" else ""
    told = ", ".join(f"{name} has the rows of checkpoint {number}" for name, number in sorted(ahead.items()))
    raise StaleStateError(
        f"{told}, and the newest state is {checkpoint.path if checkpoint else 'none'}: from there rows would "
        f"be lost or written twice. Put checkpoint {max(ahead.values())} or a later one back into "
        f"{checkpoints_dir}"
        + (f", or take the tables back to it: `turnstone rewind {newest}{option}`" if checkpoint else "")
    )


def lineage(checkpoints_dir: Path) -> str:
    """What names this sequence of jobs; it is born and goes with the checkpoints."""
    marker = checkpoints_dir / "lineage"
    if not marker.exists():
        checkpoints_dir.mkdir(parents=True, exist_ok=True)
        marker.write_text(uuid4().hex, encoding="utf-8")
    return marker.read_text(encoding="utf-8").strip()


def job_id(lineage_name: str, checkpoint: Checkpoint | None, attempt: int) -> str:
    """The id of the job that resumes from a checkpoint, 32 hexadecimal digits.

    Two submitters that resume from one checkpoint name the same job, and the cluster
    refuses the second: that is what keeps a half-dead submitter from doubling rows.

    Args:
        lineage_name: See :func:`lineage`.
        checkpoint: Where the job resumes, None for a fresh start.
        attempt: How many jobs of this lineage the cluster has already seen end.
    """
    origin = f"{lineage_name}/{checkpoint.path if checkpoint else 'fresh'}/{attempt}"
    return hashlib.sha256(origin.encode()).hexdigest()[:32]
