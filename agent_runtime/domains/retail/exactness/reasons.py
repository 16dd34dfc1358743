"""Why a recorded answer or reward differs from ours: decided from evidence, not from lists."""

import ast
import json
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from agent_runtime.domains.retail.exactness.replaying import Replayed, ReplayedCall, Replayer, endings
from agent_runtime.domains.retail.exactness.witnesses import Witness, Witnesses
from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.grading import Grade
from agent_runtime.recordings import Recordings


class Reason(StrEnum):
    """Why the record differs. What each means is told in :data:`MEANINGS`."""

    REWRITTEN = "rewritten"
    OTHER_CALL = "other call"
    TORN_READ = "torn read"
    FOREIGN_WRITE = "foreign write"
    LOST_WRITE = "lost write"
    LEARNED_WRITE = "learned write"
    BLIND_SCORER = "blind scorer"
    SCORED_AGAIN = "scored again"
    UNEXPLAINED = "unexplained"


MEANINGS: Final = {
    Reason.REWRITTEN: 'The agent wrapped the answer as `# var_N = "…"` before it was recorded; the text '
    "inside is ours, byte for byte.",
    Reason.OTHER_CALL: "The answer complains of an argument that the recorded call does not have: the call "
    "that was executed is not the one that was recorded.",
    Reason.TORN_READ: "The run kept the shop in one JSON file, and the tool read it while another "
    "conversation was writing it; the answer is the JSON parser's complaint.",
    Reason.FOREIGN_WRITE: "Another conversation had already written to the same shop; after that write "
    "our tool answers what was recorded, byte for byte.",
    Reason.LOST_WRITE: "A write of this conversation itself is missing from the recorded answer: it failed "
    "on a torn read, or another conversation overwrote the shared file. Without it our tool answers what "
    "was recorded, byte for byte.",
    Reason.LEARNED_WRITE: "A learned tool, whose code was not published, had written to the same order "
    "before in this conversation.",
    Reason.BLIND_SCORER: "The digest recorded as that of the ground truth is that of the untouched shop: "
    "the scorer hashed a copy that neither the tools nor the ground truth wrote to, so that every final "
    "state passed. With the state left out our reward is the recorded one.",
    Reason.SCORED_AGAIN: "The conversation went on after its end, and each end was scored. Scoring leaves "
    "the shop in its ground-truth state, so that the second scoring compares the ground truth with itself. "
    "Done that way our reward is the recorded one.",
    Reason.UNEXPLAINED: "A bug of ours until somebody shows otherwise.",
}

_REWRITTEN: Final = re.compile(r"# var_\d+ = (?P<literal>.*)", re.DOTALL)
_NO_SUCH_ARGUMENT: Final = re.compile(r"got an unexpected keyword argument '(?P<name>\w+)'")
_TORN: Final = re.compile(
    r"Error: Error executing tool \w+: (Expecting .+|Extra data|Unterminated string.*|Invalid .+): "
    r"line \d+ column \d+ \(char \d+\)"
)


Explanation = tuple[Reason, str]
"""A reason and what shows it."""


class Difference(Struct, frozen=True, kw_only=True):
    """One place where the record is not what we got.

    Attributes:
        conversation_id: Where.
        place: Step of the call; None for the reward.
        reason: Why.
        ours: What we got.
        recorded: What the record says.
        evidence: What shows the reason.
    """

    conversation_id: str
    place: int | None
    reason: Reason
    ours: str
    recorded: str
    evidence: str


class OtherScoring(Struct, frozen=True, kw_only=True):
    """A conversation that was not scored by its final state.

    Attributes:
        conversation_id: Which one.
        reason: How it was scored.
        follows: Whether the recorded reward follows from that, also where ours equals it anyway.
        evidence: What shows the reason.
    """

    conversation_id: str
    reason: Reason
    follows: bool
    evidence: str


class RunExactness(Struct, frozen=True, kw_only=True):
    """How exact the replay of one run is.

    Attributes:
        run: The run.
        replayed: Its conversations.
        observations: Answers that differ.
        rewards: Rewards that differ.
        other_scorings: Every conversation that was not scored by its final state.
    """

    run: str
    replayed: Sequence[Replayed]
    observations: list[Difference]
    rewards: list[Difference]
    other_scorings: list[OtherScoring]

    def unexplained(self) -> list[Difference]:
        """The differences that nothing explains."""
        return [each for each in (*self.observations, *self.rewards) if each.reason is Reason.UNEXPLAINED]


def explain_run(
    run: str, replayed: Sequence[Replayed], replayer: Replayer, witnesses: Witnesses
) -> RunExactness:
    """Compares the conversations of a run with their record and explains every difference."""
    torn = any(_torn(call) for each in replayed for call in each.calls)
    observations = [
        _difference(each, call, _explain_call(each, call, witnesses if torn else None))
        for each in replayed
        for call in each.calls
        if call.known and call.ours != call.recorded
    ]
    rewards, scored = [], []
    for each, blind in zip(replayed, _scored_blind(replayed, replayer.untouched_digest), strict=True):
        if each.grade is None:
            continue
        recorded = each.conversation.grade.reward
        as_scored = _reward_as_scored(each, each.grade, replayer, scored_blind=blind)
        if as_scored:
            scored.append(
                OtherScoring(
                    conversation_id=each.conversation.conversation_id,
                    reason=as_scored[0],
                    follows=as_scored[1] == recorded,
                    evidence=_scoring_evidence(each),
                )
            )
        if each.whole and each.grade.reward != recorded:
            rewards.append(_reward_difference(each, each.grade, as_scored))
    return RunExactness(
        run=run, replayed=replayed, observations=observations, rewards=rewards, other_scorings=scored
    )


