"""The way of a tool call: from the model's wish to what it came to."""

import random
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Struct, structs

from agent_runtime.clock import Clock
from agent_runtime.emitter import Emitter
from agent_runtime.execution import wording
from agent_runtime.execution.answers import read_answer, refusal
from agent_runtime.execution.compensation import compensating_call
from agent_runtime.execution.delivery import Deliver, Delivered, Fate, attempt, deliver
from agent_runtime.execution.effects import EffectRunner, Pin
from agent_runtime.execution.guards import THRICE, TWICE, RepeatGuard
from agent_runtime.execution.permissions import Allows
from agent_runtime.execution.prerequisites import Prerequisites
from agent_runtime.execution.reporting import CallReporter
from agent_runtime.execution.retries import may_retry, wait_ns
from agent_runtime.ledger import ConversationLedger, EffectRecord
from agent_runtime.messages import ToolCall
from agent_runtime.tools import Tool, ToolErrorType, ToolRegistry, ToolResult
from agent_runtime.tools.registry import checked_arguments, unknown_tool

StoreT = TypeVar("StoreT")
_READ_FAILURES: Final[Mapping[Fate, tuple[ToolErrorType, str]]] = {
    "transient": ("unavailable", wording.UNAVAILABLE),
    "lost": ("unavailable", wording.UNAVAILABLE),
    "timeout": ("timeout", wording.TIMEOUT),
    "broke": ("tool_failed", wording.BROKE),
}


class ExecutorState(Struct, frozen=True, kw_only=True):
    """What an executor remembers between two turns.

    Attributes:
        failures: How often calls failed, by the call as JSON.
        succeeded: Arguments of what succeeded, by tool, where another tool depends on it.
    """

    failures: dict[str, int]
    succeeded: dict[str, list[dict[str, Any]]]


