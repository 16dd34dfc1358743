"""The SQL of the stream job, with its parameters filled in. Standard library only."""

import re
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from streaming.flink.masks import mask_sql
from streaming.flink.spec import JobSpec

SQL_DIR: Final = Path(__file__).parent / "sql"
DEFINITIONS: Final = ("create_catalog", "create_source", "create_envelopes", "create_verdicts")
INSERTS: Final = ("insert_bronze", "insert_silver", "insert_dead_letters")

_TARGET: Final = re.compile(r"^insert into `[^`]+`\.(\w+\.\w+)", re.MULTILINE)


class Statements(NamedTuple):
    """What defines the job's inputs, and the inserts that run as one job."""

    definitions: list[str]
    inserts: list[str]

    @property
    def tables(self) -> list[str]:
        """Names of the tables that the inserts write, without the catalog."""
        return [_TARGET.findall(insert)[0] for insert in self.inserts]


def render(spec: JobSpec) -> Statements:
    """The statements of a job."""
    parameters = {
        "catalog_name": spec.catalog_name,
        "catalog_uri": spec.catalog_uri,
        "warehouse": spec.warehouse,
        "topic": spec.topic,
        "bootstrap_servers": spec.bootstrap_servers,
        "job_name": spec.job_name,
        "masked_payload": mask_sql("payload"),
    }
    return Statements(
        definitions=[_rendered(name, parameters) for name in DEFINITIONS],
        inserts=[_rendered(name, parameters) for name in INSERTS],
    )


def _rendered(name: str, parameters: dict[str, str]) -> str:
    # Only ${name} is a parameter: a lone $ is the end of a line to a regular expression.
    return _Parameters((SQL_DIR / f"{name}.sql").read_text(encoding="utf-8")).safe_substitute(parameters)


class _Parameters(Template):
    pattern = r"""
    \$\{(?P<braced>[a-z_]+)\}
    | (?P<escaped>(?!))
    | (?P<named>(?!))
    | (?P<invalid>(?!))
    """  # type: ignore[assignment]
