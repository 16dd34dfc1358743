"""A process that serves a lane until it is killed: ``python -m`` this module, ``ADDRESS LOG``.

Each turn writes a line into the log before and after its work, so that the test sees when to kill it.
"""

import asyncio
import sys
from pathlib import Path

from agent_runtime.sessions.lane import LanePolicy, SessionLane
from agent_runtime.sessions.turns import Reply, Turn
from tests.agent_runtime.sessions.conftest import open_at

POLICY = LanePolicy(lease_s=0.5, poll_s=0.02, sweep_s=0.05, attempts=1_000)


class Counting:
    """A turn that takes a while and answers with its number."""

    def __init__(self, log: Path, takes_s: float = 0.03) -> None:
        self._log = log
        self._takes_s = takes_s

    async def __call__(self, turn: Turn) -> Reply:
        self._write(f"begin {turn.key} {turn.attempt}")
        await asyncio.sleep(self._takes_s)
        number = int(turn.state or b"0") + 1
        self._write(f"end {turn.key} {turn.attempt}")
        return Reply(text=f"{number}: {turn.text}", state=b"%d" % number)

    def _write(self, line: str) -> None:
        with self._log.open("a") as log:
            log.write(line + "\n")


async def serve(address: str, log: Path) -> None:
    async with SessionLane(await open_at(address), Counting(log), policy=POLICY):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
