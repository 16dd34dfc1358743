import json
import logging
import multiprocessing
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.pii import reading
from pipelines.pii.masking import mask_table, mask_texts
from pipelines.pii.reading import Readers
from tests.pipelines.pii.customer_texts import CUSTOMER, MASKED, MASKED_CUSTOMER, UNTOUCHED

pytestmark = pytest.mark.spec("F2")
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(("text", "expected"), MASKED.items())
def test_personal_data_is_masked(text: str, expected: str) -> None:
    assert mask_texts([text]) == [expected]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_ids_products_and_prices_stay(text: str) -> None:
    assert mask_texts([text]) == [text]


def test_fields_say_what_their_values_are() -> None:
    assert json.loads(mask_texts([json.dumps(CUSTOMER)])[0]) == MASKED_CUSTOMER


def test_a_document_inside_a_document_is_masked_as_one() -> None:
    result = {"tool": "get_user_details", "cx.tool_result": json.dumps(CUSTOMER)}
    masked = json.loads(mask_texts([json.dumps(result)])[0])
    assert json.loads(masked["cx.tool_result"]) == MASKED_CUSTOMER


def test_a_product_keeps_its_name_and_a_customer_does_not() -> None:
    document = {"product": {"name": "Jigsaw Puzzle"}, "customer": {"name": "Grace Hill"}}
    assert json.loads(mask_texts([json.dumps(document)])[0]) == {
        "product": {"name": "Jigsaw Puzzle"},
        "customer": {"name": "[NAME]"},
    }


def test_what_is_not_masked_stays_byte_for_byte() -> None:
    document = (
        '{"price" : 50.880, "ns":17410000001234567890,\n "note": "caf\\u00e9 \\/ #W1", "first_name":"Mei"}'
    )
    assert mask_texts([document]) == [document.replace("Mei", "[NAME]")]


_PIECES = st.sampled_from(
    [
        *MASKED,
        *UNTOUCHED,
        "Sofia",
        "12 Elm Street",
        "\n",
        "\t",
        '"',
        "\\",
        "é",
        "—",
        "{",
        "}",
        "[",
        ",",
        ":",
        " and ",
    ]
)
_TEXTS = st.lists(_PIECES, max_size=4).map("".join)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(_TEXTS, st.integers(-(10**19), 10**19), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["first_name", "zip", "address", "order_id", "note", "name", '"', ""]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


@few
@given(texts=st.lists(_TEXTS, max_size=4))
def test_masking_twice_is_masking_once(texts: list[str]) -> None:
    once = mask_texts(texts)
    assert mask_texts(once) == once


@few
@given(texts=st.lists(_TEXTS, max_size=6))
def test_how_a_text_is_masked_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    assert mask_texts(texts) == [mask_texts([text])[0] for text in texts]


@few
@given(value=st.dictionaries(st.text(max_size=5), _VALUES, max_size=3), ascii_only=st.booleans())
def test_a_masked_document_has_the_same_shape(value: dict[str, Any], ascii_only: bool) -> None:
    [masked] = mask_texts([json.dumps(value, ensure_ascii=ascii_only)])
    assert _shape(json.loads(masked)) == _shape(value)


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    return [_shape(each) for each in value] if isinstance(value, list) else None


@few
@given(order=st.from_regex(r"#W\d{7}", fullmatch=True), before=st.sampled_from([*MASKED]))
def test_an_order_id_stays_readable_beside_anything(order: str, before: str) -> None:
    assert order in mask_texts([f"{before}\nIt is about order {order}, thanks"])[0]


def test_a_table_is_masked_in_the_columns_that_are_named(caplog: pytest.LogCaptureFixture) -> None:
    table = pa.table(
        {
            "customer_message": ["I'm Aarav Santos", None, "I'm Aarav Santos"],
            "agent_response": ["Hello Aarav!", "", None],
            "conversation_id": ["aarav_santos_1", "b", "c"],
        }
    )
    with caplog.at_level(logging.INFO, logger="pipelines.pii.masking"):
        masked = mask_table(table, ("customer_message", "agent_response", "of_another_table"))
    assert masked.schema == table.schema
    assert masked.to_pydict() == {
        "customer_message": ["I'm [NAME]", None, "I'm [NAME]"],
        "agent_response": ["Hello [NAME]!", "", None],
        "conversation_id": ["aarav_santos_1", "b", "c"],
    }
    assert "2 of 2 distinct texts in customer_message, agent_response masked" in caplog.text


def test_several_processes_read_what_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{text}, says ticket {n}" for n in range(20) for text in (*MASKED, *UNTOUCHED)]
    monkeypatch.setattr(reading, "_WORTH", len(texts))
    monkeypatch.setattr(reading, "_PIECE", len(texts) // 5)
    with Readers(2) as read:
        assert mask_texts(texts, read) == mask_texts(texts)
        assert len(multiprocessing.active_children()) == 2
    assert not multiprocessing.active_children()


def test_a_daemonic_process_reads_alone() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_processes_of_readers) == 1
        pool.close()
        pool.join()  # not by a signal: where tests run in the background, Dagster makes it an ignored one


def _processes_of_readers() -> int:
    return Readers(2)._processes


def test_a_table_without_rows_stays() -> None:
    table = pa.table({"customer_message": pa.array([], pa.string())})
    assert mask_table(table, ("customer_message",)) == table
