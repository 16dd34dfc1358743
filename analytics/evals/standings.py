"""Rows of a report: each agent on a suite, and the suite as it was used."""

from collections.abc import Sequence

from msgspec import Struct

from analytics.evals.budgets import Figures, figures
from analytics.evals.parts import WHOLE, by_part, named
from analytics.evals.results import Result
from analytics.evals.suites import Loaded
from analytics.evals.verdicts import pass_hats
from analytics.statistics.proportions import wilson_of_mean


class Standing(Struct, frozen=True, kw_only=True):
    """An agent on a suite, as a row of a report.

    Attributes:
        suite: Name of the suite.
        part: Part of it; empty for the whole.
        agent: The agent's version.
        role: candidate, baseline or reference.
        cases: Trusted cases that it held.
        passed: Mean share of passed trials.
        low: Lower end of its 95 % interval over cases (Wilson; all trials of a case count as one).
        high: Upper end of it.
        pass_hat: pass^1, pass^2, …
        figures: Latencies and costs.
        estimated: Whether these are estimates.
    """

    suite: str
    part: str
    agent: str
    role: str
    cases: int
    passed: float
    low: float
    high: float
    pass_hat: tuple[float, ...]
    figures: Figures
    estimated: bool

    @property
    def name(self) -> str:
        """Of the suite and its part."""
        return named(self.suite, self.part)


class Origin(Struct, frozen=True, kw_only=True):
    """A suite as it was when it was used, and the snapshot that the candidate's grades are from."""

    suite: str
    version: str
    doc: str
    cases: int
    faults: tuple[tuple[str, str, str, bool], ...]
    grader: str
    data_table: str
    data_snapshot_id: int


def standings_of(role: str, results: Sequence[Result]) -> list[Standing]:
    """The rows of an agent with results on one suite: the whole, then its parts."""
    parts = {WHOLE: list(results), **by_part(results)}
    return [_standing(role, part, found) for part, found in parts.items()]


def _standing(role: str, part: str, results: Sequence[Result]) -> Standing:
    trusted = [one for one in results if one.trusted]
    cases = len({one.case_id for one in trusted})
    hats = pass_hats(trusted)
    low, high = wilson_of_mean(hats[0], cases)
    return Standing(
        suite=results[0].suite,
        part=part,
        agent=results[0].agent_version,
        role=role,
        cases=cases,
        passed=hats[0],
        low=low,
        high=high,
        pass_hat=hats,
        figures=figures(results),
        estimated=any(one.estimated for one in results),
    )


def origin_of(loaded: Loaded, results: Sequence[Result]) -> Origin:
    """The suite that the candidate has these results on."""
    suite = loaded.suite
    return Origin(
        suite=suite.name,
        version=suite.version,
        doc=suite.doc,
        cases=len(suite.cases),
        faults=tuple((one.case.case_id, one.fault, one.detail, one.grave) for one in loaded.faults),
        grader=f"{results[0].grader}/{results[0].grader_version}",
        data_table=results[0].data_table,
        data_snapshot_id=results[0].data_snapshot_id,
    )
