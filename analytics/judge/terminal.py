"""Judges on a terminal."""

from collections.abc import Iterable

from rich.table import Table

from analytics.judge.report import JudgeRow


def table(rows: Iterable[JudgeRow]) -> Table:
    """A row a judge."""
    shown = Table(title="Judges against the truth")
    for column in ("judge", "prompt"):
        shown.add_column(column, no_wrap=True)
    for column in ("passes", "truth", "agrees", "kappa", "may gate"):
        shown.add_column(column, justify="right")
    for row in rows:
        found = row.agreement
        shown.add_row(
            row.judge,
            row.prompt,
            f"{found.judged_prevalence:.0%}",
            f"{found.prevalence:.0%}",
            f"{found.kappa.percent:.0%}",
            f"{found.kappa.value:.2f} ({found.kappa.low:.2f} to {found.kappa.high:.2f})",
            "yes" if row.qualification.may_gate else "no",
        )
    return shown
