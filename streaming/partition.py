"""Where a key goes: Kafka's own hash of it (spec E4).

The producer places events itself, so that it knows the order in which a partition
acknowledges them. Source: murmur2 as in Kafka's Java client, seed 0x9747b28c.
"""

from typing import Final

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_R: Final = 24
_MASK: Final = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 hash by which Kafka clients place keys."""
    blocks = len(data) & ~3
    h = _SEED ^ len(data)
    for start in range(0, blocks, 4):
        k = int.from_bytes(data[start : start + 4], "little") * _M & _MASK
        k = (k ^ k >> _R) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if tail := data[blocks:]:
        h = (h ^ int.from_bytes(tail, "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, the same one that any Kafka client would choose."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


class Placement(dict[bytes, int]):
    """The partition of every key, remembered for the keys in use.

    Args:
        partitions: Partitions of the topic.
        remembered: Keys after which all are forgotten: a bound, not a limit.
    """

    def __init__(self, partitions: int, remembered: int = 100_000) -> None:
        super().__init__()
        self.partitions = partitions
        self._remembered = remembered

    def __missing__(self, key: bytes) -> int:
        """Finds the partition of a key and remembers it."""
        if len(self) >= self._remembered:
            self.clear()
        place = self[key] = partition_of(key, self.partitions)
        return place
