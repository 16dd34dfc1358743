"""Tenants of unequal size: Zipf by rank, in tiers, each tier with its own hours."""

import random
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from msgspec import Struct

from agent_runtime.scenarios.arriving import WEEK_H, week_profile
from agent_runtime.scenarios.description import Scenario, Tier

_FIRST: Final = (
    *("amber", "bramble", "cedar", "delta", "ember", "fjord", "grove", "harbor", "iris", "juniper"),
    *("kestrel", "lagoon", "meadow", "north", "opal", "pine", "quarry", "river", "summit", "tundra"),
)
_SECOND: Final = (
    *("outfitters", "home", "sports", "kids", "living", "market", "goods", "supply", "studio", "trading"),
)


class Tenant(Struct, frozen=True, kw_only=True):
    """A company.

    Attributes:
        id: Its name in the events.
        tier: What it belongs to.
        share: Its share of all conversations.
    """

    id: str
    tier: Tier
    share: float


def tenants_of(scenario: Scenario) -> list[Tenant]:
    """All tenants, the biggest first."""
    tiers = [tier for tier in scenario.tiers for _ in range(tier.tenants)]
    sizes = [rank**-scenario.size_exponent for rank in range(1, len(tiers) + 1)]
    total = sum(sizes)
    return [
        Tenant(id=tenant_name(place), tier=tier, share=size / total)
        for place, (tier, size) in enumerate(zip(tiers, sizes, strict=True))
    ]


def tenant_name(place: int) -> str:
    """The name of the tenant of a place: ``amber-outfitters``, ``bramble-home`` and so on."""
    turn, rest = divmod(place, len(_FIRST) * len(_SECOND))
    name = f"{_FIRST[rest % len(_FIRST)]}-{_SECOND[(rest + rest // len(_FIRST)) % len(_SECOND)]}"
    return f"{name}-{turn + 1}" if turn else name


class TenantMix:
    """Draws whose customer comes at an hour: the share of a tier follows its customers' day.

    Args:
        scenario: Says how big which tenant is.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.tenants = tenants_of(scenario)
        self._by_tier = [[each for each in self.tenants if each.tier is tier] for tier in scenario.tiers]
        self.tier_shares = [sum(each.share for each in many) for many in self._by_tier]
        self._within = [list(accumulate(each.share for each in many)) for many in self._by_tier]
        profiles = [week_profile(scenario.traffic, tier.later_h) for tier in scenario.tiers]
        self._tiers_at = [
            list(
                accumulate(
                    share * profile[hour] for share, profile in zip(self.tier_shares, profiles, strict=True)
                )
            )
            for hour in range(WEEK_H)
        ]

    def draw(self, rng: random.Random, hour_of_week: int) -> Tenant:
        """A tenant."""
        tier = _drawn(rng, self._tiers_at[hour_of_week])
        return self._by_tier[tier][_drawn(rng, self._within[tier])]


def _drawn(rng: random.Random, until: list[float]) -> int:
    return min(bisect_right(until, rng.random() * until[-1]), len(until) - 1)
