"""Where the dbt project is, and of which files dbt makes its manifest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[1] / "dbt"


def parsed_files() -> Iterator[Path]:
    """Files and folders whose change makes another manifest; what dbt writes beside them is none."""
    for folder in ("models", "macros", "tests"):
        yield from (PROJECT / folder).rglob("*")
    yield from PROJECT.glob("*.yml")
