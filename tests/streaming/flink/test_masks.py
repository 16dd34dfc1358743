import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.flink.masks import ANY_NUMBER
from tests.streaming.flink.mask_examples import MASKED, TOUCHING, UNTOUCHED, UNTOUCHED_JSON
from tests.streaming.flink.masking import PATTERNS, masked

pytestmark = pytest.mark.spec("F2")


def through_json(content: str, *, ascii_only: bool) -> str:
    return str(json.loads(masked(json.dumps({"cx.content": content}, ensure_ascii=ascii_only)))["cx.content"])


@pytest.mark.parametrize("ascii_only", [True, False], ids=["escaped", "utf-8"])
@pytest.mark.parametrize(("text", "expected"), (MASKED | TOUCHING).items())
def test_personal_data_is_masked(text: str, expected: str, ascii_only: bool) -> None:
    assert through_json(text, ascii_only=ascii_only) == expected


@pytest.mark.parametrize(("text", "expected"), MASKED.items())
def test_personal_data_is_masked_in_json_inside_json(text: str, expected: str) -> None:
    inner = json.dumps({"note": text}, ensure_ascii=False)
    assert json.loads(through_json(inner, ascii_only=False))["note"] == expected


@pytest.mark.parametrize("text", UNTOUCHED)
def test_ids_prices_and_times_stay(text: str) -> None:
    assert through_json(text, ascii_only=True) == text


@pytest.mark.parametrize("document", UNTOUCHED_JSON)
def test_numbers_of_a_document_stay(document: str) -> None:
    assert masked(document) == document


_PARTS = st.sampled_from(
    [
        *MASKED,
        *UNTOUCHED,
        "\n",
        "\t",
        "\\",
        '"',
        "\u00e9",
        "\u2013",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "x",
        "7",
    ]
)
_VALUES = st.recursive(
    st.one_of(
        st.lists(_PARTS, max_size=4).map("".join),
        st.integers(-(10**19), 10**19),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
        st.none(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
)


@given(value=st.dictionaries(st.text(max_size=8), _VALUES, max_size=4), ascii_only=st.booleans())
def test_a_masked_document_is_still_a_document(value: dict[str, object], ascii_only: bool) -> None:
    for separators in ((",", ":"), (", ", ": ")):
        json.loads(masked(json.dumps(value, ensure_ascii=ascii_only, separators=separators)))


@given(value=_VALUES)
def test_masking_twice_is_masking_once(value: object) -> None:
    once = masked(json.dumps(value))
    assert masked(once) == once


@given(parts=st.lists(_PARTS, max_size=5))
def test_no_text_with_a_number_to_mask_is_passed_over(parts: list[str]) -> None:
    text = json.dumps({"cx.content": "".join(parts)})
    found = re.search(ANY_NUMBER, text, re.ASCII) is not None
    assert found == any(pattern.search(text) for pattern, _ in PATTERNS[1:])
