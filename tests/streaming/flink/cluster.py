"""A small HTTP server that answers like a cluster's REST interface."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Answers:
    """What the server answers, by method and path; asked paths are kept."""

    def __init__(self) -> None:
        self.by_path: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.url = ""

    def set(self, request: str, body: Any, status: int = 200) -> None:
        """Sets the answer to a request such as ``GET /overview``; bytes go out as they are."""
        self.by_path[request] = (status, body if isinstance(body, bytes) else json.dumps(body).encode())

    def set_jobs(self, *jobs: tuple[str, str], name: str = "job") -> None:
        """Sets the overview: pairs of id and state, oldest first."""
        self.set(
            "GET /jobs/overview",
            {
                "jobs": [
                    {
                        "jid": job,
                        "name": name,
                        "state": state,
                        "start-time": started,
                        "tasks": {"total": 9, "running": 9 if state == "RUNNING" else 0},
                    }
                    for started, (job, state) in enumerate(jobs)
                ]
            },
        )


@contextmanager
def cluster() -> Iterator[Answers]:
    """Runs the server until the block ends."""
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            request = f"{self.command} {self.path}"
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answers.asked.append(request)
            status, body = answers.by_path.get(request, (404, b'{"errors":["not found"]}'))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
