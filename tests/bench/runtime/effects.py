"""What faults do to effects: all recorded retail runs, and a desk whose writes have no guard."""

import asyncio
import random
import sys
from collections.abc import Mapping
from typing import Final

from agent_runtime.closure import apply_effects, final_state
from agent_runtime.domains.appointments import AppointmentDatabase
from agent_runtime.domains.appointments.scripts import visit
from agent_runtime.domains.retail import RETAIL_TOOLS
from agent_runtime.domains.retail.exactness import Replayer
from agent_runtime.domains.retail.judging import TASK_REWARD
from agent_runtime.execution import deliver
from agent_runtime.ledger import MemoryLedger
from agent_runtime.recordings import Recordings
from agent_runtime.settings import RuntimeSettings
from tests.agent_runtime.domains.appointments.playing import play, play_without_ledger
from tests.agent_runtime.domains.retail.replays import (
    Ended,
    Impatient,
    ShopReplays,
    crash_after_first_commit,
    writes,
)
from tests.agent_runtime.faults import answers_lost, twice
from tests.bench.record import Row

VISITS: Final = 500
WRITES: Final = 4
"""Writes of a visit: a booking, two charges, a gift card."""

Plain = dict[str, tuple[list[str], float | None]]
"""Observations and reward of each conversation; no reward where the record cannot be replayed whole."""


def rows() -> list[Row]:
    """Plays everything, with faults and without."""
    return [*asyncio.run(_retail()), *asyncio.run(_desk())]


async def _retail() -> list[Row]:
    folder = RuntimeSettings().recordings
    if not folder.is_dir():
        sys.stderr.write(f"no recordings at {folder}: the replayed runs are left out\n")
        return []
    replays = ShopReplays(folder)
    undisturbed = await replays.replay()
    total = f"{len(undisturbed):,} recorded conversations through the whole runtime"
    plain = _plain(replays)
    found = [
        _none(
            "A2-replay-observations",
            f"{total}: conversations whose observations differ from a plain execution of the record",
            _observed_otherwise(plain, undisturbed),
        ),
        _none(
            "A2-replay-rewards",
            f"{total}: conversations whose reward differs from it",
            _rewarded_otherwise(plain, undisturbed),
        ),
        _none(
            "A12-closure",
            f"{total}: final states, outcomes or rewards that their events do not give back, "
            "each event shuffled and a third of them twice",
            await _not_rebuilt(replays, undisturbed),
        ),
    ]
    carriers = {
        "every write delivered twice": lambda: twice,
        "every second answer of a write lost": lambda: answers_lost(lambda n: n % 2 == 1),
        "the process gone after the first commit, and a new one": crash_after_first_commit,
    }
    for number, (fault, carrier) in enumerate(carriers.items(), start=1):
        ended = await replays.replay(carrier=carrier)
        found.append(
            _none(
                f"A2-fault-{number}",
                f"{total}, {fault}: other final states or rewards",
                _ended_otherwise(undisturbed, ended),
            )
        )
    ended = await replays.replay(model=Impatient, further_steps=writes(undisturbed))
    found.append(
        _none(
            "A2-fault-4",
            f"{total}, every write called again in mid-call: other final states or rewards",
            _ended_otherwise(undisturbed, ended),
        )
    )
    return found


async def _desk() -> list[Row]:
    carriers = {"twice": lambda: deliver, "lost": lambda: answers_lost(lambda n: n % 2 == 1)}
    told = {
        "twice": "every call reaches the runtime twice",
        "lost": "every second answer of a write is lost after the commit",
    }
    rows = []
    for fault, carrier in carriers.items():
        without, with_ledger = 0, 0
        for seed in range(VISITS):
            script = visit(seed)
            plain, guarded = AppointmentDatabase(), AppointmentDatabase()
            naive = twice if fault == "twice" else carrier()
            await play_without_ledger(script, plain.store("c"), carrier=naive)
            await play(
                script, guarded.store("c"), MemoryLedger(), carrier=carrier(), redelivered=fault == "twice"
            )
            without += _written(plain) - WRITES
            with_ledger += abs(_written(guarded) - WRITES)
            plain.close()
            guarded.close()
        rows.append(
            Row(
                id=f"A2-desk-{fault}",
                what=f"{VISITS} visits to the desk, {VISITS * WRITES:,} writes that nothing else guards, "
                f"{told[fault]}: effects that happened twice or not at all",
                target=0,
                result=with_ledger,
                unit="effects",
                better="lower",
                peers={"the same tools without the ledger": without},
            )
        )
    return rows


def _written(desk: AppointmentDatabase) -> int:
    return sum(len(rows) for rows in desk.store("c").changes().values())


def _none(identity: str, what: str, found: int) -> Row:
    return Row(id=identity, what=what, target=0, result=found, unit="conversations", better="lower")


def _plain(replays: ShopReplays) -> Plain:
    """What a plain execution of each record observes and earns: no loop, no ledger, no guards."""
    folder = RuntimeSettings().recordings
    replayer, recordings = Replayer(replays.database), Recordings(folder)
    plain: Plain = {}
    for run in recordings.runs():
        for record in recordings.conversations(run):
            replayed = replayer.replay(record)
            reward = replayed.grade.reward if replayed.whole and replayed.grade else None
            plain[record.conversation_id] = ([each.ours for each in replayed.calls], reward)
    return plain


def _observed_otherwise(plain: Plain, ended: Mapping[str, Ended]) -> int:
    return sum(each.observations != plain[name][0] for name, each in ended.items())


def _rewarded_otherwise(plain: Plain, ended: Mapping[str, Ended]) -> int:
    return sum(each.scores.get(TASK_REWARD) != plain[name][1] for name, each in ended.items())


def _ended_otherwise(undisturbed: Mapping[str, Ended], ended: Mapping[str, Ended]) -> int:
    return sum(
        (each.state, each.scores) != (undisturbed[name].state, undisturbed[name].scores)
        for name, each in ended.items()
    )


async def _not_rebuilt(replays: ShopReplays, ended: Mapping[str, Ended]) -> int:
    rng, wrong = random.Random(12), 0
    for name, each in ended.items():
        events = each.events + rng.sample(each.events, len(each.events) // 3)
        rng.shuffle(events)
        final = final_state(events)
        store = replays.database.store(f"rebuilt/{name}")
        answered_otherwise = await apply_effects(final, RETAIL_TOOLS, store)
        same = store.changes() == each.state and not answered_otherwise
        wrong += not (same and (final.reason, final.scores) == (each.reason, each.scores))
        store.forget()
    return wrong
