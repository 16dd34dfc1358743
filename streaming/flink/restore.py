"""From where a job resumes, and the id that makes resuming from there happen once.

Standard library only: the submitter asks, in PyFlink's environment.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4


class Checkpoint(NamedTuple):
    """A completed checkpoint on disk."""

    number: int
    path: Path


def latest_checkpoint(checkpoints_dir: Path) -> Checkpoint | None:
    """The newest completed checkpoint of any job, or None where there is none.

    A job that resumes goes on with the numbers of the job before it, so the highest
    number is the newest. A checkpoint is complete once its ``_metadata`` is there.
    Resuming from any other one would commit rows twice.

    Args:
        checkpoints_dir: Holds ``<job id>/chk-<number>/_metadata``.
    """
    found = (
        Checkpoint(int(metadata.parent.name.removeprefix("chk-")), metadata.parent)
        for metadata in checkpoints_dir.glob("*/chk-*/_metadata")
    )
    return max(found, default=None)


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
