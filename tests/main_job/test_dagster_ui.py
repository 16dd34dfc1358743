"""Dagster on the running stack, in a real browser."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.main_job.played import Played, turnstone

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.stack,
    pytest.mark.timeout(900),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path (Debian: apt-get install chromium)"),
]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def page(played: Played) -> Iterator[Page]:
    output = turnstone(played.environment, "dev", "--no-wait")
    found = re.search(r"Dagster: (\S+)", output)
    assert found, output
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1600, "height": 1000}, base_url=found[1])
            yield page
            browser.close()
    finally:
        turnstone(played.environment, "down")


def test_the_lineage_is_grouped_by_layer(page: Page) -> None:
    hosts = set[str]()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2].split(":")[0]))
    page.goto("/asset-groups")
    for layer in ("kafka", "bronze", "silver", "gold", "ops"):
        expect(page.get_by_text(layer, exact=True).first).to_be_visible(timeout=60_000)
    assert hosts == {"127.0.0.1"}


@pytest.mark.spec("F4")
def test_the_accounting_shows_its_check(page: Page) -> None:
    page.goto("/assets/ops/accounting?view=checks")
    expect(page.get_by_text("accounting_balances").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Passed").first).to_be_visible(timeout=60_000)


@pytest.mark.spec("E7")
def test_a_streaming_table_shows_its_rows(page: Page, played: Played) -> None:
    page.goto("/assets/silver/events")
    rows = f"{played.second['stations']['silver']:,}"
    expect(page.get_by_text(rows, exact=True).first).to_be_visible(timeout=60_000)
