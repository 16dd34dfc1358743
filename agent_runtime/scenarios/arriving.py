"""When conversations begin: hours of the day and days of the week, weeks on end."""

import random
from bisect import bisect_right
from datetime import UTC, datetime, time
from itertools import accumulate
from typing import Final

from agent_runtime.scenarios.description import Scenario, Traffic
from agent_runtime.simulation.randomness import seeded

HOUR_NS: Final = 3_600_000_000_000
DAY_NS: Final = 24 * HOUR_NS
WEEK_H: Final = 168


def week_profile(traffic: Traffic, later_h: int = 0) -> list[float]:
    """Share of a week's conversations by hour of the week, from Monday 0 h UTC on."""
    weights = [
        traffic.weekdays[hour // 24] * traffic.hours[hour % 24]
        for hour in ((place - later_h) % WEEK_H for place in range(WEEK_H))
    ]
    total = sum(weights)
    return [weight / total for weight in weights]


class Arrivals:
    """Gives every conversation of a scenario its start; a later number is a later start.

    Args:
        scenario: Says when.
        tier_shares: Share of the conversations by tier, in the scenario's order.
        seed: Equal arguments give equal starts.
        total: How many conversations there are.
    """

    def __init__(self, scenario: Scenario, tier_shares: list[float], *, seed: int, total: int) -> None:
        self.first_ns = first_ns(scenario)
        self._total = total
        self._seed = seed
        traffic = scenario.traffic
        profiles = [week_profile(traffic, tier.later_h) for tier in scenario.tiers]
        weekday_h = 24 * scenario.first_day.weekday()
        growth = 1 + traffic.growth_a_week
        weights = []
        for hour in range(WEEK_H * traffic.weeks):
            place = (hour + weekday_h) % WEEK_H
            weight = sum(share * profile[place] for share, profile in zip(tier_shares, profiles, strict=True))
            unsteady = seeded(seed, "hour", hour).lognormvariate(0, traffic.noise)
            weights.append(weight * growth ** (hour // WEEK_H) * unsteady)
        self._until = list(accumulate(weights))

    def start_ns(self, number: int, rng: random.Random) -> int:
        """The start of a conversation, ns since the epoch."""
        at = (number + rng.random()) / self._total * self._until[-1]
        hour = min(bisect_right(self._until, at), len(self._until) - 1)
        before = self._until[hour - 1] if hour else 0.0
        within = (at - before) / (self._until[hour] - before)
        return self.first_ns + int((hour + min(within, 0.999_999)) * 3_600_000_000) * 1_000


def first_ns(scenario: Scenario) -> int:
    """Midnight of the first day, ns since the epoch."""
    return int(datetime.combine(scenario.first_day, time(), UTC).timestamp()) * 1_000_000_000
