"""The real page, served by its command, in a real browser: spec F3."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from infra.local.ports import free_ports
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings
from pipelines.views import connect
from tests.analytics.dashboard.made_gold import made_rows, write_gold

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.spec("F3"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path (Debian: apt-get install chromium)"),
]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WAIT_MS = 60_000
TEXTS = (".value", ".detail", ".change.good", ".change.bad", ".js-plotly-plot .xtick text", "thead th")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeSettings:
    folder = tmp_path_factory.mktemp("lake")
    return LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")


@pytest.fixture(scope="module")
def address(lake: LakeSettings) -> Iterator[str]:
    """The page of a lake that is not there yet."""
    environment = {
        **os.environ,
        "TURNSTONE_LAKE_CATALOG_URI": lake.catalog_uri,
        "TURNSTONE_LAKE_WAREHOUSE": lake.warehouse,
        "TURNSTONE_LOCAL_DASHBOARD_PORT": str(free_ports(1)[0]),
    }
    command = [str(Path(sys.executable).with_name("turnstone")), "dashboard"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as served:
        assert served.stdout is not None
        said = re.search(r"http://\S+", served.stdout.readline())
        assert said, "the server did not start"
        yield said[0]
        served.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(browser: Browser, address: str, lake: LakeSettings) -> Page:
    """The page, opened on an empty lake that was then filled."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=address)
    page.goto("/")
    expect(page.get_by_role("status")).to_contain_text("make demo", timeout=WAIT_MS)
    catalog = open_catalog(lake)
    ensure_tables(catalog)
    with connect(catalog) as connection:
        write_gold(connection, catalog, made_rows())
    catalog.close()
    return page


def _open(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".card .js-plotly-plot .xtick").first).to_be_visible(timeout=WAIT_MS)


def _choose(page: Page, control: str, option: str) -> None:
    page.locator(f"#{control}").click()
    page.get_by_text(option, exact=True).last.click()


def test_the_numbers_are_those_of_sql_and_the_address_keeps_the_choice(
    page: Page, lake: LakeSettings
) -> None:
    hosts, errors = set[str](), list[str]()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2].split(":")[0]))
    page.on("pageerror", lambda error: errors.append(str(error)))
    _open(page, "/?tenant=globex&day=2025-03-08")
    expect(page).to_have_url(re.compile(r"\?tenant=globex&day=2025-03-08&before=7$"))
    _as_sql_has_it(page, lake, "globex", "2025-03-08")
    _choose(page, "tenant", "acme")
    expect(page).to_have_url(re.compile("tenant=acme&day=2025-03-08"))
    _choose(page, "day", "Wed 5 Mar 2025")
    expect(page).to_have_url(re.compile("tenant=acme&day=2025-03-05&before=7$"))
    _as_sql_has_it(page, lake, "acme", "2025-03-05")
    page.go_back()
    expect(page).to_have_url(re.compile("tenant=acme&day=2025-03-08"))
    _as_sql_has_it(page, lake, "acme", "2025-03-08")
    assert hosts == {"127.0.0.1"}
    assert errors == []


def _as_sql_has_it(page: Page, lake: LakeSettings, tenant: str, day: str) -> None:
    """Compares the page with questions of its own, put to the same table."""
    catalog = open_catalog(lake)
    with connect(catalog) as connection:
        of_day = f"from gold.agent_daily where tenant_id = '{tenant}' and day = '{day}'"
        whole = connection.execute(
            "select sum(conversations), sum(resolved) / sum(conversations - still_open),"
            " sum(escalated) / sum(conversations - still_open),"
            " sketch_quantile(sketch_merge(list(response_ms_sketch)), 0.95) / 1000,"
            f" sum(cost_usd) / sum(conversations), sum(guarded) / sum(conversations) {of_day}"
        ).fetchall()[0]
        versions = connection.execute(
            f"select agent_version, conversations {of_day} order by conversations desc, agent_version"
        ).fetchall()
        usual = connection.execute(
            "select sum(resolved) / sum(conversations - still_open) from gold.agent_daily"
            f" where tenant_id = '{tenant}' and day >= date '{day}' - 7 and day < '{day}'"
        ).fetchall()[0][0]
    catalog.close()
    shown = ("volume", "resolution", "escalation", "latency", "cost", "safety")
    said = (f"{whole[0]:,}", *(f"{100 * rate:.1f} %" for rate in whole[1:3]), f"{whole[3]:.1f} s")
    cost = f"${whole[4]:.3f}" if whole[4] < 1 else f"${whole[4]:.2f}"
    for card, value in zip(shown, (*said, cost, f"{100 * whole[5]:.1f} %"), strict=True):
        expect(page.locator(f"#card-{card} .value")).to_have_text(value, timeout=WAIT_MS)
    expect(page.locator("#card-resolution")).to_contain_text(f"against {100 * usual:.1f} %")
    rows = [row.inner_text().split("\t")[:2] for row in page.locator("#versions tbody tr").all()]
    assert rows == [[version, str(count)] for version, count in versions]


def test_text_stands_out_from_its_ground_and_a_phone_needs_no_sideways_scrolling(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, "/?tenant=acme&day=2025-03-09")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for card in page.locator(".card").all():
        box, chart = card.bounding_box(), card.locator(".js-plotly-plot").bounding_box()
        assert box
        assert chart
        assert box["y"] <= chart["y"]
        assert chart["y"] + chart["height"] <= box["y"] + box["height"]
    page.emulate_media(color_scheme="light")
    grounds = [_contrasts(page)]
    page.emulate_media(color_scheme="dark")
    grounds.append(_contrasts(page))
    assert grounds[0] > 0.7, "light is light"
    assert grounds[1] < 0.1, "dark is dark"


def _contrasts(page: Page) -> float:
    """Checks the contrast of each kind of text (WCAG 2.2, level AA); returns the ground's luminance."""
    ground = _luminance(page, ".card", "background-color")
    for text in TEXTS:
        ink = _luminance(page, text, "fill" if "plotly" in text else "color")
        contrast = (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05)
        assert contrast >= 4.5, f"{text}: {contrast:.1f}"
    return ground


def _luminance(page: Page, selector: str, style: str) -> float:
    """Relative luminance of a colour, as WCAG 2.2 defines it."""
    colour = page.evaluate(
        "([selector, style]) => getComputedStyle(document.querySelector(selector))[style]", [selector, style]
    )
    channels = [int(channel) / 255 for channel in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