class ToolExecutor(Generic[StoreT]):
    """Executes the tool calls of one conversation.

    Args:
        tools: The tools.
        store: What they work on.
        ledger: The conversation's effects.
        permissions: What may be done.
        emitter: Where events go; knows the turn.
        clock: Waits, and measures.
        pin: Keeps facts in front of the model.
        carrier: Carries calls to tools.
        draw: Random numbers from 0 to 1, for jitter.
        all_tools: The tools of all agents of the conversation; these unless said.
    """

    def __init__(
        self,
        *,
        tools: ToolRegistry[StoreT],
        store: StoreT,
        ledger: ConversationLedger,
        permissions: Allows,
        emitter: Emitter,
        clock: Clock,
        pin: Pin,
        carrier: Deliver = deliver,
        draw: Callable[[], float] = random.random,
        all_tools: ToolRegistry[StoreT] | None = None,
    ) -> None:
        self.tools = tools
        self._all_tools = tools if all_tools is None else all_tools
        self._store = store
        self._ledger = ledger
        self._permissions = permissions
        self._emitter = emitter
        self._clock = clock
        self._carrier = carrier
        self._draw = draw
        self._pin = pin
        self.reporter = CallReporter(emitter, clock)
        self._guard = RepeatGuard()
        self._prerequisites = Prerequisites(self._all_tools)
        self._compensations = {each.compensation for each in self._all_tools if each.compensation}
        self._effects = EffectRunner(
            store=store,
            ledger=ledger,
            reporter=self.reporter,
            clock=clock,
            carrier=carrier,
            draw=draw,
            pin=pin,
        )

    def of_another(
        self, tools: ToolRegistry[StoreT], permissions: Allows, agent: str, pin: Pin
    ) -> "ToolExecutor[StoreT]":
        """An executor for another agent of the conversation.

        Ledger, guards and what has succeeded so far are the conversation's: they are the same for both.

        Args:
            tools: What the other agent has.
            permissions: What it may do.
            agent: What events call it.
            pin: Keeps facts in front of the models.
        """
        other = copy(self)
        other.tools = tools
        other._permissions = permissions  # noqa: SLF001 - it is one of us
        other._pin = pin  # noqa: SLF001
        other.reporter = CallReporter(self._emitter, self._clock, agent)
        other._effects = self._effects.of_another(other.reporter, pin)  # noqa: SLF001
        return other

    def snapshot(self) -> ExecutorState:
        """What the next turn needs beside the ledger; elevations end with the turn."""
        return ExecutorState(failures=self._guard.snapshot(), succeeded=self._prerequisites.snapshot())

    def resume(self, state: ExecutorState) -> None:
        """Takes up what :meth:`snapshot` put away."""
        self._guard.resume(state.failures)
        self._prerequisites.resume(state.succeeded)

    async def recover(self) -> list[str]:
        """Takes up what an earlier process left: what happened counts, what is unknown is found out.

        Returns:
            What the model has to be told: what became of each call that was cut off.
        """
        for record in await self._ledger.standing():
            known = self._recorded(record.tool, record.call)
            if known is not None:
                self._pin(record.key, wording.fact_of(*known))
                self._prerequisites.succeeded(*known)
                if record.tool in self._compensations:
                    await self._undo(*known, record.left_ns)
        told = []
        for record in await self._ledger.unsettled():
            known = self._recorded(record.tool, record.call)
            if known is None:
                reason = f"{record.tool} has changed since it was called under {record.key}"
                self.reporter.stepped_in("effect_ledger", "not_recovered", reason)
                continue
            result = await self._effects.recover(*known, record)
            if result is None:
                continue
            await self._note(*known, result)
            told.append(wording.RECOVERED.format(call=f"{record.tool}{record.call}", result=result.text))
        return told

    async def call(self, call: ToolCall) -> ToolResult:
        """Executes a call. Whatever goes wrong with it is a result, and an event.

        Raises:
            LedgerError: The ledger cannot be read or written. A call that has left stays attempted.
        """
        tool = self.tools.get(call.name)
        if tool is None:
            return self._failed(call, self.reporter.not_called(call, "read", unknown_tool(call)))
        arguments = checked_arguments(tool, call)
        if isinstance(arguments, ToolResult):
            return self._failed(call, self.reporter.not_called(call, tool.effect, arguments))
        stopped = self._stopped(tool, call, arguments)
        if stopped is not None:
            return self._failed(call, self.reporter.not_called(call, tool.effect, stopped))
        if tool.effect in ("write", "terminal"):
            result = await self._effects.run(tool, call, arguments, self._emitter.turn)
        else:
            result = await self._read(tool, call, arguments)
        if not result.ok:
            return self._failed(call, result)
        await self._note(tool, arguments, result)
        return result

    async def _read(self, tool: Tool[StoreT], call: ToolCall, arguments: Struct) -> ToolResult:
        attempts = 0
        while True:
            attempts += 1
            started = self.reporter.start(call, tool.effect, attempt=attempts)
            delivered = await attempt(self._carrier, tool, self._store, arguments, "")
            result = self._answered(tool, delivered)
            self.reporter.end(started, result)
            if not may_retry(tool, delivered, attempts):
                return result
            await self._clock.sleep(wait_ns(tool.retry, attempts, self._draw))

    def _answered(self, tool: Tool[StoreT], delivered: Delivered) -> ToolResult:
        if delivered.fate == "answered":
            answer = read_answer(tool, delivered.answer)
            if answer.complaint:
                self.reporter.complained(answer)
            why: ToolErrorType | None = None if answer.is_text else "invalid_result"
            return ToolResult(text=answer.text, essence=answer.essence, ok=why is None, error_type=why)
        if delivered.fate == "refused":
            return ToolResult(text=refusal(delivered), ok=False, error_type="refused")
        if delivered.error is not None:
            self.reporter.broke(delivered.error)
        why, text = _READ_FAILURES[delivered.fate]
        return ToolResult(text=text.format(tool=tool.name), ok=False, error_type=why)

    def _stopped(self, tool: Tool[StoreT], call: ToolCall, arguments: Struct) -> ToolResult | None:
        """Why a call may not leave, as its result; None where it may."""
        if self._guard.refuses(call):
            self.reporter.stepped_in("repeated_failure", "refused", f"{call.name} failed twice before")
            return ToolResult(text=THRICE, ok=False, error_type="repeated_failure")
        if not self._permissions.allows(tool.permission):
            self.reporter.stepped_in("permission", "refused", f"{call.name} needs {tool.permission}")
            text = wording.DENIED.format(tool=call.name)
            return ToolResult(text=text, ok=False, error_type="permission_denied")
        missing = self._prerequisites.missing(tool, arguments)
        if missing is not None:
            self.reporter.stepped_in("prerequisite", "refused", f"{call.name} needs {missing}")
            text = wording.BLOCKED.format(tool=call.name, missing=missing)
            return ToolResult(text=text, ok=False, error_type="blocked")
        return None

    def _failed(self, call: ToolCall, result: ToolResult) -> ToolResult:
        """Counts a failure; the second one of the same call is told to the model."""
        if self._guard.failed(call):
            self.reporter.stepped_in("repeated_failure", "told", f"{call.name} failed twice")
            return structs.replace(result, notice=TWICE)
        return result

    async def _note(self, tool: Tool[StoreT], arguments: Struct, result: ToolResult) -> None:
        """Draws the consequences of a success."""
        if not result.ok:
            return
        self._prerequisites.succeeded(tool, arguments)
        if tool.effect != "write" or result.from_ledger:
            return
        self._guard.wrote()
        if tool.name in self._compensations:
            await self._undo(tool, arguments)

    async def _undo(self, tool: Tool[StoreT], arguments: Struct, left_ns: int | None = None) -> None:
        """Notes which effects a compensation has taken back: those before it, where it left earlier."""
        for record in await self._ledger.standing():
            known = self._recorded(record.tool, record.call)
            if known is None or known[0].compensation != tool.name:
                continue
            if left_ns is not None and record.left_ns > left_ns:
                continue
            taking_back = compensating_call(tool, record)
            if taking_back is not None and checked_arguments(tool, taking_back) == arguments:
                await self._ledger.undone(record)
                self._prerequisites.undone(*known)
                self._pin(record.key, wording.UNDONE.format(fact=wording.fact_of(*known)))

    def runs_again(self, keys: Iterable[str]) -> None:
        """See :meth:`~agent_runtime.ledger.ConversationLedger.runs_again`."""
        self._ledger.runs_again(keys)

    async def standing(self, keys: Collection[str]) -> list[EffectRecord]:
        """Writes under some keys that happened and stand, in the order in which they were first asked for.

        Those that took another one back are left out.
        """
        return [
            each
            for each in await self._ledger.standing()
            if each.key in keys
            and each.tool not in self._compensations
            and self._all_tools.effect_of(each.tool) == "write"
        ]

    async def take_back(self, name: str, key: str | None) -> bool | None:
        """Takes an effect back.

        Args:
            name: The tool that made it happen.
            key: Its idempotency key, where it has one.

        Returns:
            Whether it worked; None where there is nothing to take back, or nothing is declared.
        """
        tool = self.tools.get(name)
        if tool is None or tool.compensation is None or key is None:
            return None
        record = next((each for each in await self._ledger.standing() if each.key == key), None)
        compensation = self.tools.get(tool.compensation)
        if record is None or compensation is None:
            return None
        taking_back = compensating_call(compensation, record)
        return taking_back is not None and (await self.call(taking_back)).ok

    def _recorded(self, tool: str, arguments: str) -> tuple[Tool[StoreT], Struct] | None:
        """The tool and the arguments of a record; None where the tool has changed since."""
        known = self._all_tools.get(tool)
        if known is None:
            return None
        try:
            return known, msgspec.json.decode(arguments, type=known.arguments)
        except msgspec.ValidationError:
            return None
