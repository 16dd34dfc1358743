"""A judge does not judge its own family: spec G2."""

import pytest

from analytics.judge.errors import SameFamilyError, UnknownFamilyError
from analytics.judge.families import Families


@pytest.mark.spec("G2")
@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("azure/gpt-4o-2024-11-20", "openai"),
        ("ft:gpt-4.1-2025-04-14:acme", "openai"),
        ("o3", "openai"),
        ("gemini/gemma-3-27b-it", "google"),
        ("Qwen3-32B", "alibaba"),
        ("claude-sonnet-4", "anthropic"),
    ],
)
def test_the_family_is_in_the_name(model: str, family: str) -> None:
    assert Families().of(model) == family


@pytest.mark.spec("G2")
def test_a_judge_of_the_agents_family_is_refused() -> None:
    Families().require_other("claude-sonnet-4", ["gpt-4.1", "gemma-3-27b-it"])
    with pytest.raises(SameFamilyError, match=r"o3 and azure/gpt-4o are both of openai.*another one"):
        Families().require_other("o3", ["gemma-3-27b-it", "azure/gpt-4o"])


@pytest.mark.spec("G2")
def test_a_model_of_unknown_family_is_refused_until_somebody_says_whose_it_is() -> None:
    with pytest.raises(UnknownFamilyError, match="TURNSTONE_JUDGE_FAMILIES"):
        Families().require_other("our-own-8b", ["gpt-4.1"])
    with pytest.raises(SameFamilyError):
        Families({"Our-Own": "openai"}).require_other("our-own-8b", ["gpt-4.1"])
