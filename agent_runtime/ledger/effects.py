"""The ledger as one conversation sees it: which effect a call is, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agent_runtime.clock import Clock
from agent_runtime.ledger.keys import idempotency_key
from agent_runtime.ledger.records import EffectRecord, LedgerStore
from agent_runtime.tools.declaration import Tool
from streaming.contract.payloads import EffectState

Verdict = Literal["execute", "resolve", "answer", "repeated"]

_encode = msgspec.json.Encoder().encode


class Opened(Struct, frozen=True):
    """Which effect a call is, and what to do about it.

    Attributes:
        record: The effect's record; not yet written where it is new.
        verdict: ``execute``: nothing has left yet. ``resolve``: a call left, and nobody knows what
            became of it. ``answer``: it happened while this turn ran before. ``repeated``: it happened,
            and the customer was not asked since whether it should happen again.
    """

    record: EffectRecord
    verdict: Verdict


class ConversationLedger:
    """The effects of one conversation. One at a time works on a conversation (spec A8).

    Args:
        store: What keeps the records.
        conversation_id: Whose effects they are.
        clock: Where times come from.
    """

    def __init__(self, store: LedgerStore, conversation_id: str, clock: Clock) -> None:
        self._store = store
        self._conversation_id = conversation_id
        self._clock = clock
        self._records: dict[str, EffectRecord] = {}
        self._loaded = False
        self._same: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._opened: set[str] = set()

    async def open(self, tool: Tool[Any], arguments: Struct, canonical: str, turn: int) -> Opened:
        """Finds out which effect a call is.

        A write is the same effect as an earlier one of the conversation with the same arguments, until
        the runtime has said so and the customer has spoken since. An idempotent write is another effect
        at each step, except where a turn runs again after a crash: then steps find their earlier answers.
        An effect that did not happen is closed: asking for it again is asking for another one.

        Args:
            tool: What is called.
            arguments: As the tool declares them.
            canonical: What of them makes two calls the same effect.
            turn: Customer messages so far.
        """
        await self._load()
        same = [self._records[key] for key in self._same[tool.name, canonical]]
        current = self._idempotent(same, turn) if tool.idempotent else self._once(same, turn)
        verdict: Verdict = "execute"
        if current is None:
            current = self._new(tool, arguments, canonical, turn, same)
        elif not current.settled:
            verdict = "resolve"
        else:
            first_time = current.turn == turn and current.key not in self._opened
            verdict = "answer" if first_time else "repeated"
        self._opened.add(current.key)
        return Opened(current, verdict)

    def runs_again(self, keys: Iterable[str]) -> None:
        """Notes that a part of the turn runs again, as a whole turn does after a crash.

        What it did before is answered from the ledger, and the customer need not be asked.

        Args:
            keys: Of what it did before.
        """
        self._opened.difference_update(keys)

    async def attempt(self, record: EffectRecord) -> EffectRecord:
        """Notes that a call is about to leave; the note is durable when this returns."""
        now_ns = self._clock.now_ns()
        return await self._put(record, state="attempted", attempts=record.attempts + 1, left_ns=now_ns)

    async def settle(self, record: EffectRecord, state: EffectState, answer: str = "") -> EffectRecord:
        """Notes what became of an effect."""
        return await self._put(record, state=state, answer=answer)

    async def asked(self, record: EffectRecord, turn: int) -> EffectRecord:
        """Notes that the runtime said that an effect had happened already."""
        return await self._put(record, asked_turn=turn)

    async def undone(self, record: EffectRecord) -> EffectRecord:
        """Notes that an effect was taken back: asking for it again is asking for another one."""
        return await self._put(record, undone=True)

    async def unsettled(self) -> list[EffectRecord]:
        """Effects of which it is not known whether they happened."""
        return [each for each in (await self._load()).values() if not each.settled]

    async def standing(self) -> list[EffectRecord]:
        """Effects that happened and were not taken back, in the order in which they were first asked for."""
        return [each for each in (await self._load()).values() if each.stands]

    def _once(self, same: list[EffectRecord], turn: int) -> EffectRecord | None:
        last = next((each for each in reversed(same) if each.stands or not each.settled), None)
        if last is None or not last.settled:
            return last
        confirmed = last.turn < turn and last.asked_turn is not None and last.asked_turn < turn
        return None if confirmed else last

    def _idempotent(self, same: list[EffectRecord], turn: int) -> EffectRecord | None:
        for each in same:
            in_a_run_before = each.stands and each.turn == turn and each.key not in self._opened
            if in_a_run_before or not each.settled:
                return each
        return None

    def _new(
        self, tool: Tool[Any], arguments: Struct, canonical: str, turn: int, same: list[EffectRecord]
    ) -> EffectRecord:
        occurrence = 1 + sum(each.turn == turn for each in same)
        key = idempotency_key(
            conversation_id=self._conversation_id,
            turn=turn,
            tool=tool.name,
            arguments=canonical,
            occurrence=occurrence,
        )
        return EffectRecord(
            key=key,
            conversation_id=self._conversation_id,
            turn=turn,
            occurrence=occurrence,
            tool=tool.name,
            arguments=canonical,
            call=_encode(arguments).decode(),
        )

    async def _load(self) -> dict[str, EffectRecord]:
        if not self._loaded:
            self._loaded = True
            for record in await self._store.records(self._conversation_id):
                self._keep(record)
        return self._records

    async def _put(self, record: EffectRecord, **changes: Any) -> EffectRecord:
        changed = replace(record, **changes)
        await self._store.put(changed)
        self._keep(changed)
        return changed

    def _keep(self, record: EffectRecord) -> None:
        if record.key not in self._records:
            self._same[record.tool, record.arguments].append(record.key)
        self._records[record.key] = record
