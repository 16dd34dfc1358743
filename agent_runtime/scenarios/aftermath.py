"""What comes after a conversation: ratings, surveys, grades, refunds, each at its time."""

import random
from typing import Final

from msgspec import Struct

from agent_runtime.scenarios.description import Aftermath
from streaming.contract import payloads as p

_MINUTE_NS: Final = 60_000_000_000
_HOUR_NS: Final = 60 * _MINUTE_NS
_DAY_NS: Final = 24 * _HOUR_NS
_GRADED_AFTER_NS: Final = _HOUR_NS
_LONGEST_SURVEY_H: Final = 120.0
_SETTLED_SHARE: Final = 0.97
_COMMENTS: Final = {
    1: ("This did not help at all.", "I am disappointed."),
    2: ("That took far too long.", "I had hoped for more."),
    3: ("It was all right.", "Could be better."),
    4: ("Good, thank you.", "That was fine."),
    5: ("Excellent service!", "Quick and friendly."),
}


class Experience(Struct, frozen=True, kw_only=True):
    """What a conversation was like for the customer.

    Attributes:
        outcome: How it ended.
        served: Whether the customer got what is right.
        untrue: Whether the agent said what is not true.
        effort: What made it tedious: obstacles, and being asked twice.
        refund: Whether the customer waits for a refund.
    """

    outcome: p.Outcome
    served: bool
    untrue: bool
    effort: int
    refund: bool


class Later(Struct, frozen=True):
    """An event that comes some time after the conversation, ns."""

    after_ns: int
    payload: p.Payload


def what_comes_later(rng: random.Random, settings: Aftermath, experience: Experience) -> list[Later]:
    """What comes after a conversation, the earliest first.

    Args:
        rng: Where chance comes from.
        settings: How often what comes.
        experience: What the conversation was like.
    """
    # Every number is drawn whether it is used or not, so that no share moves what others draw.
    rates, answers, grades, settles, erring = (rng.random() for _ in range(5))
    rating, satisfaction = _stars(rng, experience), _stars(rng, experience)
    rated_after = rng.randint(15, 300) * 1_000_000_000
    answered_after = int(min(rng.lognormvariate(1.8, 1.0), _LONGEST_SURVEY_H) * 3_600) * 1_000_000_000
    settled_after = rng.randint(24, 120) * _HOUR_NS + rng.randrange(3_600) * 1_000_000_000
    comment = rng.choice(_COMMENTS[rating])
    found: list[Later] = []
    stayed = experience.outcome != "abandoned"
    if stayed and rates < settings.rating_share:
        found.append(Later(rated_after, p.FeedbackReceived(rating=rating, comment=comment)))
    if grades < settings.graded_share:
        says_untrue = erring < (
            settings.graded_sensitivity if experience.untrue else settings.graded_false_alarms
        )
        grade = p.OutcomeRecorded(name="hallucination", score=float(says_untrue))
        found.append(Later(_GRADED_AFTER_NS, grade))
    if stayed and answers < settings.csat_share:
        survey = p.OutcomeRecorded(name="csat", score=float(satisfaction))
        found.append(Later(answered_after, survey))
    if experience.refund:
        settled = p.OutcomeRecorded(name="refund_settled", score=float(settles < _SETTLED_SHARE))
        found.append(Later(settled_after, settled))
    return sorted(found, key=lambda each: each.after_ns)


def _stars(rng: random.Random, experience: Experience) -> int:
    """One to five: who was served is content, who had to make efforts less so."""
    content = (4.6 if experience.served else 2.3) - 0.3 * experience.effort
    if experience.outcome == "escalated":
        content -= 0.3
    return min(max(round(rng.gauss(content, 0.8)), 1), 5)
