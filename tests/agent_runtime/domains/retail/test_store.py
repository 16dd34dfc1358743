import copy
import json
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.domains.retail import RETAIL_TOOLS, RetailDatabase, RetailStore, load_shop
from agent_runtime.domains.retail.canonical import canonical_text
from agent_runtime.errors import DatasetNotFoundError, RecordingError, TerminalError
from agent_runtime.messages import ToolCall
from tests.agent_runtime.domains.retail.conftest import made_shop

KINDS = ("orders", "products", "users")


def naive_digest(store: RetailStore, shop: dict[str, dict[str, Any]]) -> str:
    """The digest by the definition: the whole shop as this conversation sees it, as nested pairs."""

    def pairs(value: Any) -> Any:
        if isinstance(value, dict):
            return tuple((key, pairs(each)) for key, each in sorted(value.items()))
        return tuple(pairs(each) for each in value) if isinstance(value, list) else value

    seen = {kind: {key: json.loads(store.text_of(kind, key) or "") for key in shop[kind]} for kind in KINDS}  # type: ignore[arg-type]
    return sha256(str(pairs(seen)).encode()).hexdigest()


ADDRESSES = st.fixed_dictionaries(
    {name: st.text(max_size=3) for name in ("address1", "address2", "city", "state", "country", "zip")}
)
ORDER_IDS = st.sampled_from(["#P", "#G", "#D", "#S", "#T", "#X"])
ITEM_IDS = st.lists(st.sampled_from(["11", "12", "13", "14", "15", "21"]), max_size=2)
METHODS = st.sampled_from(["card_1", "gift_1", "paypal_1"])
CALLS = st.one_of(
    st.builds(
        lambda order_id: ToolCall(
            "c", "cancel_pending_order", {"order_id": order_id, "reason": "no longer needed"}
        ),
        ORDER_IDS,
    ),
    st.builds(
        lambda user_id, address: ToolCall("c", "modify_user_address", {"user_id": user_id, **address}),
        st.sampled_from(["ada_1", "ada_2"]),
        ADDRESSES,
    ),
    st.builds(
        lambda order_id, address: ToolCall(
            "c", "modify_pending_order_address", {"order_id": order_id, **address}
        ),
        ORDER_IDS,
        ADDRESSES,
    ),
    st.builds(
        lambda order_id, method: ToolCall(
            "c", "modify_pending_order_payment", {"order_id": order_id, "payment_method_id": method}
        ),
        ORDER_IDS,
        METHODS,
    ),
    st.builds(
        lambda tool, order_id, old, new, method: ToolCall(
            "c",
            tool,
            {"order_id": order_id, "item_ids": old, "new_item_ids": new, "payment_method_id": method},
        ),
        st.sampled_from(["modify_pending_order_items", "exchange_delivered_order_items"]),
        ORDER_IDS,
        ITEM_IDS,
        ITEM_IDS,
        METHODS,
    ),
)


@given(st.lists(CALLS, max_size=6), st.lists(CALLS, max_size=6))
def test_conversations_see_their_own_writes_only_and_the_shop_never_changes(
    mine: list[ToolCall], others: list[ToolCall]
) -> None:
    database = RetailDatabase(load_shop(made_shop()))
    alone, interleaved, other = (database.store(name) for name in ("alone", "interleaved", "other"))
    untouched = database.store("untouched").state_digest()
    for step in range(max(len(mine), len(others))):
        for store, calls in ((interleaved, mine), (other, others)):
            for each in calls[step : step + 1]:
                RETAIL_TOOLS.call(store, each)
    answers = [RETAIL_TOOLS.call(alone, each).text for each in mine]
    assert alone.changes() == interleaved.changes()
    assert alone.state_digest() == interleaved.state_digest()
    assert database.store("late").state_digest() == untouched
    alone.forget()
    assert alone.changes() == {}
    assert [RETAIL_TOOLS.call(alone, each).text for each in mine] == answers
    database.close()


