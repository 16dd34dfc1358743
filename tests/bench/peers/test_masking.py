import pytest

from tests.bench.peers.masking import masked
from tests.streaming.flink.mask_examples import MASKED, UNTOUCHED, UNTOUCHED_JSON


@pytest.mark.parametrize(("text", "expected"), MASKED.items())
def test_peers_mask_what_the_job_masks(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize("text", [*UNTOUCHED, *UNTOUCHED_JSON])
def test_peers_leave_what_the_job_leaves(text: str) -> None:
    assert masked(text) == text
