"""Which of a thousand buckets a user falls into: the same in Python, SQL and the stream engine (spec H1)."""

from collections.abc import Callable
from hashlib import sha256
from struct import Struct
from typing import Final

BUCKETS: Final = 1000
_FIRST_32_BITS: Final = Struct(">I").unpack_from


def bucketing(salt: str) -> Callable[[bytes], int]:
    """A function from a user's pseudonym, in UTF-8, to a bucket, 0 to 999.

    It is the first 32 bits of ``sha256(salt:user)``, modulo 1000. `sql/bucket.sql` says the same
    for DuckDB, `turnstone.stream.Bucket` for Flink. 1000 does not divide 2³²: the first 296
    buckets are 2.4e-7 likelier than the others.

    Args:
        salt: Of the layer or the experiment; has no colon.
    """
    copy_salted = sha256(f"{salt}:".encode()).copy  # half the time of hashing the salt again

    def bucket(unit: bytes) -> int:
        digest = copy_salted()
        digest.update(unit)
        first: int = _FIRST_32_BITS(digest.digest())[0]
        return first % BUCKETS

    return bucket
