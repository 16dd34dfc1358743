"""A process that plays a visit and is killed on the way: ``python -m … folder seed point write``.

The point is ``attempt`` or ``settle`` (before the ledger notes it), ``noted`` (after the attempt is
noted, before the call leaves), ``commit`` (after the tool's commit, before its answer) or ``settled``.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent_runtime.clock import SystemClock
from agent_runtime.domains.appointments import AppointmentDatabase
from agent_runtime.domains.appointments.scripts import visit
from agent_runtime.execution import deliver
from agent_runtime.ledger import EffectRecord, SqliteLedger
from agent_runtime.tools import Tool
from tests.agent_runtime.domains.appointments.playing import files, play, play_without_ledger


def die() -> None:
    """Kills this process as the system does that runs out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """Counts writes, and kills the process at one of them."""

    def __init__(self, point: str, write: int) -> None:
        self.point, self.write, self.writes = point, write, 0

    def at(self, point: str) -> None:
        if point == self.point and self.writes == self.write:
            die()

    async def carry(self, tool: Tool[Any], store: Any, arguments: Struct, key: str) -> object:
        if tool.effect == "write" and not key:  # without a ledger nobody counted before
            self.writes += 1
        answer = await deliver(tool, store, arguments, key)
        if tool.effect == "write":
            self.at("commit")
        return answer


class DeadlyLedger(SqliteLedger):
    """Dies before or after it notes something."""

    deadly: Deadly

    async def put(self, record: EffectRecord) -> None:
        if record.state == "attempted":
            self.deadly.writes += 1
        before, after = ("attempt", "noted") if record.state == "attempted" else ("settle", "settled")
        self.deadly.at(before)
        await super().put(record)
        self.deadly.at(after)


def main(folder: Path, seed: int, point: str, write: int, *, ledger_on: bool) -> None:
    desk, ledger_file = files(folder)
    store = AppointmentDatabase(desk).store("visit")
    deadly = Deadly(point, write)
    if ledger_on:
        ledger = DeadlyLedger(ledger_file)
        ledger.deadly = deadly
        asyncio.run(play(visit(seed), store, ledger, carrier=deadly.carry, clock=SystemClock()))
    else:
        asyncio.run(play_without_ledger(visit(seed), store, carrier=deadly.carry))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), ledger_on=sys.argv[5] == "on")
