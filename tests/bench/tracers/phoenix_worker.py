"""``python -m …phoenix_worker CONVERSATIONS FOLDER PORT PORT OUT``: Arize Phoenix, in the peers' environment.

Its client filters and selects spans on the server; groups and percentiles are pandas, as its
documentation shows.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pandas as pd  # type: ignore[import-not-found,import-untyped]
from phoenix.client import Client  # type: ignore[import-not-found]
from phoenix.client.types.spans import SpanQuery  # type: ignore[import-not-found]

from tests.bench.tracers.otlp import send
from tests.bench.tracers.serving import ServerError, measure, script, served, tell
from tests.bench.tracers.told import WORST, Answer, Conversation

PROJECT = "default"
ALL = 10_000_000
VISIBLE_S = 150.0
_COUNT = "{ projects { edges { node { name recordCount } } } }"


class Phoenix:
    """A running server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = Client(base_url=url)

    def load(self, conversations: Sequence[Conversation]) -> int:
        """Sends the spans, then waits until all are there: it stores them behind the request."""
        sent = send(conversations, f"{self._url}/v1/traces", {})
        deadline = time.monotonic() + VISIBLE_S
        while (there := self._spans()) < sent:
            if time.monotonic() > deadline:
                raise ServerError(f"{there} of {sent} spans are visible")
            time.sleep(0.2)
        return sent

    def volume(self) -> Answer:
        """Conversations by day and version."""
        roots = self._frame("name == 'conversation'", "start_time", "agent_version")
        counted = roots.groupby([_days(roots), roots["agent_version"]]).size()
        return [[day, version, int(count)] for (day, version), count in counted.items()]

    def latency(self) -> Answer:
        """The 95th percentile of the time to an answer by tenant, milliseconds."""
        answers = self._frame("name == 'answer'", "latency_ms", "tenant_id")
        grouped = answers.groupby("tenant_id")["latency_ms"]
        return [[tenant, float(p95)] for tenant, p95 in grouped.quantile(0.95, "higher").items()]

    def tool_errors(self) -> Answer:
        """The share of failed calls by tool."""
        calls = self._frame("span_kind == 'TOOL'", "name", "status_code")
        rates = (calls["status_code"] == "ERROR").groupby(calls["name"]).mean()
        return [[tool, float(rate)] for tool, rate in rates.items()]

    def cost(self) -> Answer:
        """The cost of model calls by version, US dollars."""
        calls = self._frame("span_kind == 'LLM'", "cost_usd", "agent_version")
        return [
            [version, float(cost)]
            for version, cost in calls.groupby("agent_version")["cost_usd"].sum().items()
        ]

    def worst(self) -> Answer:
        """The conversations with most tool errors; the dearer one first where they are equal."""
        errors = self._frame("span_kind == 'TOOL' and status_code == 'ERROR'", "conversation_id")
        calls = self._frame("span_kind == 'LLM'", "cost_usd", "conversation_id")
        told = pd.DataFrame({"cost": calls.groupby("conversation_id")["cost_usd"].sum()})
        told["errors"] = errors.groupby("conversation_id").size()
        first = told.fillna({"errors": 0}).sort_values(["errors", "cost"], ascending=False).head(WORST)
        return [[name, int(row.errors)] for name, row in first.iterrows()]

    def _frame(self, condition: str, *fields: str) -> pd.DataFrame:
        query = SpanQuery().where(condition).select(*fields)
        return self._client.spans.get_spans_dataframe(
            query=query, project_identifier=PROJECT, limit=ALL, timeout=120
        )

    def _spans(self) -> int:
        answer = httpx.post(f"{self._url}/graphql", json={"query": _COUNT}, timeout=60).json()
        nodes = [edge["node"] for edge in answer["data"]["projects"]["edges"]]
        return sum(node["recordCount"] for node in nodes if node["name"] == PROJECT)


def _days(spans: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(spans["start_time"], utc=True).dt.strftime("%Y-%m-%d").rename("day")


def main(conversations: str, folder: str, port: str, grpc_port: str, out: str) -> int:
    """Measures it and writes what came out."""
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PHOENIX_WORKING_DIR": folder,
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": port,
        "PHOENIX_GRPC_PORT": grpc_port,
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
    }
    with served([script("phoenix"), "serve"], environment, f"{url}/healthz", Path(folder)) as start_s:
        peer = Phoenix(url)
        told = measure(Path(conversations), start_s, peer)
    tell(told, Path(folder), Path(out))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
