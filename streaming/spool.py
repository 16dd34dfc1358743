"""Events on disk until the broker has them: append-only segments that survive kill -9.

Segments are mapped into memory: an event that was appended belongs to the kernel. A producer's
folder is locked while it lives; the folder of a dead one is adopted by the next.
"""

import fcntl
import os
import shutil
import struct
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from typing import Final, Self

from streaming.errors import TerminalError
from streaming.frames import TornFrameError, read_frame, write_frame

SUFFIX: Final = ".spool"
_MAGIC: Final = b"TSSPOOL1"
_HEADER: Final = struct.Struct("<8sQ")
_LOCK: Final = "lock"
_ADOPTERS: Final = "adopters"


class SpoolError(TerminalError):
    """A file that is not a segment of a spool, or an event that no segment can hold."""


class SpoolSegment:
    """A file of frames.

    Attributes:
        receipts_from: The first segment of its producer's ledger that can hold receipts of its events.
        appended: Frames in it.
        done: Frames that need it no more.
        sealed: Whether no frame will be added.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._map = mmap(descriptor, 0)
        magic, self.receipts_from = _HEADER.unpack_from(self._map)
        if magic != _MAGIC:
            raise SpoolError(f"{path}: not a segment of a spool; move it away and start again")
        self.start = self._end = _HEADER.size
        self.bytes = len(self._map)
        self.appended = 0
        self.done = 0
        self.sealed = False

    @classmethod
    def create(cls, path: Path, size: int, receipts_from: int) -> Self:
        """An empty segment; its space is reserved.

        Raises:
            OSError: The disk is full.
        """
        opening = path.with_suffix(".opening")
        descriptor = os.open(opening, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError:
            os.close(descriptor)
            opening.unlink()
            raise
        os.pwrite(descriptor, _HEADER.pack(_MAGIC, receipts_from), 0)
        opening.rename(path)
        return cls(path, descriptor)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The segment of a dead producer; a torn tail is left out.

        Raises:
            SpoolError: It is not a segment.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            segment = cls(path, descriptor)
        except (ValueError, struct.error) as cause:
            os.close(descriptor)
            raise SpoolError(f"{path}: not a segment of a spool ({cause})") from cause
        segment.sealed = True
        with suppress(TornFrameError):
            while (frame := read_frame(segment._map, segment._end)) is not None:
                segment.appended += 1
                segment._end = frame[1]
        return segment

    @property
    def settled(self) -> bool:
        """Whether nobody needs it any more."""
        return self.sealed and self.done >= self.appended

    def append(self, body: bytes) -> int | None:
        """Adds a frame and returns where it is; None where it does not fit."""
        at = self._end
        end = write_frame(self._map, at, body)
        if end is None:
            return None
        self._end = end
        self.appended += 1
        return at

    def read(self, at: int) -> tuple[bytes, int] | None:
        """The frame at a place and the place after it; None where nothing was written yet."""
        return read_frame(self._map, at) if at < self._end else None

    def sync(self) -> None:
        """Waits until the disk has it, for the day that the machine dies."""
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Lets go of the file."""
        self._map.close()
        os.close(self._descriptor)

    def remove(self) -> None:
        """Lets go of the file and removes it."""
        self.path.unlink(missing_ok=True)
        self.close()


class SpoolFolder:
    """The segments of one producer, under a lock that its process holds.

    Attributes:
        path: The folder; its name is the producer's id.
        segments: The segments that are still needed.
        owners: Producers that sent from here; their ledgers say what the broker has.
    """

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock
        self.segments: list[SpoolSegment] = []
        self.owners = [path.name]

    @classmethod
    def create(cls, root: Path, producer_id: str) -> Self:
        """The folder of a new producer.

        Raises:
            FileExistsError: A producer of that name was here before.
        """
        opening = root / f".{producer_id}"
        opening.mkdir(parents=True)
        lock = _lock(opening)
        path = root / producer_id
        opening.rename(path)
        return cls(path, lock)

    @classmethod
    def adopt(cls, path: Path, adopter: str) -> Self | None:
        """The folder of a dead producer; None where its owner lives.

        Raises:
            SpoolError: A file is not a segment of a spool.
        """
        try:
            lock = _lock(path)
        except (BlockingIOError, FileNotFoundError):
            return None
        folder = cls(path, lock)
        adopters = path / _ADOPTERS
        if adopters.exists():
            folder.owners += adopters.read_text(encoding="utf-8").split()
        with adopters.open("a", encoding="utf-8") as names:
            names.write(f"{adopter}\n")
        folder.segments = [SpoolSegment.open(each) for each in sorted(path.glob(f"*{SUFFIX}"))]
        return folder

    @property
    def bytes(self) -> int:
        """Disk that it takes."""
        return sum(segment.bytes for segment in self.segments)

    def begin_segment(self, size: int, receipts_from: int) -> SpoolSegment:
        """Seals the last segment and begins the next.

        Raises:
            OSError: The disk is full.
        """
        number = 1 + int(self.segments[-1].path.stem) if self.segments else 0
        fresh = SpoolSegment.create(self.path / f"{number:06d}{SUFFIX}", size, receipts_from)
        if self.segments:
            self.segments[-1].sealed = True
        self.segments.append(fresh)
        return fresh

    def reap(self) -> None:
        """Removes the segments that nobody needs any more."""
        for segment in [segment for segment in self.segments if segment.settled]:
            self.segments.remove(segment)
            segment.remove()

    def close(self) -> None:
        """Removes what is not needed, and lets go of the rest."""
        for segment in self.segments:
            segment.sealed = True
        self.reap()
        for segment in self.segments:
            segment.close()
        if not self.segments:
            shutil.rmtree(self.path)
        os.close(self._lock)


def adopt_spools(root: Path, adopter: str) -> list[SpoolFolder]:
    """The folders that dead producers left, oldest first.

    Raises:
        SpoolError: A file is not a segment of a spool.
    """
    paths = sorted(path for path in root.glob("*/") if not path.name.startswith("."))
    folders = [SpoolFolder.adopt(path, adopter) for path in paths if path.name != adopter]
    return [folder for folder in folders if folder is not None]


def _lock(folder: Path) -> int:
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor
