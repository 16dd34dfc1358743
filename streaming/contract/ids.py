"""Ids of events, spans and traces.

Event ids are UUIDv7 (RFC 9562): they sort by time and serve as idempotency keys.
An id drawn from a seed is the same at every replay, so that a conversation that is
played twice makes duplicates, which silver drops, and not new events.
"""

import hashlib
import os
from collections.abc import Callable
from uuid import UUID

IdSource = Callable[[int], str]
"""Maps a time in ns since the epoch to a fresh event id."""


def live_event_id(time_ns: int) -> str:
    """A UUIDv7 with random bits, for events that happen now."""
    return uuid7_from(time_ns, os.urandom(10))


def seeded_ids(seed: str) -> IdSource:
    """Event ids that depend on the seed, the time and the place in the sequence alone.

    Args:
        seed: What tells this sequence from others, such as the conversation id.
    """
    sequence = 0

    def next_id(time_ns: int) -> str:
        nonlocal sequence
        digest = hashlib.sha256(f"{seed}/{sequence}".encode()).digest()
        sequence += 1
        return uuid7_from(time_ns, digest)

    return next_id


def uuid7_from(time_ns: int, entropy: bytes) -> str:
    """The UUIDv7 of a time and ten or more bytes of entropy."""
    millis = (time_ns // 1_000_000) & 0xFFFF_FFFF_FFFF
    rand_a = int.from_bytes(entropy[:2], "big") & 0x0FFF
    rand_b = int.from_bytes(entropy[2:10], "big") & 0x3FFF_FFFF_FFFF_FFFF
    return str(UUID(int=millis << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b))


def trace_id_of(conversation_id: str) -> str:
    """The trace of a conversation: 32 hexadecimal digits, never all zero."""
    return hashlib.sha256(conversation_id.encode()).hexdigest()[:32]


def span_id_of(trace_id: str, sequence: int) -> str:
    """The span with a number inside a trace: 16 hexadecimal digits."""
    return hashlib.sha256(f"{trace_id}/{sequence}".encode()).hexdigest()[:16]
