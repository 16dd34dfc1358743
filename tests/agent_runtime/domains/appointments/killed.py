"""A process that plays a visit and is killed: ``python -m … folder seed point write on|off ledger``.

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
from agent_runtime.ledger import EffectRecord, LedgerStore
from agent_runtime.ledger.opening import open_ledger
from agent_runtime.settings import LedgerSettings
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


class DeadlyLedger:
    """A ledger that dies before or after it notes something."""

    def __init__(self, ledger: LedgerStore, deadly: Deadly) -> None:
        self._ledger = ledger
        self._deadly = deadly

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def put(self, record: EffectRecord) -> None:
        if record.state == "attempted":
            self._deadly.writes += 1
        before, after = ("attempt", "noted") if record.state == "attempted" else ("settle", "settled")
        self._deadly.at(before)
        await self._ledger.put(record)
        self._deadly.at(after)


async def main(folder: Path, seed: int, deadly: Deadly, *, ledger_on: bool, ledger: str) -> None:
    store = AppointmentDatabase(files(folder)[0]).store("visit")
    if not ledger_on:
        await play_without_ledger(visit(seed), store, carrier=deadly.carry)
        return
    opened: Any = DeadlyLedger(await open_ledger(LedgerSettings(store=ledger)), deadly)
    await play(visit(seed), store, opened, carrier=deadly.carry, clock=SystemClock())


if __name__ == "__main__":
    asyncio.run(
        main(
            Path(sys.argv[1]),
            int(sys.argv[2]),
            Deadly(sys.argv[3], int(sys.argv[4])),
            ledger_on=sys.argv[5] == "on",
            ledger=sys.argv[6],
        )
    )
