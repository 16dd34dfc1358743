"""A gold table with the columns of the mart's contract, and the answers that went into it."""

import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.publishing import publish

_CONTRACT = Path(__file__).parents[3] / "dbt" / "models" / "marts" / "agent_daily.yml"
DATA_THROUGH = datetime(2025, 3, 9, 12, tzinfo=UTC)


class Row(NamedTuple):
    """A row of ``gold.agent_daily`` and the answer times that its sketch is made of, milliseconds."""

    tenant_id: str
    day: date
    agent_version: str
    counts: dict[str, float]
    response_ms: list[float]


def made_rows(seed: int = 7) -> list[Row]:
    """Two tenants, two versions, nine days; the first tenant has no conversations on 6 March."""
    draw = random.Random(seed)
    return [
        _row(draw, tenant, date(2025, 3, day), version)
        for tenant in ("acme", "globex")
        for day in range(1, 10)
        for version in ("v1", "v2")
        if (tenant, day) != ("acme", 6)
    ]


def write_gold(connection: DuckDBPyConnection, catalog: SqlCatalog, rows: list[Row]) -> None:
    """Publishes rows as dbt does: by the same writer, with the contract's columns and types."""
    contract = yaml.safe_load(_CONTRACT.read_text())["models"][0]["columns"]
    columns = ", ".join(f"{column['name']} {column['data_type']}" for column in contract)
    connection.execute(f"create or replace temp table made ({columns})")
    for row in rows:
        given = {**row._asdict(), **row.counts, "data_through": DATA_THROUGH}
        given = {name: value for name, value in given.items() if name not in {"counts", "response_ms"}}
        names = ", ".join(given)
        sketched = "(select sketch(ms) from (select unnest(?::double[]) as ms))"
        connection.execute(
            f"insert into made ({names}, response_ms_sketch)"
            f" select {', '.join('?' for _ in given)}, {sketched}",
            [*given.values(), row.response_ms],
        )
    publish(catalog, "gold.agent_daily", connection.table("made").to_arrow_reader(), partition_by=["day"])


def _row(draw: random.Random, tenant: str, day: date, version: str) -> Row:
    ended = draw.randint(5, 40)
    resolved = draw.randint(0, ended)
    escalated = draw.randint(0, ended - resolved)
    still_open, calls = draw.randint(0, 3), draw.randint(1, 80)
    counts: dict[str, Any] = {
        "conversations": ended + still_open,
        "resolved": resolved,
        "escalated": escalated,
        "abandoned": ended - resolved - escalated,
        "failed": 0,
        "unknown_outcome": 0,
        "still_open": still_open,
        "tool_calls": calls,
        "tool_errors": draw.randint(0, calls),
        "guarded": draw.randint(0, ended),
        "hallucination_judged": 10,
        "hallucinated": draw.randint(0, 10),
        "cost_usd": draw.uniform(0.5, 9),
    }
    answers = [draw.lognormvariate(8, 0.8) for _ in range(draw.randint(20, 60))]
    return Row(tenant, day, version, counts | {"responses": len(answers)}, answers)
