"""Writes: each through the ledger, so that its effect happens once (spec A2, A3)."""

import asyncio
import inspect
from collections import defaultdict
from collections.abc import Callable
from copy import copy
from typing import Any, Final

from msgspec import Struct, structs

from agent_runtime.clock import Clock
from agent_runtime.execution import wording
from agent_runtime.execution.answers import read_answer, refusal
from agent_runtime.execution.delivery import Deliver, Delivered, attempt, is_transactional
from agent_runtime.execution.reporting import CallReporter
from agent_runtime.execution.retries import may_retry, wait_ns
from agent_runtime.ledger import ConversationLedger, EffectRecord, canonical_arguments
from agent_runtime.messages import ToolCall
from agent_runtime.tools import Reconcile, Tool, ToolErrorType, ToolResult

REPEATS: Final = 2
"""How often a call whose answer was lost is made again under its key before its outcome stays unknown."""

Pin = Callable[[str, str], None]
"""Keeps a fact in front of the model, in place of an earlier one under the same key."""


class _Effect(Struct):
    """An effect on its way: the call, and the ledger's record as it changes."""

    tool: Tool[Any]
    call: ToolCall
    arguments: Struct
    record: EffectRecord


class EffectRunner:
    """Runs the writes of one conversation.

    Args:
        store: What the tools work on.
        ledger: The conversation's effects.
        reporter: Tells of calls.
        clock: Waits between attempts.
        carrier: Carries calls to tools.
        draw: Random numbers from 0 to 1, for jitter.
        pin: Keeps facts.
    """

    def __init__(
        self,
        *,
        store: Any,
        ledger: ConversationLedger,
        reporter: CallReporter,
        clock: Clock,
        carrier: Deliver,
        draw: Callable[[], float],
        pin: Pin,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._reporter = reporter
        self._clock = clock
        self._carrier = carrier
        self._draw = draw
        self._pin = pin
        self._locks: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    def of_another(self, reporter: CallReporter, pin: Pin) -> "EffectRunner":
        """The writes of another agent of the conversation: the same effects, behind the same locks."""
        other = copy(self)
        other._reporter = reporter  # noqa: SLF001 - it is one of us
        other._pin = pin  # noqa: SLF001
        return other

    async def run(self, tool: Tool[Any], call: ToolCall, arguments: Struct, turn: int) -> ToolResult:
        """Makes an effect happen, or tells what became of it.

        Args:
            tool: The tool.
            call: The model's call.
            arguments: Its arguments, as the tool declares them.
            turn: Customer messages so far.
        """
        canonical = canonical_arguments(tool, arguments)
        async with self._locks[tool.name, canonical]:
            opened = await self._ledger.open(tool, arguments, canonical, turn)
            effect = _Effect(tool, call, arguments, opened.record)
            match opened.verdict:
                case "answer":
                    return self._from_ledger(effect)
                case "repeated":
                    return await self._not_repeated(effect, turn)
                case "resolve":
                    found = await self._reconciled(effect)
                    if found is not None:
                        return found
                    if not effect.record.settled and not self._repeatable(tool):
                        return await self._unknown(effect)
            return await self._act(effect)

    async def recover(self, tool: Tool[Any], arguments: Struct, record: EffectRecord) -> ToolResult | None:
        """Finds out what became of an effect that was left behind: by a process that died, or as unknown.

        What can be taken back is repeated under its key; what cannot is repeated only where the model
        asks for it again.

        Returns:
            What is known now; None where it is not known still, as was said before.
        """
        call = ToolCall(f"recovered_{record.key}", tool.name, structs.asdict(arguments))
        effect = _Effect(tool, call, arguments, record)
        async with self._locks[tool.name, record.arguments]:
            found = await self._reconciled(effect)
            if found is not None:
                return found
            if effect.record.settled:
                return self._not_done(effect)
            if tool.reversible and self._repeatable(tool):
                return await self._act(effect)
            if effect.record.state == "unknown":
                self._pin_unknown(effect)
                return None
            return await self._unknown(effect)

    async def _act(self, effect: _Effect) -> ToolResult:
        tool, failures = effect.tool, 0
        while True:
            effect.record = await self._ledger.attempt(effect.record)
            key, count = effect.record.key, effect.record.attempts
            started = self._reporter.start(effect.call, tool.effect, key=key, attempt=count)
            delivered = await attempt(self._carrier, tool, self._store, effect.arguments, key)
            result = await self._settled(effect, delivered)
            self._reporter.end(started, result)
            failures += 1
            final = await self._final(effect, delivered, result, failures)
            if final is not None:
                return final
            await self._clock.sleep(wait_ns(tool.retry, failures, self._draw))

    async def _final(
        self, effect: _Effect, delivered: Delivered, result: ToolResult, failures: int
    ) -> ToolResult | None:
        """The result; None where the call is made once more under the same key."""
        tool = effect.tool
        if effect.record.settled:
            return None if may_retry(tool, delivered, failures) else result
        found = await self._reconciled(effect)
        if found is not None:
            return found
        if effect.record.settled:
            return None if tool.reversible and failures < tool.retry.attempts else self._not_done(effect)
        return None if self._repeatable(tool) and failures <= REPEATS else await self._unknown(effect)

    async def _settled(self, effect: _Effect, delivered: Delivered) -> ToolResult:
        """Notes what a call came back with."""
        tool = effect.tool
        if delivered.fate == "answered":
            return await self._succeeded(effect, delivered.answer)
        if delivered.fate == "refused":
            return await self._failed(effect, refusal(delivered), "refused")
        if delivered.fate == "transient":
            return await self._failed(effect, wording.UNAVAILABLE.format(tool=tool.name), "unavailable")
        if delivered.error is not None:
            self._reporter.broke(delivered.error)
        if delivered.fate == "broke" and is_transactional(tool, self._store):
            return await self._failed(effect, wording.BROKE.format(tool=tool.name), "tool_failed")
        effect.record = await self._ledger.settle(effect.record, "unknown")
        return self._result(effect, wording.UNKNOWN.format(tool=tool.name), "outcome_unknown")

    async def _succeeded(self, effect: _Effect, raw: object) -> ToolResult:
        answer = read_answer(effect.tool, raw)
        if answer.complaint:
            self._reporter.complained(answer)
        effect.record = await self._ledger.settle(effect.record, "succeeded", answer.text)
        self._pin(effect.record.key, wording.fact_of(effect.tool, effect.arguments))
        result = self._result(effect, answer.text, None if answer.is_text else "invalid_result")
        return structs.replace(result, essence=answer.essence)

    async def _failed(self, effect: _Effect, text: str, why: ToolErrorType) -> ToolResult:
        effect.record = await self._ledger.settle(effect.record, "failed", text)
        return self._result(effect, text, why)

    async def _reconciled(self, effect: _Effect) -> ToolResult | None:
        """Asks the tool what became of an effect: the result where it happened, else the record tells.

        That it did not happen is believed when the call can no longer be on its way.
        """
        tool = effect.tool
        if tool.reconcile is None:
            return None
        delivered = await self._asked(effect, tool.reconcile)
        on_its_way_ns = effect.record.left_ns + int(tool.timeout_s * 1e9) - self._clock.now_ns()
        if delivered.fate == "answered" and delivered.answer is None and on_its_way_ns > 0:
            await self._clock.sleep(on_its_way_ns)
            delivered = await self._asked(effect, tool.reconcile)
        if delivered.fate != "answered":
            return None
        if delivered.answer is None:
            effect.record = await self._ledger.settle(effect.record, "failed")
            return None
        return self._told(effect, await self._succeeded(effect, delivered.answer))

    async def _asked(self, effect: _Effect, reconcile: Reconcile) -> Delivered:
        key = effect.record.key
        delivered = await attempt(_ask(reconcile), effect.tool, self._store, effect.arguments, key)
        if delivered.error is not None:
            self._reporter.broke(delivered.error)
        return delivered

    def _from_ledger(self, effect: _Effect, notice: str = "") -> ToolResult:
        answer = read_answer(effect.tool, effect.record.answer)
        result = self._result(effect, answer.text, None)
        return self._told(
            effect, structs.replace(result, essence=answer.essence, notice=notice, from_ledger=True)
        )

    async def _not_repeated(self, effect: _Effect, turn: int) -> ToolResult:
        record = effect.record
        when = "in this turn" if record.turn == turn else f"at the customer's message {record.turn}"
        self._reporter.stepped_in("effect_ledger", "not_repeated", f"{record.tool} was done {when}")
        await self._ledger.asked(record, turn)
        return self._from_ledger(effect, wording.ALREADY_DONE.format(when=when))

    def _not_done(self, effect: _Effect) -> ToolResult:
        return self._told(
            effect, self._result(effect, wording.NOT_DONE.format(tool=effect.tool.name), "not_done")
        )

    async def _unknown(self, effect: _Effect) -> ToolResult:
        if effect.record.state != "unknown":
            effect.record = await self._ledger.settle(effect.record, "unknown")
        text = wording.UNKNOWN.format(tool=effect.tool.name)
        self._pin_unknown(effect)
        self._reporter.stepped_in("effect_ledger", "not_repeated", text)
        return self._told(effect, self._result(effect, text, "outcome_unknown"))

    def _pin_unknown(self, effect: _Effect) -> None:
        fact = wording.fact_of(effect.tool, effect.arguments)
        self._pin(effect.record.key, f"it is not known whether this is so: {fact}")

    def _told(self, effect: _Effect, result: ToolResult) -> ToolResult:
        return self._reporter.not_called(effect.call, effect.tool.effect, result)

    def _result(self, effect: _Effect, text: str, why: ToolErrorType | None) -> ToolResult:
        record = effect.record
        return ToolResult(text=text, ok=why is None, error_type=why, state=record.state, key=record.key)

    def _repeatable(self, tool: Tool[Any]) -> bool:
        """Whether a second call under the same key is the same effect."""
        promised = tool.key_parameter is not None and tool.reconcile is None
        return promised or tool.idempotent or is_transactional(tool, self._store)


def _ask(reconcile: Reconcile) -> Deliver:
    async def ask(tool: Tool[Any], store: Any, arguments: Struct, key: str) -> object:
        found = reconcile(store, key=key, **structs.asdict(arguments))
        if inspect.isawaitable(found):
            async with asyncio.timeout(tool.timeout_s):
                return await found
        return found

    return ask
