"""A team that plays a visit and is killed on the way: ``python -m … folder seed point write``.

With ``fails`` as last argument what it does in the end fails, and is taken back.

Points are those of ``tests/agent_runtime/domains/appointments/killed.py``.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from agent_runtime.clock import SystemClock
from agent_runtime.domains.appointments import AppointmentDatabase
from agent_runtime.domains.appointments.scripts import ScriptedCaller, visit
from agent_runtime.ledger import SqliteLedger
from tests.agent_runtime.domains.appointments.killed import Deadly, DeadlyLedger
from tests.agent_runtime.domains.appointments.playing import files
from tests.agent_runtime.supervisor.desk_team import (
    converse,
    delegates_all,
    desk_team,
    failing_team,
    leads,
)


def main(folder: Path, seed: int, point: str, write: int, *, fails: bool) -> None:
    desk, ledger_file = files(folder)
    script, deadly = visit(seed), Deadly(point, write)
    store = AppointmentDatabase(desk).store("visit")
    ledger: Any = DeadlyLedger(SqliteLedger(ledger_file), deadly)
    team, policy = (failing_team(), delegates_all) if fails else (desk_team(), leads(script))
    conversation = converse(team, policy, store, ledger, [], carrier=deadly.carry, clock=SystemClock())
    asyncio.run(conversation.hold(ScriptedCaller(script), channel="chat"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), fails=sys.argv[5:] == ["fails"])
