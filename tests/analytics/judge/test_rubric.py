"""Rubrics are versioned files: spec G2."""

import pytest

from analytics.judge.errors import RubricError
from analytics.judge.rubric import known, load_rubric

PUBLISHED = {"retail_outcome.v1": "408ca333f61a247fedf09420b3db93bd6377779cd44c225c50f9b044c8bd99f7"}


@pytest.mark.spec("G2")
def test_a_published_version_never_changes() -> None:
    found = {name: load_rubric(*_split(name))[0].digest for name in known()}
    assert found == PUBLISHED, "write the next version beside it, and note its digest here"


@pytest.mark.spec("G2")
def test_a_rubric_has_paraphrases_and_a_meaning_for_every_score() -> None:
    question, *paraphrases = load_rubric("retail_outcome", 1)
    assert len(paraphrases) >= 3
    assert len({each.question for each in (question, *paraphrases)}) == len(paraphrases) + 1
    assert len({each.id for each in (question, *paraphrases)}) == len(paraphrases) + 1
    for each in (question, *paraphrases):
        assert each.levels == question.levels
        assert all(f"\n{score}: " in each.text() for score in range(1, 6))


@pytest.mark.parametrize(("name", "version"), [("retail_outcome", 2), ("unknown", 1), ("../rubric", 1)])
def test_a_rubric_that_is_not_there_is_told(name: str, version: int) -> None:
    with pytest.raises(RubricError, match=r"there are retail_outcome\.v1"):
        load_rubric(name, version)


def _split(name: str) -> tuple[str, int]:
    rubric, _, version = name.rpartition(".v")
    return rubric, int(version)
