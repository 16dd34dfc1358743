"""The endpoint that Prometheus scrapes."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import count

import pytest

from infra.metrics.server import metrics_server


@pytest.fixture
def url() -> Iterator[str]:
    numbers = count(1)
    with metrics_server("127.0.0.1", 0, lambda: f"turnstone_looks {next(numbers)}\n") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_every_scrape_looks_anew(url: str) -> None:
    for number in (1, 2):
        with urllib.request.urlopen(f"{url}/metrics?a=b", timeout=5) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert answer.read() == f"turnstone_looks {number}\n".encode()


def test_nothing_else_is_served(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(f"{url}/etc", timeout=5):
        pass
    assert refused.value.code == 404
    refused.value.close()
