"""A warehouse on a small disk of its own, which gets full. Needs the right to mount one."""

import errno
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.stack import StackUnderTest

MEGABYTES: Final = 64
_FULL_S: Final = 15.0


class MountRefusedError(Exception):
    """This user may not mount a file system."""


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mounts a disk of some megabytes, in memory, while the block runs.

    Raises:
        MountRefusedError: This user may not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "turnstone-faults", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        raise MountRefusedError(mounted.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def _full(stack: StackUnderTest, _load: Load) -> datetime:
    ballast = stack.settings.state_dir / "warehouse" / "ballast"
    end = time.monotonic() + _FULL_S
    with ballast.open("wb", buffering=0) as file:
        while time.monotonic() < end:
            try:
                file.write(bytes(1 << 16))
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise
                time.sleep(0.05)
    ballast.unlink()
    return datetime.now(UTC)


SCENARIOS: Final = (
    Scenario(
        name="disk full in the warehouse",
        what=f"the disk of the tables, {MEGABYTES} MB, is filled to the last byte for {_FULL_S:g} s",
        inject=_full,
        in_short=False,
        on_small_disk=True,
    ),
)
