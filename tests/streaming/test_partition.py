"""Keys go where every Kafka client puts them: spec E4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.partition import Placement, murmur2, partition_of


@pytest.mark.spec("E4")
@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_the_one_of_the_java_client(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed % 2**32


@given(key=st.binary(max_size=64), partitions=st.integers(1, 64))
def test_a_remembered_place_is_the_computed_one(key: bytes, partitions: int) -> None:
    placement = Placement(partitions, remembered=2)
    for other in (key, b"a", b"b", key, b"c", key):
        assert placement[other] == partition_of(other, partitions)
        assert len(placement) <= 2
        assert 0 <= placement[other] < partitions
