"""Rewards by agent version, with intervals."""

import json

import duckdb
import pytest

from analytics.rewards import VersionReward, reward_by_version


def judged(conversation: str, version: str, name: str, score: float) -> tuple[str, str, str, str]:
    payload = {"gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": score}
    return conversation, version, "outcome_recorded", json.dumps(payload)


def test_rewards_are_counted_by_version_and_held_against_the_record() -> None:
    connection = duckdb.connect()
    connection.execute("create schema silver")
    connection.execute(
        "create table silver.events (conversation_id text, agent_version text, event_type text, payload text)"
    )
    rows = [
        judged("a", "v1", "task_reward", 1.0),
        judged("a", "v1", "recorded_reward", 1.0),
        judged("b", "v1", "task_reward", 0.0),
        judged("b", "v1", "recorded_reward", 1.0),
        judged("c", "v1", "task_reward", 1.0),
        judged("d", "v1", "recorded_reward", 1.0),
        judged("e", "v2", "task_reward", 0.0),
        ("f", "v2", "msg_received", "{}"),
    ]
    connection.executemany("insert into silver.events values (?, ?, ?, ?)", rows)
    assert reward_by_version(connection) == [
        VersionReward(agent_version="v1", judged=3, rewarded=2, recorded=2, recorded_rewarded=2, different=1),
        VersionReward(agent_version="v2", judged=1, rewarded=0, recorded=0, recorded_rewarded=0, different=0),
    ]


@pytest.mark.parametrize(
    ("rewarded", "judged", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_published_one(rewarded: int, judged: int, low: float, high: float) -> None:
    """Method 3 in Newcombe (1998), Statistics in Medicine 17:857, table I."""
    version = VersionReward(
        agent_version="v", judged=judged, rewarded=rewarded, recorded=0, recorded_rewarded=0, different=0
    )
    assert version.interval() == pytest.approx((low, high), abs=5e-5)
