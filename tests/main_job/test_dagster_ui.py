"""Dagster on the running stack, in a real browser."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

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
def dev(played: Played) -> Iterator[str]:
    """The address of Dagster under `turnstone dev`, which runs with nobody at its keyboard."""
    command = [str(Path(sys.executable).with_name("turnstone")), "dev"]
    log = Path(played.environment["TURNSTONE_LOCAL_STATE_DIR"]) / "dev.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=played.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        while not (found := re.search(r"Dagster: (\S+)", log.read_text())) and process.poll() is None:
            time.sleep(0.2)
        assert found, log.read_text()
        yield found[1]
        assert process.poll() is None, log.read_text()
        process.terminate()
        assert process.wait(60) == 0, log.read_text()
        assert "Dagster stopped" in log.read_text()
    finally:
        process.kill()
        turnstone(played.environment, "down")


@pytest.fixture(scope="module")
def page(dev: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport={"width": 1600, "height": 1000}, base_url=dev)
        browser.close()


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
