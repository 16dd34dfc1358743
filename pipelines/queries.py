"""The lake's SQL files."""

from functools import cache
from importlib import resources


@cache
def query(name: str) -> str:
    """The text of ``pipelines/sql/<name>.sql``."""
    return resources.files("pipelines").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
