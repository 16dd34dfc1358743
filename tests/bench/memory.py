"""Peak memory of this process and its children together, sampled."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_EVERY_S: Final = 0.2
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Peak:
    """The most memory seen so far, MiB."""

    def __init__(self) -> None:
        self.mib = 0.0

    def look(self) -> None:
        """Takes a sample."""
        self.mib = max(self.mib, resident_mib(os.getpid()))


@contextmanager
def sampled_peak() -> Iterator[Peak]:
    """Samples the resident memory of this process and all below it, five times a second.

    What ``getrusage`` says of a child is no measure: a child begins with the peak of its parent.
    """
    peak, ended = Peak(), threading.Event()

    def sample() -> None:
        while not ended.wait(_EVERY_S):
            peak.look()

    sampling = threading.Thread(target=sample, daemon=True)
    sampling.start()
    try:
        yield peak
    finally:
        ended.set()
        sampling.join()


def resident_mib(root: int) -> float:
    """Resident memory of a process and all below it, MiB; shared pages count in each."""
    children: dict[int, list[int]] = {}
    pages: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        pid = int(status.parent.name)
        children.setdefault(int(fields[1]), []).append(pid)
        pages[pid] = int(fields[21])
    waiting, total = [root], 0
    while waiting:
        pid = waiting.pop()
        total += pages.get(pid, 0)
        waiting += children.get(pid, [])
    return total * _PAGE / 2**20
