"""Our tables' answers to the five questions, and whether a peer's answers say the same."""

from collections.abc import Mapping, Sequence
from math import isclose
from pathlib import Path
from typing import Any, Final

from pipelines.sql_session import SqlSession
from tests.bench.tracers.told import QUESTIONS, Answer

SKETCH_ERROR: Final = 0.0101
"""Our p95 is of sketches: within 1 %."""
_NEAR: Final[Mapping[str, float]] = {"latency": SKETCH_ERROR, "cost": 1e-9, "tool_errors": 1e-9}
_SQL: Final = Path(__file__).parent / "sql"


def our_answer(session: SqlSession, question: str) -> Answer:
    """What gold says; silver for single conversations."""
    return session.run((_SQL / f"{question}.sql").read_text(encoding="utf-8")).rows


def differences(ours: Mapping[str, Answer], theirs: Mapping[str, Answer]) -> list[str]:
    """Where the answers of two differ, a line each; none where they agree."""
    found = []
    for question in QUESTIONS:
        mine, other = _keyed(question, ours[question]), _keyed(question, theirs[question])
        found += [
            f"{question} {key}: {mine.get(key)} and {other.get(key)}"
            for key in sorted(mine.keys() | other.keys(), key=str)
            if not _same(mine.get(key), other.get(key), _NEAR.get(question, 0.0))
        ]
    return found


def _keyed(question: str, rows: Answer) -> dict[Any, Any]:
    """Numbers by what they are about; the worst conversations by their place."""
    if question == "worst":
        return {place: tuple(row) for place, row in enumerate(rows)}
    return {tuple(row[:-1]): row[-1] for row in rows}


def _same(one: Any, other: Any, near: float) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=near, abs_tol=1e-12)
    return bool(one == other)


def told_of(problems: Sequence[str]) -> str:
    """The first few differences."""
    return "; ".join(problems[:5])
