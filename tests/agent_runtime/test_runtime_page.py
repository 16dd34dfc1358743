"""The examples of docs/runtime.md run as they stand there."""

import re
import sqlite3
from typing import Any

import pytest

from agent_runtime.errors import OutcomeUnknownError
from agent_runtime.tools import declaration
from tests.agent_runtime.execution.workbench import Workbench
from tests.agent_runtime.pages import DOCS, run_page

PAGE = DOCS / "runtime.md"


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """Every name that the examples define."""
    return run_page(PAGE).names


async def test_the_shop_of_the_page_reads_cancels_and_blocks(page: dict[str, Any]) -> None:
    world = {"orders": {"#W1": '{"status": "pending", "address": "x"}'}, "cancelled": []}
    tools = [page[name] for name in ("get_order", "cancel_order", "restore_order")]
    bench = Workbench(*tools, granted=page["agent"].permissions, world=world)
    assert (await bench.call("cancel_order", order_id="#W1")).error_type == "blocked"
    assert (await bench.call("get_order", order_id="#W1")).for_model() == '{"status":"pending"}'
    assert (await bench.call("cancel_order", order_id="#W1")).ok
    assert world["cancelled"] == ["#W1"]
    assert (await bench.call("restore_order", order_id="#W1")).error_type == "permission_denied"


async def test_a_payment_of_the_page_is_repeated_under_its_key(page: dict[str, Any]) -> None:
    class Payments(dict[str, int]):
        async def charge(self, cents: int, *, idempotency_key: str) -> str:
            if idempotency_key not in self:
                self[idempotency_key] = cents
                raise OutcomeUnknownError("the answer was lost")
            return "charged"

    bench = Workbench(page["charge_card"], world=Payments())
    assert (await bench.call("charge_card", cents=500)).ok
    assert list(bench.world.values()) == [500]
    assert list(bench.facts.values()) == ["500 cents were charged"]


async def test_a_card_of_the_page_is_looked_up_by_its_reference(page: dict[str, Any]) -> None:
    class Cards(list[str]):
        def by_reference(self, key: str) -> str | None:
            return "issued" if key in self else None

        async def issue(self, cents: int, *, reference: str) -> str:
            self.append(reference)
            raise OutcomeUnknownError("the answer was lost")

    bench = Workbench(page["issue_card"], world=Cards())
    assert (await bench.call("issue_card", cents=500, note="For you")).text == "issued"
    assert (await bench.call("issue_card", cents=500, note="for you!")).from_ledger
    assert len(bench.world) == 1


def test_the_store_of_the_page_remembers(page: dict[str, Any]) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    store = page["Store"](connection, "c")
    acted: list[int] = []
    for _ in range(2):
        assert store.once("k", lambda: acted.append(1) or "done") == "done"
    assert acted == [1]
    connection.close()


def test_the_page_names_every_argument_of_a_declaration_with_its_default() -> None:
    text = PAGE.read_text(encoding="utf-8")
    arguments = declaration.tool.__kwdefaults__.keys() | {"effect"}
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) >= arguments
