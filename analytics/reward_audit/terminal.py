"""The audit on a terminal."""

from collections.abc import Iterable

from rich.table import Table

from analytics.reward_audit.findings import AuditedRun, Standing


def table(runs: Iterable[AuditedRun]) -> Table:
    """A row a run."""
    shown = Table(title="Recorded rewards, computed again")
    for column in ("run", "of"):
        shown.add_column(column, no_wrap=True)
    for column in (*Standing, "recorded", "computed", "doing nothing"):
        shown.add_column(column, justify="right")
    for run in runs:
        counts = [str(run.count(standing)) for standing in Standing]
        means = (run.mean_recorded, run.mean_computed, run.doing_nothing)
        shown.add_row(
            run.run,
            str(len(run.rewards)),
            *counts,
            *("" if each is None else f"{each:.3f}" for each in means),
        )
    return shown
