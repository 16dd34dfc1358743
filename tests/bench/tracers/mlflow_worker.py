"""``python -m …mlflow_worker CONVERSATIONS FOLDER PORT OUT``: MLflow tracing, in the peers' environment.

Its client finds traces; groups and percentiles over their spans are Python, as its documentation shows.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

import mlflow  # type: ignore[import-not-found]

from tests.bench.tracers.otlp import send
from tests.bench.tracers.serving import measure, script, served, tell
from tests.bench.tracers.told import WORST, Answer, Conversation

EXPERIMENT = "0"


class Mlflow:
    """A running server."""

    def __init__(self, url: str) -> None:
        self._url = url
        mlflow.set_tracking_uri(url)

    def load(self, conversations: Sequence[Conversation]) -> int:
        """Sends the spans; a request is answered when they are stored."""
        return send(conversations, f"{self._url}/v1/traces", {"x-mlflow-experiment-id": EXPERIMENT})

    def volume(self) -> Answer:
        """Conversations by day and version."""
        counted = Counter(
            (
                f"{datetime.fromtimestamp(trace.info.request_time / 1e3, UTC):%Y-%m-%d}",
                _tag(trace, "agent_version"),
            )
            for trace in _traces(include_spans=False)
        )
        return [[day, version, count] for (day, version), count in counted.items()]

    def latency(self) -> Answer:
        """The 95th percentile of the time to an answer by tenant, milliseconds."""
        answers = defaultdict[str, list[float]](list)
        for trace, span in _spans("CHAIN"):
            answers[_tag(trace, "tenant_id")].append((span.end_time_ns - span.start_time_ns) / 1e6)
        return [[tenant, sorted(ms)[ceil(0.95 * len(ms)) - 1]] for tenant, ms in answers.items()]

    def tool_errors(self) -> Answer:
        """The share of failed calls by tool."""
        calls, errors = Counter[str](), Counter[str]()
        for _, span in _spans("TOOL"):
            calls[span.name] += 1
            errors[span.name] += _failed(span)
        return [[tool, errors[tool] / count] for tool, count in calls.items()]

    def cost(self) -> Answer:
        """The cost of model calls by version, US dollars."""
        cost = defaultdict[str, float](float)
        for trace, span in _spans("LLM"):
            cost[_tag(trace, "agent_version")] += span.get_attribute("cost_usd")
        return list(cost.items())

    def worst(self) -> Answer:
        """The conversations with most tool errors; the dearer one first where they are equal."""
        told = []
        for trace in _traces(include_spans=True):
            errors = sum(span.span_type == "TOOL" and _failed(span) for span in trace.data.spans)
            cost = sum(span.get_attribute("cost_usd") or 0 for span in trace.data.spans)
            told.append((errors, cost, _tag(trace, "conversation_id")))
        return [[name, errors] for errors, _, name in sorted(told, reverse=True)[:WORST]]


def _traces(*, include_spans: bool) -> list[Any]:
    found: list[Any] = mlflow.search_traces(
        locations=[EXPERIMENT], return_type="list", include_spans=include_spans
    )
    return found


def _spans(kind: str) -> Iterator[tuple[Any, Any]]:
    for trace in _traces(include_spans=True):
        for span in trace.data.spans:
            if span.span_type == kind:
                yield trace, span


def _tag(trace: Any, name: str) -> str:
    value: str = trace.info.tags[name]
    return value


def _failed(span: Any) -> bool:
    return bool(span.status.status_code == "ERROR")


def main(conversations: str, folder: str, port: str, out: str) -> int:
    """Measures it and writes what came out."""
    url = f"http://127.0.0.1:{port}"
    environment = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    command = [
        *(script("mlflow"), "server", "--host", "127.0.0.1", "--port", port, "--workers", "1"),
        *(
            "--backend-store-uri",
            f"sqlite:///{folder}/mlflow.db",
            "--default-artifact-root",
            f"{folder}/files",
        ),
    ]
    with served(command, environment, f"{url}/health", Path(folder)) as start_s:
        peer = Mlflow(url)
        told = measure(Path(conversations), start_s, peer)
    tell(told, Path(folder), Path(out))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
