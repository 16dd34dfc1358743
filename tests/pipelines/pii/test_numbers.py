import re

import pytest

from pipelines.pii.kinds import Kind
from pipelines.pii.numbers import find_numbers, iban_checks, luhn
from pipelines.pii.spans import masked, settled
from streaming.flink.masks import MASKS
from tests.streaming.flink.mask_examples import MASKED, UNTOUCHED

pytestmark = pytest.mark.spec("F2")


@pytest.mark.parametrize(("text", "valid"), {"4111 1111 1111 1111": True, "4111111111111112": False}.items())
def test_card_numbers_carry_a_check_digit(text: str, valid: bool) -> None:
    assert luhn(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"), {"DE89 3704 0044 0532 0130 00": True, "DE88 3704 0044 0532 0130 00": False}.items()
)
def test_account_numbers_carry_check_digits(text: str, valid: bool) -> None:
    assert iban_checks(text) is valid


def test_the_placeholders_are_those_of_the_stream() -> None:
    of_stream = {mask.replacement for mask in MASKS if not mask.replacement.isdigit()}
    assert of_stream <= {kind.placeholder for kind in Kind}


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_the_stream_leaves_is_left(text: str) -> None:
    assert find_numbers(text) == []


@pytest.mark.parametrize(
    "text", [text for text in MASKED if re.search(r"^[^é]*(?:@|\+|SSN|IBAN|DE89)", text)]
)
def test_what_the_stream_masks_is_found_in_batch_too(text: str) -> None:
    assert masked(text, settled(text, find_numbers(text))) == MASKED[text].replace("9" * 16, "[CARD]")


@pytest.mark.parametrize(
    "text",
    ["They don't answer at 60-56-85-91", "phone: 450 0840", "my cell is 78 651 450", "Fax 9472 7916"],
)
def test_short_phone_numbers_count_after_a_word_for_them(text: str) -> None:
    assert [span.kind for span in find_numbers(text)] == [Kind.PHONE]


def test_a_number_after_the_word_order_is_no_phone() -> None:
    assert find_numbers("call me about order 9502127, item 4602305039") == []
