"""Iceberg conditions that name days and tenants, so that only their files are looked at."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any, cast

from pyiceberg.expressions import (
    AlwaysFalse,
    And,
    BooleanExpression,
    EqualTo,
    GreaterThanOrEqual,
    In,
    LessThan,
    Or,
)

Predicate = Callable[[str, Any], BooleanExpression]
"""A column's name and what it is compared with."""
# Their models are typed by their serial form, not by how they are called.
equal, at_least, below, among = (
    cast("Predicate", predicate) for predicate in (EqualTo, GreaterThanOrEqual, LessThan, In)
)


def on_day(column: str, day: date) -> BooleanExpression:
    """The rows whose time is on a day, UTC."""
    return And(
        at_least(column, f"{day}T00:00:00+00:00"),
        below(column, f"{day + timedelta(days=1)}T00:00:00+00:00"),
    )


def on_days_of_tenants(column: str, places: Iterable[tuple[date, str]]) -> BooleanExpression:
    """The rows of some days and tenants; none where there are no places.

    Args:
        column: The column whose time says the day.
        places: Days with a tenant each.
    """
    tenants = defaultdict[date, set[str]](set)
    for day, tenant in places:
        tenants[day].add(tenant)
    return any_of([And(on_day(column, day), among("tenant_id", tenants[day])) for day in sorted(tenants)])


def all_of(conditions: Iterable[BooleanExpression]) -> BooleanExpression:
    """The rows for which every condition holds."""
    return reduce(And, conditions)


def any_of(conditions: Sequence[BooleanExpression]) -> BooleanExpression:
    """The rows for which some condition holds: a balanced tree, as pyiceberg walks it by recursion."""
    if not conditions:
        return AlwaysFalse()
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    return Or(any_of(conditions[:half]), any_of(conditions[half:]))
