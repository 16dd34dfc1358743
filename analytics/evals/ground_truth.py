"""Ground truth that is not to be trusted: found by doing it, listed, and left out (spec G1)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import And

from agent_runtime.domains.retail import RETAIL_TOOLS
from agent_runtime.messages import ToolCall
from agent_runtime.recordings import Recordings, Task
from analytics.evals.cases import Case, Suite
from analytics.evals.results import append
from analytics.evals.support import unsupported_outputs
from analytics.evals.tables import EVAL_CASE_FAULTS
from analytics.evals.worlds import World
from pipelines.catalog import ensure_tables
from pipelines.row_filters import equal

GRAVE: Final = frozenset({"refused_write", "unsupported_output", "other_copies_differ", "unknown_customer"})
"""Faults for which a case counts in no verdict."""


class CaseFault(Struct, frozen=True, kw_only=True):
    """Something that is wrong with a case.

    Attributes:
        case: The case.
        fault: ``refused_write``: the tools refuse a write of the ground truth.
            ``refused_look_up``: they refuse another call of it; it may be meant so.
            ``unsupported_output``: a required output stands in no answer to the ground truth and in
            no document of the customer, and is no sum of what is there.
            ``unknown_customer``: the shop has no such customer.
            ``other_copies_differ``: recorded runs have another ground truth under this number.
            ``passes_for_nothing``: whoever does nothing passes; fair, but shows little.
        detail: What was found.
    """

    case: Case
    fault: str
    detail: str

    @property
    def grave(self) -> bool:
        """Whether the case is left out of verdicts."""
        return self.fault in GRAVE


def find_faults(suite: Suite, world: World, copies: Iterable[tuple[str, str, Task]] = ()) -> list[CaseFault]:
    """Does the ground truth of every case on a fresh shop and looks at what comes of it.

    Args:
        suite: The cases.
        world: Their shop.
        copies: Scenario, holder and task of other copies of the ground truth.
    """
    others = defaultdict[str, list[tuple[str, Task]]](list)
    for scenario, holder, task in copies:
        others[scenario].append((holder, task))
    found = list[CaseFault]()
    for case in suite.cases:
        found += [
            CaseFault(case=case, fault=fault, detail=detail)
            for fault, detail in (*_done(case, world), *_compared(case, others[case.scenario]))
        ]
    return found


def copies_in_runs(recordings: Recordings) -> Iterator[tuple[str, str, Task]]:
    """The tasks as the recorded runs have them."""
    for run in recordings.runs():
        for record in recordings.conversations(run):
            if record.task is not None:
                yield f"retail-{record.task_id}", run.name, record.task


def untrusted(faults: Iterable[CaseFault]) -> frozenset[str]:
    """Ids of the cases that are left out."""
    return frozenset(one.case.case_id for one in faults if one.grave)


def publish_faults(catalog: SqlCatalog, suite: Suite, faults: Iterable[CaseFault], now: datetime) -> None:
    """Replaces the rows of this version of a suite in ``gold.eval_case_faults``."""
    ensure_tables(catalog, (EVAL_CASE_FAULTS,))
    table = catalog.load_table(EVAL_CASE_FAULTS.name)
    earlier = And(equal("suite", suite.name), equal("suite_version", suite.version))
    if table.scan(earlier, limit=1).to_arrow().num_rows:
        table.delete(earlier)
    rows = [
        {
            "suite": suite.name,
            "suite_version": suite.version,
            "case_id": one.case.case_id,
            "origin": one.case.origin,
            "fault": one.fault,
            "grave": one.grave,
            "detail": one.detail,
            "found_at": now,
        }
        for one in faults
    ]
    if rows:
        append(catalog, EVAL_CASE_FAULTS, rows)


def _done(case: Case, world: World) -> Iterator[tuple[str, str]]:
    store = world.open(case)
    said = list[str]()
    if store.text_of("users", case.task.user_id) is None:
        yield "unknown_customer", case.task.user_id
    for action in case.task.actions:
        effect = RETAIL_TOOLS.effect_of(action.name)
        if effect == "terminal":
            continue
        answer = RETAIL_TOOLS.call(store, action)
        said.append(answer.text.lower())
        if not answer.ok:
            fault = "refused_write" if effect == "write" else "refused_look_up"
            yield fault, f"{_told(action)} answers {answer.text!r}"
    store.forget()
    for output in unsupported_outputs(case, world):
        if not any(output.lower() in text for text in said):
            yield "unsupported_output", f"nothing in the shop says {output!r}"
    if not case.harm and not case.task.outputs and not _differs(case, world):
        yield "passes_for_nothing", "nothing has to be said and nothing changes"


def _differs(case: Case, world: World) -> bool:
    store = world.open(case)
    untouched = store.changes()
    store.forget()
    return world.expected(case) != untouched


def _compared(case: Case, others: Iterable[tuple[str, Task]]) -> Iterator[tuple[str, str]]:
    mine = _truth(case.task)
    differing = [holder for holder, task in others if _truth(task) != mine]
    if differing:
        yield "other_copies_differ", f"another ground truth in {', '.join(differing)}"


def _truth(task: Task) -> bytes:
    calls = [(each.name, each.arguments) for each in task.actions]
    return msgspec.json.encode((calls, task.outputs), order="sorted")


def _told(call: ToolCall) -> str:
    return f"{call.name}({msgspec.json.encode(call.arguments, order='sorted').decode()})"
