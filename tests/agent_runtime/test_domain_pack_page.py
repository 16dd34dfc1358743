"""The car rental of docs/domain-packs.md runs as it stands there, and prints what the page says."""

import importlib
import re

import pytest

from streaming.contract import AgentEvent
from streaming.contract.cloudevents import decode, encode
from tests.agent_runtime.pages import DOCS, PageRun, run_page

PAGE = DOCS / "domain-packs.md"


@pytest.fixture(scope="module")
def page() -> PageRun:
    return run_page(PAGE)


@pytest.mark.spec("A2", "A4", "A8")
def test_the_page_prints_what_it_says(page: PageRun) -> None:
    assert page.printed == page.told


def test_events_of_the_rental_are_events_of_the_contract(page: PageRun) -> None:
    events: list[AgentEvent] = page.names["EVENTS"]
    assert [decode(encode(event)).payload for event in events] == [event.payload for event in events]


def test_every_name_of_the_reference_is_where_the_page_says() -> None:
    rows = re.findall(
        r"^\| (`\w+`(?:, `\w+`)*) \| `((?:agent_runtime|streaming)[\w.]+)` \|",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(rows) > 10
    for names, module in rows:
        for name in re.findall(r"\w+", names):
            assert hasattr(importlib.import_module(module), name), f"{module} has no {name}"
