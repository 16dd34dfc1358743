"""The ledger's SQL: the same statements on SQLite and on Postgres, but for schema and writing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from agent_runtime.ledger.records import EffectRecord

_FOLDER: Final = Path(__file__).parent / "sql"


def statements(database: Literal["sqlite", "postgres"]) -> dict[str, str]:
    """Statements by name, ``schema`` among them; values are written ``:name``."""
    paths = (*(_FOLDER / "statements").glob("*.sql"), *(_FOLDER / database).glob("*.sql"))
    return {path.stem: path.read_text() for path in paths}


def record_of(row: Sequence[Any]) -> EffectRecord:
    """The record of a row, whose columns come in the order of its fields."""
    named = dict(zip(EffectRecord.__struct_fields__, row, strict=True))
    return EffectRecord(**{**named, "undone": bool(named["undone"])})
