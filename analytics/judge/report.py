"""What is known about the judges at hand: the figures of the page ``docs/judge.md``."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from analytics.judge.agreement import Agreement, Kappa, agreement_with_truth, cohen_kappa, kappa_of, table_of
from analytics.judge.baselines import AlwaysPasses, CoinFlips, ShorterPasses
from analytics.judge.effects import ChoiceEffects, Effect, LengthControl, length_control
from analytics.judge.failure_labels import LabelAgreement, Repeated, label_agreements, repeated
from analytics.judge.families import Families
from analytics.judge.interface import Score, Scorer
from analytics.judge.pairs import PositionBias, compare_both_orders, pair_effects, position_bias
from analytics.judge.planted import PLANTED, MadePairs, PlantedJudge, Taste, made_pairs, true_score
from analytics.judge.qualification import Bar, Qualification, qualify
from analytics.judge.recorded import JudgedConversation, judged_conversations, recorded_judges
from analytics.judge.rubric import SCALE, Rubric, load_rubric
from analytics.judge.sensitivity import Sensitivity, sensitivity
from analytics.judge.settings import JudgeSettings

TRUTH: Final = "execution (tau2-bench retail)"
NOBODY: Final = dict.fromkeys((AlwaysPasses.name, ShorterPasses.name, CoinFlips.name), "nobody")
"""The family of judges that are no models."""


class JudgeRow(Struct, frozen=True, kw_only=True):
    """A judge beside the truth.

    Attributes:
        judge: Who.
        prompt: How it was asked; empty for one that is not asked.
        qualification: What it has shown, and whether it may gate.
        length: What length does to its scores, and the scores without; None where all scores are the same.
        kappa_at_equal_length: Kappa of the scores with the length taken out; None likewise.
    """

    judge: str
    prompt: str
    qualification: Qualification
    length: LengthControl | None
    kappa_at_equal_length: float | None

    @property
    def agreement(self) -> Agreement:
        """With the truth."""
        return self.qualification.agreement


class PlantedRow(Struct, frozen=True, kw_only=True):
    """A planted judge, and what the measures make of it.

    Attributes:
        name: What it was planted with.
        taste: How much of it.
        place: How much the place decides.
        effects: What moved its choices.
        length_points: What length does to its scores.
        lenience: Points that its scores are too high.
        weighted: Quadratic-weighted kappa of its scores against the true ones.
    """

    name: str
    taste: Taste
    place: PositionBias
    effects: ChoiceEffects
    length_points: Effect
    lenience: float
    weighted: Kappa


class JudgeReport(Struct, frozen=True, kw_only=True):
    """All figures."""

    judges: list[JudgeRow]
    sensitivity: Sensitivity
    labels: list[LabelAgreement]
    repeated: Repeated
    planted: list[PlantedRow]
    pairs: int
    bar: Bar


async def judge_report(settings: JudgeSettings, *, seed: int = 7, pairs: int = 2_000) -> JudgeReport:
    """Measures every judge at hand.

    Args:
        settings: Where the records are, and the bar.
        seed: Of the bootstrap and of planted judges.
        pairs: Made-up pairs for each planted judge.

    Raises:
        JudgeRecordError: A record is absent or cannot be understood.
    """
    bar = Bar(least_kappa=settings.least_kappa, least_items=settings.least_items)
    families = Families({**settings.families, **NOBODY})
    conversations = judged_conversations(settings.verdicts)
    recorded = recorded_judges(settings.verdicts)
    scores = [await _scores(judge, conversations, judge.rubric) for judge in recorded]
    rows = [
        judge_row(judge.prompt, judge.rubric, each, conversations, bar=bar, families=families, seed=seed)
        for judge, each in zip(recorded, scores, strict=True)
    ]
    rubric = load_rubric("retail_outcome", 1)[0]
    for baseline in _baselines(conversations, rows[0].agreement.judged_prevalence, seed):
        each = await _scores(baseline, conversations, rubric)
        rows.append(judge_row("", rubric, each, conversations, bar=bar, families=families, seed=seed))
    rng = np.random.default_rng(seed)
    return JudgeReport(
        judges=rows,
        sensitivity=sensitivity(list(zip(*scores, strict=True))),
        labels=label_agreements(settings.failure_labels, rng),
        repeated=repeated(settings.failure_labels),
        planted=[await planted_row(name, pairs, seed) for name in PLANTED],
        pairs=pairs,
        bar=bar,
    )


def judge_row(
    prompt: str,
    rubric: Rubric,
    scores: Sequence[Score],
    conversations: Sequence[JudgedConversation],
    *,
    bar: Bar,
    families: Families,
    seed: int,
) -> JudgeRow:
    """A judge's scores beside the truth.

    Args:
        prompt: How it was asked.
        rubric: By what.
        scores: One a conversation.
        conversations: The same, in the same order.
        bar: What it must reach.
        families: Who made which model.
        seed: Of the bootstrap.
    """
    truth = [each.passed for each in conversations]
    values = np.array([each.value for each in scores], dtype=np.float64)
    length = None
    if np.ptp(values):
        doublings = np.array([each.transcript.doublings for each in conversations])
        length = length_control(values, doublings, np.array(truth, dtype=np.float64))
    verdicts = [each.passed for each in scores]
    agreement = agreement_with_truth(truth, verdicts, rng=np.random.default_rng(seed))
    return JudgeRow(
        judge=scores[0].judge,
        prompt=prompt,
        qualification=qualify(scores, agreement, truth=TRUTH, bar=bar, families=families),
        length=length,
        kappa_at_equal_length=None if length is None else _kappa_of_adjusted(length, truth, rubric.pass_at),
    )


async def planted_row(name: str, pairs: int, seed: int) -> PlantedRow:
    """A planted judge under all measures.

    Args:
        name: Which of :data:`~analytics.judge.planted.PLANTED`.
        pairs: Made-up pairs that it judges.
        seed: Of pairs and judge.
    """
    rng = np.random.default_rng([seed, *name.encode()])
    made, rubric = made_pairs(pairs, rng), load_rubric("retail_outcome", 1)[0]
    doublings = np.array([each.doublings for each in made.transcripts.values()])
    judge = PlantedJudge("gpt-4.1", PLANTED[name], made.quality, float(doublings.mean()), rng)
    shown = [(made.transcripts[a], made.transcripts[b]) for a, b in made.pairs]
    verdicts = [await compare_both_orders(judge, one, other, rubric) for one, other in shown]
    scores = [await judge.score(each, rubric) for each in made.transcripts.values()]
    values, true = np.array([float(each.value) for each in scores]), _true_scores(made)
    return PlantedRow(
        name=name,
        taste=PLANTED[name],
        place=position_bias(verdicts),
        effects=pair_effects(verdicts, made.transcripts, made.quality, judge.name, Families()),
        length_points=length_control(values, doublings, true).effect,
        lenience=float((values - true).mean()),
        weighted=kappa_of(
            [round(each) for each in true],
            [each.value for each in scores],
            SCALE,
            rng=rng,
            weights="quadratic",
        ),
    )


def _true_scores(made: MadePairs) -> NDArray[np.float64]:
    return np.array([true_score(made.quality[name]) for name in made.transcripts])


async def _scores(judge: Scorer, conversations: Sequence[JudgedConversation], rubric: Rubric) -> list[Score]:
    return [await judge.score(each.transcript, rubric) for each in conversations]


def _baselines(conversations: Sequence[JudgedConversation], share: float, seed: int) -> list[Scorer]:
    median = float(np.median([each.transcript.words for each in conversations]))
    return [AlwaysPasses(), ShorterPasses(median), CoinFlips(share, np.random.default_rng(seed))]


def _kappa_of_adjusted(length: LengthControl, truth: Sequence[bool], pass_at: int) -> float:
    """Kappa where the scores without their length pass from the same score on."""
    passed = [bool(each >= pass_at) for each in length.adjusted]
    return cohen_kappa(table_of(truth, passed, (False, True)))
