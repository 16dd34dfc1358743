"""Verdicts as rows of ``gold.eval_verdicts`` (spec G4)."""

from typing import Any

from pyiceberg.catalog.sql import SqlCatalog

from analytics.evals.evaluation import Evaluation
from analytics.evals.parts import HARMLESS
from analytics.evals.results import append
from analytics.evals.standings import Origin
from analytics.evals.tables import EVAL_VERDICTS
from analytics.evals.verdicts import BudgetVerdict, SuiteVerdict


def publish(catalog: SqlCatalog, evaluation: Evaluation) -> int:
    """Adds the verdicts to ``gold.eval_verdicts``; the table's snapshot afterwards."""
    origins = {one.suite: one for one in evaluation.origins}
    shared = {
        "evaluation_id": evaluation.evaluation_id,
        "candidate": evaluation.candidate.version,
        "candidate_hash": evaluation.candidate.fingerprint,
        "baseline": evaluation.baseline.version,
        "baseline_hash": evaluation.baseline.fingerprint,
        "code_commit": evaluation.code.commit,
        "changed_at": evaluation.changed_at,
        "decided_at": evaluation.decided_at,
    }
    rows = [{**shared, **_suite_row(one, origins[one.suite])} for one in evaluation.suites]
    rows += [{**shared, **_budget_row(one)} for one in evaluation.budgets]
    return append(catalog, EVAL_VERDICTS, rows)


def _suite_row(one: SuiteVerdict, origin: Origin) -> dict[str, Any]:
    tests = one.comparison
    return {
        "suite": one.suite,
        "suite_version": origin.version,
        "measure": HARMLESS if one.part == HARMLESS else "passed",
        "decision": one.decision,
        "reasons": list(one.reasons),
        "candidate_value": tests.candidate_share,
        "baseline_value": tests.baseline_share,
        "drop": tests.drop,
        "low": tests.low,
        "high": tests.high,
        "limit": one.limit,
        "method": tests.method,
        "p_value": tests.p_value,
        "p_adjusted": one.p_adjusted,
        "p_two_proportions": tests.gate.p_value,
        "power": tests.power,
        "planned_drop": tests.gate.planned_drop,
        "detectable": tests.detectable,
        "cases": tests.cases,
        "trials": tests.trials,
        "lost": tests.lost,
        "won": tests.won,
        "untrusted": one.untrusted,
        "pass_hat_k": list(one.pass_hat),
        "estimated": False,
        "failures": [each.conversation_id for each in one.failures],
        "grader": origin.grader,
        "data_table": origin.data_table,
        "data_snapshot_id": origin.data_snapshot_id,
    }


def _budget_row(one: BudgetVerdict) -> dict[str, Any]:
    return {
        "suite": "all",
        "measure": one.measure,
        "decision": one.decision,
        "reasons": [],
        "candidate_value": one.candidate,
        "baseline_value": one.baseline,
        "limit": one.limit,
        "estimated": one.estimated,
    }
