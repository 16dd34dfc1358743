"""Grades with all that made them, in ``gold.eval_results`` and out of it again (spec G4)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysFalse, BooleanExpression

from analytics.evals.agents import AgentConfig
from analytics.evals.cases import Case, Suite
from analytics.evals.evidence import Evidence
from analytics.evals.graders import Graded, Grader
from analytics.evals.provenance import Code
from analytics.evals.tables import EVAL_RESULTS
from pipelines.catalog import ensure_tables
from pipelines.row_filters import all_of, equal
from pipelines.table_definition import TableDefinition
from pipelines.writing import append_rows


class Source(Struct, frozen=True, kw_only=True):
    """The table and snapshot that conversations were graded from."""

    table: str
    snapshot_id: int


class Result(Struct, frozen=True, kw_only=True):
    """A row of ``gold.eval_results``: see its column docs."""

    run_id: str
    suite: str
    suite_version: str
    case_id: str
    kind: str
    origin: str
    trial: int
    conversation_id: str
    agent_version: str
    config_hash: str | None
    config: str | None
    grader: str
    grader_version: int
    passed: bool
    score: float
    reasons: list[str]
    trusted: bool
    ended_by: str | None
    first_token_ms: list[float]
    response_ms: list[float]
    cost_usd: float
    model_calls: int
    estimated: bool
    unfaithful: int
    code_commit: str
    code_digest: str
    data_table: str
    data_snapshot_id: int
    graded_at: datetime
    regraded: bool


class Conversation(Struct, frozen=True, kw_only=True):
    """What identifies a graded conversation.

    Attributes:
        run_id: The run that it is of.
        conversation_id: As its events say.
        agent_version: Likewise.
        agent: The configuration, where it is known.
        case: The case.
        trial: Which trial of it.
        first_token_ms: As measured when it was held.
    """

    run_id: str
    conversation_id: str
    agent_version: str
    agent: AgentConfig | None
    case: Case
    trial: int
    first_token_ms: tuple[float, ...] = ()


def result_of(
    suite: Suite,
    conversation: Conversation,
    evidence: Evidence,
    grader: Grader,
    *,
    trusted: bool,
    code: Code,
    source: Source,
    now: datetime,
    regraded: bool = False,
) -> Result:
    """Grades a conversation, and says with what."""
    graded: Graded = grader.grade(conversation.case, evidence)
    agent = conversation.agent
    return Result(
        run_id=conversation.run_id,
        suite=suite.name,
        suite_version=suite.version,
        case_id=conversation.case.case_id,
        kind=conversation.case.kind,
        origin=conversation.case.origin,
        trial=conversation.trial,
        conversation_id=conversation.conversation_id,
        agent_version=conversation.agent_version,
        config_hash=agent.fingerprint if agent else None,
        config=msgspec.json.encode(agent, order="deterministic").decode() if agent else None,
        grader=grader.name,
        grader_version=grader.version,
        passed=graded.passed,
        score=graded.score,
        reasons=list(graded.reasons),
        trusted=trusted,
        ended_by=evidence.reason,
        first_token_ms=list(conversation.first_token_ms),
        response_ms=list(evidence.response_ms),
        cost_usd=evidence.cost_usd,
        model_calls=evidence.model_calls,
        estimated=evidence.estimated,
        unfaithful=evidence.unfaithful,
        code_commit=code.commit,
        code_digest=code.digest,
        data_table=source.table,
        data_snapshot_id=source.snapshot_id,
        graded_at=now,
        regraded=regraded,
    )


def append_results(catalog: SqlCatalog, results: Iterable[Result]) -> int:
    """Adds grades; earlier ones of the same conversations stay. How many there are."""
    return append(catalog, EVAL_RESULTS, [msgspec.structs.asdict(one) for one in results])


def read_results(catalog: SqlCatalog, *conditions: BooleanExpression) -> list[Result]:
    """The grades for which every condition holds, in the order of cases and trials."""
    ensure_tables(catalog, (EVAL_RESULTS,))
    rows = catalog.load_table(EVAL_RESULTS.name).scan(all_of(conditions)).to_arrow().to_pylist()
    found = msgspec.convert(rows, list[Result])
    return sorted(found, key=lambda one: (one.case_id, one.trial))


def earlier_run(
    catalog: SqlCatalog, suite: Suite, agent: AgentConfig, grader: Grader, *, trials: int, code: Code
) -> list[Result]:
    """The newest run that would come out the same if it were held again; empty where there is none."""
    found = read_results(
        catalog,
        equal("suite", suite.name),
        equal("suite_version", suite.version),
        equal("config_hash", agent.fingerprint),
        equal("grader", grader.name),
        equal("grader_version", grader.version),
        equal("code_digest", code.digest),
        equal("regraded", False),
    )
    runs: dict[str, list[Result]] = {}
    for one in found:
        runs.setdefault(one.run_id, []).append(one)
    wanted = agent.trials(trials)
    whole = [run for run in runs.values() if max(one.trial for one in run) + 1 >= wanted]
    newest = max(whole, key=lambda run: run[0].graded_at, default=[])
    return [one for one in newest if one.trial < wanted]


def append(catalog: SqlCatalog, definition: TableDefinition, rows: Sequence[dict[str, Any]]) -> int:
    """Adds rows to a table in one commit; the table's snapshot afterwards, 0 where it has none."""
    ensure_tables(catalog, (definition,))
    table = catalog.load_table(definition.name)
    made = pa.Table.from_pylist(list(rows), table.schema().as_arrow())
    reader = pa.RecordBatchReader.from_batches(made.schema, made.to_batches())
    append_rows(table, reader, delete=AlwaysFalse())
    snapshot = table.refresh().current_snapshot()
    return snapshot.snapshot_id if snapshot else 0
