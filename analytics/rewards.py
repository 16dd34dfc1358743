"""How often each agent version did what the customer came for."""

from importlib.resources import files
from typing import Final

import duckdb
from msgspec import Struct
from scipy.stats import binomtest

_REWARD_BY_VERSION: Final = files("analytics").joinpath("sql/reward_by_version.sql").read_text()


class VersionReward(Struct, frozen=True, kw_only=True):
    """The rewards of one agent version.

    Attributes:
        agent_version: The version.
        judged: Conversations with a reward of ours.
        rewarded: Those whose reward is 1.
        recorded: Judged conversations that also have a recorded reward.
        recorded_rewarded: Those whose recorded reward is 1.
        different: Conversations whose two rewards differ.
    """

    agent_version: str
    judged: int
    rewarded: int
    recorded: int
    recorded_rewarded: int
    different: int

    @property
    def share(self) -> float:
        """The share of rewarded conversations, 0 to 1."""
        return self.rewarded / self.judged

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Wilson's score interval of the share (Wilson 1927).

        Args:
            confidence: Coverage, 0 to 1.
        """
        bounds = binomtest(self.rewarded, self.judged).proportion_ci(confidence, method="wilson")
        return float(bounds.low), float(bounds.high)


def reward_by_version(connection: duckdb.DuckDBPyConnection) -> list[VersionReward]:
    """The rewards of every agent version that has any, by name.

    Args:
        connection: A connection that sees ``silver.events``.
    """
    rows = connection.execute(_REWARD_BY_VERSION).fetchall()
    names = VersionReward.__struct_fields__
    return [VersionReward(**dict(zip(names, row, strict=True))) for row in rows]
