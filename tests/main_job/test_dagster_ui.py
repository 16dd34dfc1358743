"""Dagster on the running stack: what its sensors build by themselves, and its pages in a real browser."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from pipelines.catalog import open_catalog
from pipelines.views import connect, refresh
from tests.main_job.played import CONVERSATIONS, Played, lake_settings_of, turnstone

CHROMIUM = shutil.which("chromium")
NEW = 20
"""Conversations that are played while Dagster's daemon runs."""
pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]
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
        turnstone(played.environment, "play", "--simulated", "--limit", str(NEW))
        yield found[1]
        assert process.poll() is None, log.read_text()
        process.terminate()
        assert process.wait(60) == 0, log.read_text()
        assert "Dagster stopped" in log.read_text()
    finally:
        process.kill()
        process.wait()
        turnstone(played.environment, "down")


@pytest.fixture(scope="module")
def page(dev: str) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no chromium on the path (Debian: apt-get install chromium)")
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


@pytest.mark.spec("F2", "F3", "F4")
@pytest.mark.usefixtures("dev")
def test_new_conversations_reach_gold_and_its_books_by_themselves(played: Played) -> None:
    counted = """
        select (select sum(events) from gold.agent_daily), (select sum(gold) from ops.gold_accounting),
               (select sum(conversations) from gold.agent_daily)
    """
    catalog, deadline = open_catalog(lake_settings_of(played.environment)), time.monotonic() + 600
    with connect(catalog) as connection:
        while time.monotonic() < deadline:
            refresh(connection, catalog)
            [(events, booked, conversations)] = connection.execute(counted).fetchall()
            if conversations == CONVERSATIONS + NEW and events == booked:
                return
            time.sleep(1)
    told = f"gold has {conversations} conversations of {events} events, {booked} of them in the books"
    pytest.fail("\n".join([told, *_runs(played.environment)]))


def _runs(environment: dict[str, str]) -> Iterator[str]:
    """What Dagster has run, oldest first: when it was asked for, how long it took, how it ended."""
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        for record in reversed(instance.get_run_records()):
            run = record.dagster_run
            assets = sorted(key.to_user_string() for key in run.asset_selection or ())
            took = (record.end_time or time.time()) - (record.start_time or time.time())
            asked_at = f"{record.create_timestamp:%H:%M:%S}"
            yield f"{asked_at} {run.status.value} {took:.0f} s {run.job_name} {assets}"
