"""What an audit finds about one recorded reward, and about a run of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct


class Standing(StrEnum):
    """What a recorded reward is worth."""

    RIGHT = "right"
    UNCHECKED = "unchecked"
    WRONG = "wrong"
    UNDECIDED = "undecided"


class Cause(StrEnum):
    """Why a reward is not simply right. What each means is told on the page."""

    NONE = ""
    BLIND_SCORER = "blind scorer"
    SCORED_AGAIN = "scored again"
    NOTHING_CHECKED = "nothing checked"
    STATE_IGNORED = "state ignored"
    OTHER_TASK_VERSION = "other task version"
    FAULTY_TASK = "faulty task"
    CRASHED = "crashed"
    UNPUBLISHED_SHOP = "unpublished shop"
    MODEL_SAID_SO = "a model said so"
    UNEXPLAINED = "unexplained"


class AuditedReward(Struct, frozen=True, kw_only=True):
    """One recorded reward beside the one computed again.

    Attributes:
        run: The run that the conversation is of.
        conversation_id: Unique over all runs.
        recorded: The reward as the source has it, 0 to 1.
        computed: The reward from the recorded actions; None where nothing can tell.
        standing: What the recorded reward is worth.
        cause: Why it is not simply right.
        evidence: What shows the cause.
        notes: What else a reader should know: a wrong task number, answers that were disturbed.
    """

    run: str
    conversation_id: str
    recorded: float
    computed: float | None
    standing: Standing
    cause: Cause = Cause.NONE
    evidence: str = ""
    notes: tuple[str, ...] = ()


class AuditedRun(Struct, frozen=True, kw_only=True):
    """A run whose rewards were computed again.

    Attributes:
        run: Its name.
        source: The data set that it is of.
        rewards: One a conversation.
        doing_nothing: What an agent that neither speaks nor acts gets on the same tasks, mean; None where
            that cannot be computed.
    """

    run: str
    source: str
    rewards: Sequence[AuditedReward]
    doing_nothing: float | None

    def count(self, standing: Standing) -> int:
        """Conversations of a standing."""
        return sum(each.standing is standing for each in self.rewards)

    def causes(self) -> Counter[Cause]:
        """Conversations by cause, where there is one."""
        return Counter(each.cause for each in self.rewards if each.cause)

    @property
    def computed_again(self) -> list[AuditedReward]:
        """Those with a computed reward."""
        return [each for each in self.rewards if each.computed is not None]

    @property
    def mean_recorded(self) -> float | None:
        """Mean recorded reward of those that could be computed again."""
        return mean(each.recorded for each in self.computed_again)

    @property
    def mean_computed(self) -> float | None:
        """Mean computed reward."""
        return mean(each.computed for each in self.computed_again if each.computed is not None)


def mean(values: Iterable[float]) -> float | None:
    """The mean, or None of nothing."""
    known = list(values)
    return sum(known) / len(known) if known else None


def settled(*, recorded: float, computed: float, seen: bool) -> Standing:
    """The standing of a reward that could be computed again.

    Args:
        recorded: As the source has it.
        computed: By execution.
        seen: Whether the scoring of the source could have found a wrong state. A reward of 0 that is due
            stays right where it could not: something else was missing as well.
    """
    if recorded != computed:
        return Standing.WRONG
    return Standing.RIGHT if seen or not recorded else Standing.UNCHECKED
