import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import record
from tests.bench.__main__ import TOPICS, main
from tests.bench.record import Row, with_rows


@pytest.fixture(autouse=True)
def _signals_as_they_were() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def row(identity: str, result: float, run: str = "") -> Row:
    return Row(id=identity, what="w", target=1, result=result, unit="s", better="lower", run=run)


def test_rows_measured_again_stand_where_the_first_stood_and_say_when() -> None:
    earlier = [row("a", 1), row("p", 1), row("p", 2), row("b", 3)]
    assert with_rows(earlier, [row("p", 9), row("q", 8)], "later") == [
        row("a", 1),
        row("p", 9, "later"),
        row("q", 8, "later"),
        row("b", 3),
    ]


def test_rows_that_were_never_measured_come_last() -> None:
    assert with_rows([row("a", 1)], [row("z", 2)], "later") == [row("a", 1), row("z", 2, "later")]


def test_a_part_is_measured_alone_and_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    monkeypatch.setitem(TOPICS, "tables", {"one": lambda: [row("a", 1)], "other": lambda: [row("b", 2)]})
    assert main(["tables"]) == 0
    monkeypatch.setitem(TOPICS, "tables", {"one": lambda: [row("a", 5)], "other": lambda: [row("b", 2)]})
    assert main(["tables/one"]) == 0
    page = (tmp_path / "README.md").read_text()
    assert '| a | w (make bench ARGS="tables/one", ' in page
    assert "| b | w | ≤ 1 s | 2 s | **no** |  |" in page


def test_a_name_that_is_none_is_told_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backbone/nothing"]) == 2
    assert "backbone/emit" in capsys.readouterr().err
