"""Holds and grades cases, without a lake."""

from collections.abc import Sequence

from msgspec import structs

from analytics.evals.agents import AgentConfig
from analytics.evals.cases import Case, Suite
from analytics.evals.evidence import Evidence, evidence_of
from analytics.evals.graders import Graded, grader_of
from analytics.evals.running import hold_suite
from analytics.evals.worlds import World


async def graded(
    suite: Suite, world: World, agent: AgentConfig, *, trials: int = 1, version: int | None = None
) -> list[tuple[Case, Evidence, Graded]]:
    """Every conversation with its evidence and its grade."""
    held = await hold_suite(suite, world, agent, run_id="test", trials=range(trials))
    found = []
    for one in held:
        evidence = await evidence_of(one.events, one.case, world)
        found.append((one.case, evidence, grader_of(suite.grader, version).grade(one.case, evidence)))
    return found


def of_kinds(suite: Suite, kinds: Sequence[str]) -> Suite:
    """The cases of some kinds."""
    return structs.replace(suite, cases=tuple(case for case in suite.cases if case.kind in kinds))
