"""Rewards of the recorded tau-bench runs: computed again by execution, explained by how they were scored."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from agent_runtime.domains.retail import RetailDatabase, load_shop
from agent_runtime.domains.retail.exactness import (
    Difference,
    OtherScoring,
    Reason,
    Replayed,
    Replayer,
    RunExactness,
    explain_all,
)
from agent_runtime.grading import grade_of_doing_nothing
from agent_runtime.recordings import Recordings
from analytics.reward_audit.findings import AuditedReward, AuditedRun, Cause, Standing, mean, settled
from analytics.reward_audit.told_writes import grade_as_told

SOURCE: Final = "tau-bench retail"
_CAUSES: Final = {Reason.BLIND_SCORER: Cause.BLIND_SCORER, Reason.SCORED_AGAIN: Cause.SCORED_AGAIN}
_DISTURBANCES: Final = (Reason.TORN_READ, Reason.FOREIGN_WRITE, Reason.LOST_WRITE)


def audit_tau_bench(folder: Path) -> list[AuditedRun]:
    """Audits every run of the public data set.

    Args:
        folder: The retail folder, as ``docs/recordings.md`` describes it.

    Raises:
        DatasetNotFoundError: It is absent.
    """
    replayer = Replayer(RetailDatabase(load_shop(folder)))
    return [_run(each, replayer) for each in explain_all(Recordings(folder), replayer)]


def _run(run: RunExactness, replayer: Replayer) -> AuditedRun:
    scorings = {each.conversation_id: each for each in run.other_scorings}
    return AuditedRun(
        run=run.run,
        source=SOURCE,
        rewards=[_reward(run, each, replayer, scorings) for each in run.replayed],
        doing_nothing=mean(_doing_nothing(run.replayed)),
    )


def _reward(
    run: RunExactness, replayed: Replayed, replayer: Replayer, scorings: Mapping[str, OtherScoring]
) -> AuditedReward:
    conversation = replayed.conversation
    name, recorded = conversation.conversation_id, conversation.grade.reward
    again = replayed.grade if replayed.whole else grade_as_told(replayed, replayer)
    if again is None:
        return AuditedReward(
            run=run.run,
            conversation_id=name,
            recorded=recorded,
            computed=None,
            standing=Standing.UNDECIDED,
            cause=Cause.CRASHED,
            evidence=(conversation.error or "no error was recorded").strip().splitlines()[0][:120],
        )
    scoring = scorings.get(name)
    standing = settled(recorded=recorded, computed=again.reward, seen=scoring is None)
    cause, evidence = _explained(standing, scoring)
    return AuditedReward(
        run=run.run,
        conversation_id=name,
        recorded=recorded,
        computed=again.reward,
        standing=standing,
        cause=cause,
        evidence=evidence,
        notes=(*_unpublished(replayed), *_disturbed(name, run.observations)),
    )


def _explained(standing: Standing, scoring: OtherScoring | None) -> tuple[Cause, str]:
    if scoring is not None and scoring.follows:
        return _CAUSES[scoring.reason], scoring.evidence
    return (Cause.UNEXPLAINED, "") if standing is Standing.WRONG else (Cause.NONE, "")


def _unpublished(replayed: Replayed) -> list[str]:
    names = Counter(each.call.name for each in replayed.calls if not each.known)
    told = ", ".join(f"{name} ({count})" for name, count in sorted(names.items()))
    return [f"as unpublished tools answered: {told}"] if names else []


def _disturbed(conversation_id: str, observations: Iterable[Difference]) -> list[str]:
    reasons = Counter(
        each.reason
        for each in observations
        if each.conversation_id == conversation_id and each.reason in _DISTURBANCES
    )
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    return [f"shared its shop: {told}"] if reasons else []


def _doing_nothing(replayed: Iterable[Replayed]) -> list[float]:
    return [
        grade_of_doing_nothing(expected=each.truth.state, outputs=each.conversation.task.outputs).reward
        for each in replayed
        if each.truth is not None and each.conversation.task is not None
    ]
