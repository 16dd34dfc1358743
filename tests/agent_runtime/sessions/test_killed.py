"""A serving process is killed with -9 in the middle of turns, again and again: spec A8."""

import asyncio
import sys
from pathlib import Path

import pytest

from agent_runtime.sessions.lane import SessionLane
from agent_runtime.sessions.turns import Sender
from tests.agent_runtime.sessions.conftest import OpenStore
from tests.agent_runtime.sessions.killed import POLICY, Counting

MESSAGES = 8
KILLS = 2


@pytest.mark.spec("A8")
async def test_nothing_is_answered_twice_or_dropped_when_the_process_is_killed(
    address: str, open_store: OpenStore, prefix: str, tmp_path: Path
) -> None:
    log = tmp_path / "turns.log"
    log.touch()
    store = await open_store()
    anna = Sender(tenant_id=f"{prefix}acme", channel="web", channel_user="anna")
    for n in range(MESSAGES):
        await store.accept(anna, f"m{n}", f"t{n}", customer_id="c")
    for kill in range(KILLS):
        await _killed_in_a_turn(address, log, begun=2 * (kill + 1))

    async with SessionLane(await open_store(), Counting(log, takes_s=0.0), policy=POLICY) as lane:
        answers = [await lane.send(anna, f"m{n}", f"t{n}") for n in range(MESSAGES)]
    assert [answer.text for answer in answers] == [f"{n + 1}: t{n}" for n in range(MESSAGES)]
    assert any(int(line.split()[2]) > 1 for line in log.read_text().splitlines()), "no turn was cut off"


async def _killed_in_a_turn(address: str, log: Path, begun: int) -> None:
    """Starts the process, kills it when some turns have begun and the last of them has not ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.agent_runtime.sessions.killed", address, str(log)),
        cwd=Path(__file__).parents[3],
    )
    try:
        async with asyncio.timeout(60):
            while not _in_a_turn(log, begun):
                assert process.returncode is None
                await asyncio.sleep(0.002)
    finally:
        process.kill()
        await process.wait()


def _in_a_turn(log: Path, begun: int) -> bool:
    lines = log.read_text().splitlines()
    return sum(line.startswith("begin") for line in lines) >= begun and lines[-1].startswith("begin")
