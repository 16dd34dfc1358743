"""Serves the metrics to Prometheus; every scrape looks anew."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Final

from streaming.exposition import CONTENT_TYPE

_PATHS: Final = frozenset({"/", "/metrics"})


def metrics_server(host: str, port: int, page: Callable[[], str]) -> ThreadingHTTPServer:
    """A server that is not running yet.

    Args:
        host: Address to listen on.
        port: Port, 0 for any that is free.
        page: Makes the page; called once at a time.

    Raises:
        OSError: The port is taken.
    """
    one_at_a_time = Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.split("?")[0] not in _PATHS:
                self.send_error(404, "only /metrics is served")
                return
            with one_at_a_time:
                body = page().encode()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """A scrape is no news."""

    return ThreadingHTTPServer((host, port), Handler)
