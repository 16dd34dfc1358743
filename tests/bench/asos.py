"""39 real experiments (Liu et al. 2021), judged by every design: what looking daily would have claimed."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

import duckdb
from msgspec import Struct

from analytics.experiments.looks import Look, Standing, looks_of
from analytics.experiments.plan import AlwaysValid, Design, FixedHorizon, GroupSequential
from analytics.statistics.differences import welch
from analytics.statistics.samples import Sample
from tests.bench.experiment_simulations import ALPHA, PLAIN

_DAY: Final = date(2021, 1, 1)
_ROWS: Final = """
    select experiment_id, variant_id, metric_id, time_since_start,
        count_c, mean_c, variance_c, count_t, mean_t, variance_t
    from read_csv(?)
    where count_c >= 2 and count_t >= 2 and variance_c is not null and variance_t is not null
    order by experiment_id, variant_id, metric_id, time_since_start
"""


class Judged(Struct, frozen=True, kw_only=True):
    """One metric of one variant of one experiment, by each design; days from the start, None for never.

    Attributes:
        experiment: Its id.
        users: Of the smaller variant, at the end.
        looks: Looks that the data has.
        peeking: When a plain test, made at every look, first says different.
        fixed: Whether one plain test at the end does.
        always_valid: When the confidence sequence does.
        obrien_fleming: When the group-sequential design with as many looks does.
    """

    experiment: str
    users: int
    looks: int
    peeking: float | None
    fixed: bool
    always_valid: float | None
    obrien_fleming: float | None


class _Series(Struct, frozen=True):
    experiment: str
    times: list[float]
    standings: list[Standing]


def judged(path: Path) -> list[Judged]:
    """Judges all of them."""
    return [_judged(one) for one in _read(path) if one.standings]


def _read(path: Path) -> Iterator[_Series]:
    rows = duckdb.connect().execute(_ROWS, [str(path)]).fetchall()
    for (experiment, *_), group in groupby(rows, key=lambda row: row[:3]):
        times, standings = list[float](), list[Standing]()
        for number, row in enumerate(group):
            difference = welch(Sample(*row[4:7]), Sample(*row[7:10]))
            if difference.error > 0:
                times.append(row[3])
                day = _DAY + timedelta(days=number)  # only their order matters
                standings.append(
                    Standing(day=day, difference=difference, control_n=row[4], treatment_n=row[7])
                )
        yield _Series(experiment, times, standings)


def _judged(one: _Series) -> Judged:
    users = max(standing.units for standing in one.standings)
    shares = sorted({standing.units / users for standing in one.standings})
    # a bound for each of a few dozen looks is more than any plan would have
    kept = tuple(shares[-1 - i * max(len(shares) // 10, 1)] for i in range(min(10, len(shares))))[::-1]
    peeks = (
        time
        for time, standing in zip(one.times, one.standings, strict=True)
        if abs(standing.difference.statistic) > PLAIN
    )
    return Judged(
        experiment=one.experiment,
        users=users,
        looks=len(one.standings),
        peeking=next(peeks, None),
        fixed=_decided(FixedHorizon(units=users), one) is not None,
        always_valid=_decided(AlwaysValid(units=users), one),
        obrien_fleming=_decided(GroupSequential(units=users, shares=kept), one),
    )


def _decided(design: Design, one: _Series) -> float | None:
    looks: list[Look] = looks_of(design, one.standings, ALPHA)
    if not looks or not looks[-1].crossed:
        return None
    return one.times[one.standings.index(looks[-1].standing)]


def table(found: list[Judged]) -> str:
    """A row an experiment, as Markdown: comparisons that each design calls different."""
    methods = "plain, at every look | plain, at the end | always valid | O'Brien-Fleming"
    lines = [f"| experiment | comparisons | users | looks | {methods} |", f"|{'---|' * 8}"]
    for experiment, group in groupby(found, key=lambda one: one.experiment):
        lines.append(_line(experiment, list(group)))
    return "\n".join([*lines, _line("all", found)]) + "\n"


def _line(name: str, of: list[Judged]) -> str:
    counts = (
        sum(one.peeking is not None for one in of),
        sum(one.fixed for one in of),
        sum(one.always_valid is not None for one in of),
        sum(one.obrien_fleming is not None for one in of),
    )
    users = f"{max(one.users for one in of):,}"
    return (
        f"| {name} | {len(of)} | {users} | {max(one.looks for one in of)} | {' | '.join(map(str, counts))} |"
    )
