"""The audit as a Markdown page, and every conversation as CSV."""

import csv
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any, Final, TextIO

from jinja2 import Environment, StrictUndefined

from analytics.reward_audit.findings import AuditedReward, AuditedRun, Cause, Standing
from analytics.statistics.proportions import Proportion, wilson

_TEMPLATE: Final = files("analytics.reward_audit").joinpath("page.md.j2").read_text(encoding="utf-8")
COLUMNS: Final = (
    "run",
    "conversation_id",
    "recorded",
    "computed",
    "standing",
    "cause",
    "evidence",
    "notes",
)


def markdown(runs: Sequence[AuditedRun]) -> str:
    """The whole page.

    Args:
        runs: All audited runs.
    """
    rewards = [each for run in runs for each in run.rewards]
    return (
        Environment(
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701 - Markdown of our own
        )
        .from_string(_TEMPLATE)
        .render(
            runs=[_row(run) for run in runs],
            total=len(rewards),
            computed=sum(each.computed is not None for each in rewards),
            counts={standing.value: sum(run.count(standing) for run in runs) for standing in Standing},
            causes={cause.value: _of(rewards, cause) for cause in Cause if cause},
            wrong=[each for each in rewards if each.standing is Standing.WRONG],
            misnumbered=len(_noted(rewards, "graded by task")),
            told=_noted(rewards, "unpublished tools"),
            never_returned=_noted(rewards, "return_all_delivered_order_items"),
        )
    )


def write_conversations(runs: Iterable[AuditedRun], out: TextIO) -> None:
    """Every conversation as CSV, a header first."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for run in runs:
        for each in run.rewards:
            values = (getattr(each, name) for name in COLUMNS[:-1])
            writer.writerow([*values, "; ".join(each.notes)])


def _row(run: AuditedRun) -> dict[str, Any]:
    known = run.computed_again
    causes = ", ".join(f"{count} {cause}" for cause, count in run.causes().items())
    return {
        "run": run.run,
        "source": run.source,
        "conversations": len(run.rewards),
        **{standing.value: run.count(standing) for standing in Standing},
        "causes": causes,
        "recorded": _number(run.mean_recorded),
        "computed": _number(run.mean_computed),
        "interval": _interval(known),
        "nothing": _number(run.doing_nothing),
    }


def _interval(known: Sequence[AuditedReward]) -> str:
    if not known:
        return ""
    low, high = wilson(Proportion(sum(each.computed == 1 for each in known), len(known)))
    return f" ({low:.2f}–{high:.2f})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _noted(rewards: Iterable[AuditedReward], what: str) -> list[AuditedReward]:
    return [each for each in rewards if any(what in note for note in each.notes)]


def _of(rewards: Iterable[AuditedReward], cause: Cause) -> list[AuditedReward]:
    return [each for each in rewards if each.cause is cause]
