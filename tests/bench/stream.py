"""Topic ``backbone``, the stream: Kafka to bronze and silver with everything on, against peers."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog

from infra.local import programs
from pipelines.catalog import open_catalog
from pipelines.tables import BRONZE, SILVER
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids, span_id_of, trace_id_of
from streaming.contract.payloads import MsgReceived
from streaming.producer import EventProducer
from tests.bench.peers.errors import PeerStoppedError
from tests.bench.peers.measured import Measured, Peer
from tests.bench.peers.registry import PEERS
from tests.bench.profile import profile
from tests.bench.record import Row
from tests.faults.crashes import pid_of
from tests.stack import StackUnderTest, start_stack

EVENTS = int(os.environ.get("TURNSTONE_BENCH_EVENTS", "6000000"))
PEER_EVENTS = EVENTS // 12
WARM_AFTER = 2
"""Commits after which the compiler has done most of its work."""
PROFILE_S = 15.0
TENANTS = 4
CONVERSATION_LENGTH = 50
START_NS = 1_795_000_000_000_000_000
STEP_NS = 12_500
"""Ids are as close in time as 80,000 events a second make them."""
TEXT = "I would like to return the blue water bottle of my last order, please. "


def rows() -> list[Row]:
    """Fills the topic while the job is paused, then measures how fast it drains."""
    with (
        tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder,
        start_stack(Path(folder), checkpoint_interval_s=10.0) as stack,
    ):
        catalog = open_catalog(stack.local.lake)
        stack.local.pause_stream()
        _fill(stack)
        started = time.time()
        stack.local.resume_stream()
        _wait_until_warm(catalog)
        shares = profile(pid_of(stack, programs.TASK_MANAGER), PROFILE_S)
        commits = _drain(catalog)
        whole = EVENTS / (commits[-1][0] - started)
        steady = _steady(commits)
        sizes = _sizes(stack, catalog)
        stack.local.pause_stream()
        peers = {peer.name: _measured(peer, stack) for peer in PEERS}
        catalog.close()
    return [
        Row(
            id="E5-stream",
            what="Kafka to bronze and silver, exactly once, validated, deduplicated (RocksDB), masked",
            target=80_000,
            result=round(steady),
            unit="events/s",
            better="higher",
            peers={name: round(measured.per_second) for name, measured in peers.items()},
        ),
        Row(
            id="E5-stream-whole",
            what="the same from the submission of the job to the last commit",
            target=None,
            result=round(whole),
            unit="events/s",
            better="higher",
        ),
        *(
            Row(
                id=f"E5-stream-{place}-bytes",
                what=what,
                target=None,
                result=size,
                unit="bytes",
                better="lower",
            )
            for place, what, size in sizes
        ),
        *(
            Row(
                id="E5-stream-profile",
                what=f"share of the task manager's samples: {phase}",
                target=None,
                result=round(100 * share, 1),
                unit="%",
                better="lower",
            )
            for phase, share in shares.items()
        ),
    ]


def _measured(peer: Peer, stack: StackUnderTest) -> Measured:
    """What a peer did; one that got stuck begins again, once, with empty tables."""
    try:
        return peer.consume(stack.local.lake, stack.local.streaming, PEER_EVENTS)
    except PeerStoppedError as stuck:
        sys.stderr.write(f"{peer.name} is measured a second time: {stuck}\n")
        return peer.consume(stack.local.lake, stack.local.streaming, PEER_EVENTS)


def events() -> Iterator[AgentEvent]:
    """Messages of made-up conversations: a payload of about 118 bytes each."""
    ids = seeded_ids("bench")
    for number in range(EVENTS):
        conversation = f"bench-{number // CONVERSATION_LENGTH}"
        trace = trace_id_of(conversation)
        time_ns = START_NS + number * STEP_NS
        yield AgentEvent(
            id=ids(time_ns),
            time_ns=time_ns,
            conversation_id=conversation,
            tenant_id=f"tenant-{number // CONVERSATION_LENGTH % TENANTS}",
            turn=number % CONVERSATION_LENGTH,
            trace_id=trace,
            span_id=span_id_of(trace, 1),
            agent_version="bench-1",
            payload=MsgReceived(content=f"{TEXT}{number:>12}"),
        )


def _fill(stack: StackUnderTest) -> None:
    with EventProducer(stack.local.streaming) as producer:
        for event in events():
            producer.emit(event)


def _wait_until_warm(catalog: SqlCatalog) -> None:
    while len(_commits(catalog, SILVER.name)) < WARM_AFTER:
        time.sleep(1.0)


def _drain(catalog: SqlCatalog) -> list[tuple[float, int]]:
    """Waits until bronze and silver have all; returns silver's commits: time in s and rows in all."""
    while True:
        commits = _commits(catalog, SILVER.name)
        if commits and commits[-1][1] >= EVENTS and _commits(catalog, BRONZE.name)[-1][1] >= EVENTS:
            return commits
        time.sleep(1.0)


def _commits(catalog: SqlCatalog, name: str) -> list[tuple[float, int]]:
    found = []
    for snapshot in catalog.load_table(name).snapshots():
        total = snapshot.summary["total-records"] if snapshot.summary else None
        found.append((snapshot.timestamp_ms / 1000, int(total or 0)))
    return found


def _sizes(stack: StackUnderTest, catalog: SqlCatalog) -> list[tuple[str, str, float]]:
    """Bytes an event takes where it lies: place, what that is, size."""
    log = stack.settings.state_dir / "kafka"
    segments = sum(path.stat().st_size for path in log.glob(f"{stack.local.streaming.topic}-*/*.log"))
    sizes = [("log", "an event in the topic, one copy, compressed", round(segments / EVENTS, 1))]
    for definition in (BRONZE, SILVER):
        summary = catalog.load_table(definition.name).current_snapshot().summary  # type: ignore[union-attr]
        assert summary is not None
        size = int(summary["total-files-size"] or 0) / int(summary["total-records"] or 1)
        sizes.append(
            (
                definition.name.partition(".")[0],
                f"a row of {definition.name} as the stream writes it",
                round(size, 1),
            )
        )
    return sizes


def _steady(commits: list[tuple[float, int]]) -> float:
    """Events a second between the first and the last full commit: the start and the tail left out."""
    full = commits[:-1] if len(commits) > 2 else commits
    rates = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(full)]
    return sorted(rates)[len(rates) // 2] if rates else 0.0
