"""Pictures of Dagster for the docs: ``python -m tests.dagster_project.screenshots``.

Needs Debian's Chromium on the path. The lake is of made-up conversations, in a folder of its own.
"""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Page, sync_playwright

from infra.local.ports import free_ports
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings
from tests.pipelines.made_events import SECOND_NS, conversation
from tests.pipelines.made_stream import Stations, deliver, flow

IMAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "images"
FLAGS: Final = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
_FIRST: Final = datetime.now(UTC).date() - timedelta(days=7)


def main() -> None:
    """Fills a lake, builds it, loses an event on purpose, and takes the pictures."""
    with TemporaryDirectory() as folder:
        os.environ.update(_environment(Path(folder)))
        catalog = open_catalog(LakeSettings())
        ensure_tables(catalog)
        stations = _week()
        stations.write(catalog, LakeSettings().receipts_dir)
        _materialize("--drained", "--days", f"{_FIRST}..{_FIRST + timedelta(days=6)}")
        IMAGES.mkdir(exist_ok=True)
        with _dagster() as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 1400, "height": 860}, base_url=url)
            _take_sound(page)
            catalog.load_table("silver.events").delete(f"event_id == '{stations.silver[100].event_id}'")
            _materialize("--drained", "--days", str(_FIRST), fails=True)
            _take_failed(page)
            browser.close()


def _environment(folder: Path) -> dict[str, str]:
    return {
        "TURNSTONE_LAKE_CATALOG_URI": f"sqlite:///{folder}/catalog.db",
        "TURNSTONE_LAKE_WAREHOUSE": str(folder / "warehouse"),
        "TURNSTONE_LAKE_RECEIPTS_DIR": str(folder / "receipts"),
        "TURNSTONE_DAGSTER_HOME": str(folder / "dagster"),
        "TURNSTONE_DAGSTER_FIRST_DAY": str(_FIRST - timedelta(days=2)),
        "TURNSTONE_STREAMING_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "DAGSTER_HOME": str(folder / "dagster"),
    }


def _week() -> Stations:
    """Seven days of conversations, more on some days than on others."""
    day_ns = 86_400 * SECOND_NS
    first_ns = int(datetime.combine(_FIRST, datetime.min.time(), UTC).timestamp()) * SECOND_NS
    starts = [first_ns + day * day_ns for day in range(7) for _ in range((4, 6, 7, 5, 8, 3, 2)[day])]
    talks = (conversation(n, start_ns=start + n * SECOND_NS) for n, start in enumerate(starts))
    return flow(deliver(event for talk in talks for event in talk))


def _materialize(*arguments: str, fails: bool = False) -> None:
    command = [str(Path(sys.executable).with_name("turnstone")), "materialize", *arguments]
    if bool(subprocess.run(command, check=False).returncode) != fails:
        sys.exit(f"{' '.join(command)} did not end as it should")


@contextmanager
def _dagster() -> Iterator[str]:
    [port] = free_ports(1)
    serve = [
        "-m",
        "dagster_webserver",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-m",
        "dagster_project.definitions",
    ]
    web = subprocess.Popen([sys.executable, *serve])
    try:
        yield _answering(f"http://127.0.0.1:{port}")
    finally:
        web.terminate()
        web.wait()


def _answering(url: str) -> str:
    for _ in range(400):
        try:
            urllib.request.urlopen(f"{url}/server_info", timeout=3).close()
        except OSError:
            time.sleep(1)
        else:
            return url
    sys.exit(f"{url} does not answer")


def _take_sound(page: Page) -> None:
    page.goto("/assets/gold/agent_daily?view=lineage&lineageScope=upstream&lineageDepth=9")
    page.get_by_text("agent_events").first.wait_for(timeout=180_000)
    _shoot(page, "dagster-lineage")
    page.goto(f"/assets/silver/conversations?view=partitions&partition={_FIRST + timedelta(days=2)}")
    page.get_by_text("conversations_touched").first.wait_for(timeout=180_000)
    _shoot(page, "dagster-partition")


def _take_failed(page: Page) -> None:
    page.goto("/assets/ops/accounting?view=checks&checkDetail=accounting_balances")
    page.get_by_text("lost between bronze and silver").first.wait_for(timeout=180_000)
    _shoot(page, "dagster-failed-check")


def _shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(4_000)  # the graph is laid out by then
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
