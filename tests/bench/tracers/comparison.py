"""The same conversations in our tables, in Phoenix and in MLflow, and the same five questions to each."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa

from infra.local.ports import free_ports
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.conversations import rebuild_conversations
from pipelines.settings import LakeSettings
from pipelines.sql_session import SqlSession
from pipelines.tables import SILVER
from pipelines.views import connect
from tests.bench.dbt import build_gold
from tests.bench.record import REPOSITORY, Row
from tests.bench.silver import played_events
from tests.bench.tracers.answers import differences, our_answer, told_of
from tests.bench.tracers.told import QUESTIONS, TIMES, Told
from tests.pipelines.made_stream import deliver, silver_row

CONVERSATIONS: Final = int(os.environ.get("TURNSTONE_BENCH_TRACED", "100"))
"""Few, because Phoenix takes some 75 spans a second on a busy machine, and minutes are bounded."""
PYTHON: Final = REPOSITORY / ".peers" / "tracers" / "bin" / "python"
SET_UP: Final = "run `make tracers` first"
PEERS: Final[Mapping[str, tuple[str, int]]] = {
    "Arize Phoenix": ("phoenix_worker", 2),
    "MLflow": ("mlflow_worker", 1),
}
"""By name: the module that measures it, and how many ports its server wants."""
_ASKED: Final[Mapping[str, str]] = {
    "volume": "volume by day and version",
    "latency": "p95 of the time to an answer by tenant",
    "tool_errors": "error rate by tool",
    "cost": "cost by version",
    "worst": "the ten worst conversations",
}
DOCUMENTS: Final = (Path(__file__).parent / "sql" / "conversations.sql").read_text(encoding="utf-8")
_LIMIT_S: Final = 300


class DisagreementError(AssertionError):
    """A peer's answer is another one than ours."""


def missing() -> str | None:
    """Why the peers cannot run, None where they can."""
    return None if PYTHON.exists() else f"{PYTHON.relative_to(REPOSITORY)} is not there: {SET_UP}"


def rows(conversations: int = CONVERSATIONS) -> list[Row]:
    """Measures ours, then each peer; ours alone, with a message, where the peers are not set up."""
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder:
        ours = measure_ours(Path(folder), conversations)
        peers = dict[str, Told]()
        if reason := missing():
            sys.stderr.write(f"Phoenix and MLflow are left out: {reason}\n")
        else:
            peers = {name: measure_peer(name, Path(folder)) for name in PEERS}
    for name, told in peers.items():
        if problems := differences(ours.answers, told.answers):
            raise DisagreementError(f"{name}: {told_of(problems)}")
    return _rows(conversations, ours, peers)


def measure_ours(folder: Path, conversations: int) -> Told:
    """Brings the events of some conversations to gold, asks, and leaves the conversations for the peers."""
    settings = LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
    catalog = open_catalog(settings)
    ensure_tables(catalog)
    table = catalog.load_table(SILVER.name)
    delivered = [silver_row(one) for one in deliver(played_events(conversations))]
    events = pa.Table.from_pylist(delivered, schema=table.schema().as_arrow())
    with connect(catalog) as connection:
        began = time.perf_counter()
        table.append(events)
        rebuild_conversations(connection, catalog)
        build_gold(settings)
        load_s = time.perf_counter() - began
        session = SqlSession(connection, catalog)
        seconds, answers = dict[str, float](), dict[str, list[list[Any]]]()
        for question in QUESTIONS:
            took = []
            for _ in range(TIMES):
                began = time.perf_counter()
                answers[question] = [[*row] for row in our_answer(session, question)]
                took.append(time.perf_counter() - began)
            seconds[question] = statistics.median(took)
        documents = session.run(DOCUMENTS).rows
    (folder / "conversations.jsonl").write_text("\n".join(document for (document,) in documents))
    files = [*(folder / "warehouse").rglob("*.*"), folder / "catalog.db"]
    size = sum(path.stat().st_size for path in files if path.is_file() and "target" not in path.parts)
    return Told(
        spans=len(delivered), start_s=0, load_s=load_s, disk_bytes=size, seconds=seconds, answers=answers
    )


def measure_peer(name: str, folder: Path) -> Told:
    """Runs a peer's server and its client on the conversations that lie in a folder."""
    module, ports = PEERS[name]
    own, out = folder / module, folder / f"{module}.json"
    own.mkdir()
    arguments = [folder / "conversations.jsonl", own, *free_ports(ports), out]
    subprocess.run(
        [PYTHON, "-m", f"tests.bench.tracers.{module}", *map(str, arguments)],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
        },
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=_LIMIT_S,
    )
    return msgspec.json.decode(out.read_bytes(), type=Told)


def _rows(conversations: int, ours: Told, peers: Mapping[str, Told]) -> list[Row]:
    spans = next((told.spans for told in peers.values()), 0)
    told_size = f"{conversations} conversations, {ours.spans:,} events" + (
        f", {spans:,} spans" if spans else ""
    )
    return [
        *(
            _row(
                f"ask-{question}",
                f"{asked}: median of {TIMES}",
                "s",
                ours.seconds[question],
                {name: told.seconds[question] for name, told in peers.items()},
            )
            for question, asked in _ASKED.items()
        ),
        _row(
            "ask-load",
            f"load {told_size}; ours to gold, all tests included",
            "s",
            ours.load_s,
            {name: told.load_s for name, told in peers.items()},
        ),
        _row(
            "ask-start",
            "start of the server",
            "s",
            ours.start_s,
            {name: told.start_s for name, told in peers.items()},
        ),
        _row(
            "ask-disk",
            "what they keep on disk; ours events, turns, conversations and gold",
            "MB",
            ours.disk_bytes / 1e6,
            {name: told.disk_bytes / 1e6 for name, told in peers.items()},
        ),
    ]


def _row(identity: str, what: str, unit: str, result: float, peers: Mapping[str, float]) -> Row:
    rounded = {name: float(f"{value:.3g}") for name, value in peers.items()}
    return Row(
        id=f"F3-{identity}",
        what=what,
        target=None,
        result=float(f"{result:.3g}"),
        unit=unit,
        better="lower",
        peers=rounded,
    )
