"""Whether a judge may gate, and the gate that asks for it (spec G2, G3)."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from analytics.judge.agreement import Agreement
from analytics.judge.errors import NotQualifiedError
from analytics.judge.families import Families
from analytics.judge.interface import Score
from analytics.statistics.proportions import GateVerdict, Proportion, regression_gate


class Bar(Struct, frozen=True, kw_only=True):
    """What a judge must reach.

    Attributes:
        least_kappa: The lower end of the interval of kappa against the truth. 0.6 is where Landis and Koch
            (1977) begin to call agreement substantial.
        least_items: Items with a known truth.
    """

    least_kappa: float = 0.6
    least_items: int = 100


class Qualification(Struct, frozen=True, kw_only=True):
    """What a judge has shown with one rubric on one set; says whether it may gate, and why not.

    Attributes:
        judge: The judging model.
        rubric: The wording that it was asked, see :attr:`Rubric.id`.
        agent_families: Families of the agents whose conversations it judged.
        judge_family: Its own family.
        agreement: With the truth.
        truth: What the truth is and where it came from.
        bar: What was asked for.
    """

    judge: str
    rubric: str
    agent_families: tuple[str, ...]
    judge_family: str
    agreement: Agreement
    truth: str
    bar: Bar

    @property
    def refusals(self) -> list[str]:
        """Every reason why it may not gate; empty where it may."""
        kappa, found = self.agreement.kappa, list[str]()
        if kappa.low < self.bar.least_kappa:
            found.append(
                f"kappa {kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f}) against {self.truth}; the "
                f"lower end must reach {self.bar.least_kappa:.2f}"
            )
        if kappa.n < self.bar.least_items:
            found.append(f"{kappa.n} conversations with a known truth; {self.bar.least_items} are the least")
        if self.judge_family in self.agent_families:
            found.append(f"judge and agent are both of {self.judge_family}")
        return found

    @property
    def may_gate(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.refusals


def qualify(
    scores: Sequence[Score],
    agreement: Agreement,
    *,
    truth: str,
    bar: Bar,
    families: Families,
) -> Qualification:
    """What a judge's scores qualify it for.

    Args:
        scores: Of one judge by one wording.
        agreement: Of these scores with the truth.
        truth: What the truth is and where it came from.
        bar: What is asked for.
        families: Who made which model.

    Raises:
        NotQualifiedError: The scores are of several judges or wordings, or there are none.
        UnknownFamilyError: The family of a model is not known.
    """
    by = {(each.judge, each.rubric) for each in scores}
    if len(by) != 1:
        raise NotQualifiedError(f"a qualification is of one judge and one wording; these are {len(by)}")
    ((judge, rubric),) = by
    return Qualification(
        judge=judge,
        rubric=rubric,
        agent_families=tuple(sorted({families.of(each.agent_model) for each in scores})),
        judge_family=families.of(judge),
        agreement=agreement,
        truth=truth,
        bar=bar,
    )


def judged_gate(
    baseline: Sequence[Score],
    candidate: Sequence[Score],
    qualification: Qualification,
    *,
    families: Families | None = None,
    alpha: float = 0.05,
    limit: float = 0.02,
) -> GateVerdict:
    """The regression gate over a judge's verdicts; there is none without a qualification.

    Args:
        baseline: Scores of the production version's conversations.
        candidate: Scores of the new version's conversations.
        qualification: Of this judge with this wording.
        families: Who made which model.
        alpha: See :func:`~analytics.statistics.proportions.regression_gate`.
        limit: Likewise.

    Raises:
        NotQualifiedError: The judge may not gate, or has not shown it with these scores' wording and
            agents of these families.
        TooFewError: A side has no scores.
    """
    require_qualified([*baseline, *candidate], qualification, families or Families())
    return regression_gate(_passed(baseline), _passed(candidate), alpha=alpha, limit=limit)


def require_qualified(scores: Iterable[Score], qualification: Qualification, families: Families) -> None:
    """Refuses scores of a judge that may not gate.

    Raises:
        NotQualifiedError: As for :func:`judged_gate`.
        UnknownFamilyError: The family of an agent is not known.
    """
    if qualification.refusals:
        raise NotQualifiedError(f"{qualification.judge} may not gate: {'; '.join(qualification.refusals)}")
    for each in scores:
        if (each.judge, each.rubric) != (qualification.judge, qualification.rubric):
            raise NotQualifiedError(
                f"{qualification.judge} qualified with {qualification.rubric}, and the score of "
                f"{each.transcript_id} is by {each.judge} with {each.rubric}: qualify that"
            )
        if families.of(each.agent_model) not in qualification.agent_families:
            raise NotQualifiedError(
                f"{qualification.judge} qualified on agents of {', '.join(qualification.agent_families)}, "
                f"and {each.transcript_id} is by {each.agent_model}: measure it on such agents"
            )


def _passed(scores: Sequence[Score]) -> Proportion:
    return Proportion(sum(each.passed for each in scores), len(scores))
