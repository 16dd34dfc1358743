"""Latency and cost of a run beside what they may be (spec G1)."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from analytics.evals.results import Result

Figures = dict[str, float]


class Budget(Struct, frozen=True, kw_only=True):
    """A figure that may not be higher.

    Attributes:
        measure: Its name, with unit.
        limit: What it may be.
        values: The measured values of results.
        of: The figure of values.
    """

    measure: str
    limit: float
    values: Callable[[Sequence[Result]], list[float]]
    of: Callable[[Sequence[float]], float]

    def figure(self, results: Sequence[Result]) -> float | None:
        """The figure; None where nobody measured it."""
        values = self.values(results)
        return self.of(values) if values else None


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return float(np.percentile(values, 95))


def _first_tokens(results: Sequence[Result]) -> list[float]:
    return [ms / 1e3 for one in results for ms in one.first_token_ms]


def _turns(results: Sequence[Result]) -> list[float]:
    return [ms / 1e3 for one in results for ms in one.response_ms]


def _costs(results: Sequence[Result]) -> list[float]:
    return [one.cost_usd for one in results if one.model_calls]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


BUDGETS: Final = (
    Budget(measure="first_token_p95_s", limit=3.0, values=_first_tokens, of=p95),
    Budget(measure="turn_p95_s", limit=15.0, values=_turns, of=p95),
    Budget(measure="cost_usd_a_conversation", limit=0.15, values=_costs, of=_mean),
)


def figures(results: Sequence[Result]) -> Figures:
    """All latencies and costs that were measured, for a report."""
    found = Figures()
    for name, values in (("first_token", _first_tokens(results)), ("turn", _turns(results))):
        for percent in (50, 95, 99) if values else ():
            found[f"{name}_p{percent}_s"] = float(np.percentile(values, percent))
    if costs := _costs(results):
        found["cost_usd_a_conversation"] = _mean(costs)
    return found