@given(st.lists(CALLS, max_size=6))
def test_the_digest_is_that_of_the_whole_shop(calls: list[ToolCall]) -> None:
    shop = made_shop()
    database = RetailDatabase(load_shop(copy.deepcopy(shop)))
    store = database.store("conversation")
    for each in calls:
        RETAIL_TOOLS.call(store, each)
    assert store.state_digest() == naive_digest(store, shop)
    assert (store.state_digest() == database.digest({})) == (store.changes() == {})
    database.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_the_canonical_text_is_pythons_of_nested_tuples(value: Any) -> None:
    def pairs(value: Any) -> Any:
        if isinstance(value, dict):
            return tuple((key, pairs(each)) for key, each in sorted(value.items()))
        return tuple(pairs(each) for each in value) if isinstance(value, list) else value

    assert canonical_text(value) == repr(pairs(value))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1.0}, False),
        ([1, 2], [2, 1], False),
        ({"a": 1}, {"a": 1, "b": None}, False),
    ],
    ids=["key order does not count", "1 is not 1.0", "list order counts", "an added null counts"],
)
def test_what_counts_as_a_difference(one: Any, other: Any, *, equal: bool) -> None:
    assert (canonical_text(one) == canonical_text(other)) is equal


def test_writing_back_what_was_there_is_no_change(store: RetailStore) -> None:
    store.put_order(store.order("#P"))
    assert store.changes() == {}


def test_a_failed_transaction_leaves_no_trace(store: RetailStore) -> None:
    order = store.order("#P")
    order["status"] = "lost"
    with pytest.raises(RuntimeError, match="power cut"), store.transaction():  # noqa: PT012
        store.put_order(order)
        raise RuntimeError("power cut")
    assert store.changes() == {}


@pytest.mark.parametrize("statement", ["update documents set body = '{}'", "delete from documents"])
def test_the_shared_shop_cannot_be_written_by_any_statement(database: RetailDatabase, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="the shared shop is immutable"):
        database.connection.execute(statement)


def test_a_conversation_survives_a_restart_on_a_file(tmp_path: Path) -> None:
    shop = load_shop(made_shop())
    first = RetailDatabase(shop, tmp_path / "shop.db")
    RETAIL_TOOLS.call(
        first.store("c"),
        ToolCall("1", "cancel_pending_order", {"order_id": "#P", "reason": "no longer needed"}),
    )
    before = first.store("c").state_digest()
    first.close()
    second = RetailDatabase(shop, tmp_path / "shop.db")
    assert second.store("c").order("#P")["status"] == "cancelled"
    assert second.store("c").state_digest() == before
    second.close()


def test_a_file_of_another_shop_is_refused(tmp_path: Path) -> None:
    RetailDatabase(load_shop(made_shop()), tmp_path / "shop.db").close()
    other = made_shop()
    other["orders"]["#P"]["status"] = "delivered"
    with pytest.raises(TerminalError, match=r"shop\.db holds another shop: remove it, or give another path"):
        RetailDatabase(load_shop(other), tmp_path / "shop.db")


def test_a_store_without_a_conversation_is_refused(database: RetailDatabase) -> None:
    with pytest.raises(ValueError, match="conversation id"):
        database.store("")


def test_a_document_that_the_shop_lacks_cannot_be_put(store: RetailStore) -> None:
    order = store.order("#P")
    order["order_id"] = "#X"
    with pytest.raises(TerminalError, match="orders has no '#X' to replace"):
        store.put_order(order)


def test_a_shop_is_read_from_its_three_files(tmp_path: Path) -> None:
    for kind, documents in made_shop().items():
        (tmp_path / f"{kind}.json").write_text(json.dumps(documents))
    assert load_shop(tmp_path) == load_shop(made_shop())


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (None, DatasetNotFoundError, r"orders\.json is missing: point the setting at the folder"),
        ("{\n  oops", RecordingError, r"orders\.json, line 2: .*; fetch the file again"),
        ("[]", RecordingError, r"orders\.json: expected orders by id, each an object"),
        ('{"#P": 1}', RecordingError, r"orders\.json: expected orders by id, each an object"),
    ],
)
def test_bad_files_are_told(tmp_path: Path, text: str | None, error: type[Exception], message: str) -> None:
    if text is not None:
        (tmp_path / "orders.json").write_text(text)
    with pytest.raises(error, match=message):
        load_shop(tmp_path)
