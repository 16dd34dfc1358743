import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.contract.canaries import PHONE_FORM, STEM, canaries_of, planted

pytestmark = pytest.mark.spec("F2")
PARTITIONS = [f"2025-03-{day:02}/{tenant}" for day in range(1, 29) for tenant in ("acme", "globex")]


@given(seed=st.text(max_size=5), partition=st.text(max_size=8))
def test_canaries_are_the_same_for_the_same_seed_and_partition(seed: str, partition: str) -> None:
    assert canaries_of(seed, partition) == canaries_of(seed, partition)


@given(seed=st.text(max_size=5), partition=st.text(max_size=8))
def test_a_canary_is_found_by_its_stem_or_by_the_form_of_its_number(seed: str, partition: str) -> None:
    for canary in canaries_of(seed, partition):
        assert canary.mark in canary.value.lower()
        assert STEM in canary.mark or re.fullmatch(PHONE_FORM, canary.mark)


def test_no_two_partitions_have_a_canary_in_common() -> None:
    marks = [canary.mark for partition in PARTITIONS for canary in canaries_of("run", partition)]
    assert len(marks) == len(set(marks)) == 4 * len(PARTITIONS)


@given(text=st.text(max_size=20), seed=st.text(max_size=3))
def test_every_canary_is_planted_behind_what_was_said(text: str, seed: str) -> None:
    canaries = canaries_of("run", PARTITIONS[0])
    told = planted(text, canaries, seed)
    assert told.startswith(text.strip())
    assert all(canary.value in told for canary in canaries)
