"""The ledger of receipts, also when its process dies: spec E3."""

import multiprocessing
import os
import signal
import uuid
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.journal import SCHEMA, JournalError, ReceiptJournal
from streaming.receipts import ReceiptLedger, recover_receipts

BROKER_MS = 1_700_000_000_123


def record(ledger: ReceiptLedger, count: int, *, first: int = 0) -> list[str]:
    ids = [str(uuid.UUID(int=first + i)) for i in range(count)]
    for i, event_id in enumerate(ids):
        ledger.record(event_id, "t", i % 4, i, BROKER_MS + i)
    return ids


def recorded(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*/*.parquet")):
        rows += pq.read_table(path).to_pylist()
    return rows


@pytest.mark.spec("E3")
def test_a_segment_holds_what_was_recorded(tmp_path: Path) -> None:
    ledger = ReceiptLedger(tmp_path, "p1", segment_rows=10)
    ids = record(ledger, 25)
    ledger.write_segment()
    rows = recorded(tmp_path)
    assert [row["event_id"] for row in rows] == ids
    assert [(row["kafka_partition"], row["kafka_offset"]) for row in rows] == [(i % 4, i) for i in range(25)]
    assert [int(row["broker_time"].timestamp() * 1_000 + 0.5) for row in rows] == list(
        range(BROKER_MS, BROKER_MS + 25)
    )
    assert {(row["topic"], row["producer_id"]) for row in rows} == {("t", "p1")}
    assert pq.read_schema(next(tmp_path.glob("p1/*.parquet"))).equals(SCHEMA)
    assert not list(tmp_path.glob("p1/*.journal"))
    assert ledger.unwritten == 0


@pytest.mark.spec("E3")
def test_a_segment_is_due_by_its_age(tmp_path: Path) -> None:
    ledger = ReceiptLedger(tmp_path, "p1", segment_seconds=0.0)
    record(ledger, 3)
    ledger.write_due()
    assert len(recorded(tmp_path)) == 3


@pytest.mark.spec("E3")
def test_a_segment_that_is_not_due_waits_in_the_journal(tmp_path: Path) -> None:
    ledger = ReceiptLedger(tmp_path, "p1", segment_seconds=1e9)
    record(ledger, 3)
    ledger.write_due()
    assert recorded(tmp_path) == []
    assert ledger.unwritten == 3


def test_the_numbers_of_segments_go_on_after_a_restart(tmp_path: Path) -> None:
    for start in range(3):
        ledger = ReceiptLedger(tmp_path, "p1")
        record(ledger, 2, first=10 * start)
        ledger.write_segment()
    assert sorted(path.name for path in tmp_path.glob("p1/*")) == [
        "000000.parquet",
        "000001.parquet",
        "000002.parquet",
    ]


def test_the_journal_of_a_living_producer_is_let_be(tmp_path: Path) -> None:
    ledger = ReceiptLedger(tmp_path, "p1")
    record(ledger, 5)
    assert recover_receipts(tmp_path) == 0
    ledger.write_segment()
    assert len(recorded(tmp_path)) == 5


def _record_and_die(folder: Path, rows: int) -> None:
    ledger = ReceiptLedger(folder, "dead", segment_rows=100, segment_seconds=1e9)
    record(ledger, rows)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.spec("E3")
@pytest.mark.parametrize("rows", [0, 1, 100, 250])
def test_what_was_recorded_before_kill_9_is_recovered(tmp_path: Path, rows: int) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_record_and_die, args=(tmp_path, rows))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    already = len(recorded(tmp_path))
    assert recover_receipts(tmp_path) == rows - already
    assert [row["kafka_offset"] for row in recorded(tmp_path)] == list(range(rows))
    assert recover_receipts(tmp_path) == 0


@pytest.mark.spec("E3")
def test_a_recovery_that_died_after_its_segment_makes_the_same_segment_again(tmp_path: Path) -> None:
    folder = tmp_path / "p1"
    folder.mkdir()
    journal = ReceiptJournal.create(folder / "000000.journal", "t", 10)
    journal.extend([b"a" * 36], [1], [2], [BROKER_MS], 1)
    pq.write_table(journal.table("p1"), folder / "000000.parquet")
    journal.close()
    assert recover_receipts(tmp_path) == 1
    assert len(recorded(tmp_path)) == 1


@pytest.mark.parametrize("content", [b"", b"TSRECPT1", b"x" * 4096])
def test_a_file_that_is_no_journal_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p1").mkdir()
    (tmp_path / "p1" / "000000.journal").write_bytes(content)
    with pytest.raises(JournalError, match=r"000000\.journal"):
        recover_receipts(tmp_path)


def test_an_id_that_would_be_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="longer than a UUID"):
        ReceiptLedger(tmp_path, "p1").record("x" * 37, "t", 0, 0, BROKER_MS)


@given(ids=st.lists(st.text(alphabet="0123456789abcdef-", max_size=36), max_size=30))
@settings(max_examples=30, deadline=None)
def test_ids_come_back_as_they_were(ids: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    ledger = ReceiptLedger(folder, "p1", segment_rows=7)
    for offset, event_id in enumerate(ids):
        ledger.record(event_id, "t", 0, offset, BROKER_MS)
    ledger.write_segment()
    assert [row["event_id"] for row in recorded(folder)] == ids
