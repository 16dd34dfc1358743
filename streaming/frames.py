"""Frames in a zeroed buffer: length, CRC-32, body. Pure.

A frame is there once its head is; the head is written after the body. A length of zero is
the end of what was written, and a frame whose sum does not fit was torn by a crash: whatever
follows it was never promised to anybody.
"""

import struct
import zlib
from mmap import mmap
from typing import Final

from streaming.errors import TerminalError

Buffer = bytearray | mmap
_HEAD: Final = struct.Struct("<II")
HEAD_BYTES: Final = _HEAD.size


class TornFrameError(TerminalError):
    """A frame whose writing a crash cut short, or whose bytes rotted."""


def write_frame(buffer: Buffer, at: int, body: bytes) -> int | None:
    """Writes a frame.

    Args:
        buffer: Zero from ``at`` on.
        at: Where the frame starts.
        body: At least one byte.

    Returns:
        Where the next frame starts; None where this one does not fit, and nothing was written.
    """
    start = at + HEAD_BYTES
    end = start + len(body)
    if end > len(buffer):
        return None
    buffer[start:end] = body
    _HEAD.pack_into(buffer, at, len(body), zlib.crc32(body))
    return end


def read_frame(buffer: Buffer, at: int) -> tuple[bytes, int] | None:
    """Reads a frame.

    Returns:
        Its body and where the next one starts; None at the end of what was written.

    Raises:
        TornFrameError: The frame is not whole.
    """
    start = at + HEAD_BYTES
    if start > len(buffer):
        return None
    length, checksum = _HEAD.unpack_from(buffer, at)
    if length == 0:
        return None
    body = bytes(buffer[start : start + length])
    if len(body) < length or zlib.crc32(body) != checksum:
        raise TornFrameError(f"the frame at byte {at} is torn")
    return body, start + length