def explain_all(source: Recordings, replayer: Replayer) -> list[RunExactness]:
    """Replays all runs of the data set and explains every difference."""
    replayed = {
        run.name: [replayer.replay(each) for each in source.conversations(run)] for run in source.runs()
    }
    witnesses = Witnesses(replayer.database, (each for run in replayed.values() for each in run))
    return [explain_run(run, each, replayer, witnesses) for run, each in replayed.items()]


def _explain_call(replayed: Replayed, call: ReplayedCall, witnesses: Witnesses | None) -> Explanation:
    """The reason of a difference; without witnesses where no torn read shows that the shop was shared."""
    return (
        _rewritten(call)
        or _torn(call)
        or (witnesses and _witnessed(replayed, call, witnesses.find(replayed, call)))
        or _learned(replayed, call)
        or (Reason.UNEXPLAINED, "")
    )


def _rewritten(call: ReplayedCall) -> Explanation | None:
    wrapped = _REWRITTEN.fullmatch(call.recorded)
    if wrapped is None:
        return None
    inside = ast.literal_eval(wrapped["literal"])
    if inside == call.ours:
        return Reason.REWRITTEN, "the wrapped text is ours"
    complaint = _NO_SUCH_ARGUMENT.search(inside)
    if complaint and complaint["name"] not in call.call.arguments:
        return Reason.OTHER_CALL, f"the recorded call has {', '.join(call.call.arguments)} only"
    return None


def _torn(call: ReplayedCall) -> Explanation | None:
    return (Reason.TORN_READ, "the JSON parser's message") if _TORN.fullmatch(call.recorded) else None


def _witnessed(replayed: Replayed, call: ReplayedCall, witness: Witness | None) -> Explanation | None:
    if witness is None:
        return None
    foreign = witness.foreign(replayed.conversation.conversation_id)
    if foreign:
        return Reason.FOREIGN_WRITE, "; ".join(map(str, foreign))
    kept = {each.place for each in witness.writes}
    lost = [
        f"{each.call.name}, step {each.place}"
        for each in replayed.calls
        if RETAIL_TOOLS.effect_of(each.call.name) == "write"
        and each.place < call.place
        and each.place not in kept
    ]
    return (Reason.LOST_WRITE, f"without {'; '.join(lost)}") if lost else None


def _learned(replayed: Replayed, call: ReplayedCall) -> Explanation | None:
    for each in replayed.calls:
        if not each.known and each.place < call.place and json.dumps(call.recorded) in each.recorded:
            return Reason.LEARNED_WRITE, f"{each.call.name}, step {each.place}, answered the same text"
    return None


def _reward_as_scored(
    replayed: Replayed, grade: Grade, replayer: Replayer, *, scored_blind: bool
) -> tuple[Reason, float] | None:
    """How the conversation was scored, where not by its final state, and what that comes to."""
    if scored_blind:
        return Reason.BLIND_SCORER, msgspec.structs.replace(grade, state_matches=True).reward
    again = replayer.state_matches_when_scored_again(replayed.conversation)
    if again is None:
        return None
    return Reason.SCORED_AGAIN, msgspec.structs.replace(grade, state_matches=again).reward


def _scored_blind(replayed: Sequence[Replayed], untouched_digest: str) -> list[bool]:
    """Whether each conversation was scored without its state.

    A digest tells where the ground truth changes the shop; where it does not, or none
    was recorded, the nearest conversations before and after that tell have to agree.
    """
    told = [_told_blind(each, untouched_digest) for each in replayed]
    return [
        each if each is not None else _agreed(told[:place], told[place + 1 :])
        for place, each in enumerate(told)
    ]


def _told_blind(replayed: Replayed, untouched_digest: str) -> bool | None:
    recorded = replayed.conversation.grade.truth_digest
    if replayed.truth is None or recorded is None or replayed.truth.digest == untouched_digest:
        return None
    return recorded == untouched_digest


def _agreed(before: Sequence[bool | None], after: Sequence[bool | None]) -> bool:
    nearest = [
        next((each for each in side if each is not None), None) for side in (reversed(before), iter(after))
    ]
    told = [each for each in nearest if each is not None]
    return bool(told) and all(told)


def _difference(replayed: Replayed, call: ReplayedCall, explanation: Explanation) -> Difference:
    return Difference(
        conversation_id=replayed.conversation.conversation_id,
        place=call.place,
        reason=explanation[0],
        ours=call.ours,
        recorded=call.recorded,
        evidence=explanation[1],
    )


def _reward_difference(
    replayed: Replayed, grade: Grade, as_scored: tuple[Reason, float] | None
) -> Difference:
    recorded = replayed.conversation.grade.reward
    explained = as_scored is not None and as_scored[1] == recorded
    return Difference(
        conversation_id=replayed.conversation.conversation_id,
        place=None,
        reason=as_scored[0] if as_scored and explained else Reason.UNEXPLAINED,
        ours=str(grade.reward),
        recorded=str(recorded),
        evidence=_scoring_evidence(replayed) if explained else "",
    )


def _scoring_evidence(replayed: Replayed) -> str:
    recorded = replayed.conversation.grade
    if len(endings(replayed.conversation)) > 1:
        return f"{len(endings(replayed.conversation))} ends"
    if (
        recorded.truth_digest is not None
        and replayed.truth
        and recorded.truth_digest != replayed.truth.digest
    ):
        return "recorded digest of the ground truth: that of the untouched shop"
    return "no telling digest, but the nearest ones before and after are of the untouched shop"
