"""Delegations of one conversation: tried, repeated, taken back or given to a human (spec A9)."""

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct, structs

from agent_runtime.budget import Budget
from agent_runtime.clock import Clock
from agent_runtime.emitter import Emitter
from agent_runtime.errors import LedgerError, ModelError, TerminalError, ToolRefusal
from agent_runtime.messages import Message
from agent_runtime.steps import HandedOff, Said, StepsEnd, Stopped, Transferred
from agent_runtime.supervisor import wording
from agent_runtime.supervisor.mailbox import Mailbox
from agent_runtime.supervisor.specialists import AtWork
from agent_runtime.supervisor.team import Specialist, Team
from streaming.contract import payloads as p

StoreT = TypeVar("StoreT")
_log = logging.getLogger(__name__)

Spawn = Callable[[Specialist[StoreT], Budget], AtWork[StoreT]]
"""Puts a specialist to work within a budget."""


class Told(Struct, frozen=True, kw_only=True):
    """What the head is told of a delegation.

    Attributes:
        text: In words.
        status: What became of it.
        to_blame: Whether it says something about the team that it failed.
    """

    text: str
    status: p.MessageStatus
    to_blame: bool = True


class Failure(Struct, frozen=True):
    """Why a specialist could not finish, and whether trying again may help."""

    reason: str
    passing: bool = False


class Delegations(Generic[StoreT]):
    """Carries out what the head delegates.

    Args:
        team: Who is there.
        spawn: Puts a specialist to work.
        budget: The conversation's budget.
        mailbox: Tells the messages.
        emitter: Where events go.
        clock: The conversation's clock.
        stop: Ends the head's steps: a human takes over.
    """

    def __init__(
        self,
        team: Team[StoreT],
        *,
        spawn: Spawn[StoreT],
        budget: Budget,
        mailbox: Mailbox,
        emitter: Emitter,
        clock: Clock,
        stop: Callable[[StepsEnd], None],
    ) -> None:
        self._team = team
        self._spawn = spawn
        self._budget = budget
        self._mailbox = mailbox
        self._emitter = emitter
        self._clock = clock
        self._stop = stop

    async def delegate(self, specialist: Specialist[StoreT], task: str) -> str:
        """Has a task done.

        Raises:
            ToolRefusal: It was not done; in words for the head.
        """
        head, name = self._team.head.name, specialist.agent.name
        sent = self._mailbox.delegate(head, name, task)
        told = await self._within_breaker(specialist, task)
        self._mailbox.result(name, head, told.text, reply_to=sent, status=told.status)
        if told.status != "done":
            raise ToolRefusal(told.text)
        return told.text

    async def _within_breaker(self, specialist: Specialist[StoreT], task: str) -> Told:
        """Tries it where the breaker above lets it pass; where that one is open, a human takes over."""
        above = self._team.breaker_above
        if not above.admit():
            return self._escalated(specialist, "specialists_failing", Stopped("specialists_failing"))
        try:
            told = await self._tried(specialist, task)
        except BaseException:
            above.unknown()
            raise
        if told.status == "done":
            above.succeeded()
        elif told.to_blame:
            above.failed()
            if above.state == "open":
                self._stop(Stopped("specialists_failing"))
        else:
            above.unknown()
        return told

    async def _tried(self, specialist: Specialist[StoreT], task: str) -> Told:
        """Tries it as often as its recovery says."""
        breaker = self._team.breakers[specialist.agent.name]
        at_work: AtWork[StoreT] | None = None
        failure = Failure("unavailable")
        for _ in range(specialist.recovery.attempts):
            if not breaker.admit():
                break
            try:
                at_work = self._put_to_work(specialist, at_work)
                ended = await self._done(at_work, task)
            except Exception as error:  # noqa: BLE001 - whatever breaks in a specialist, the head goes on
                ended = self._broken(specialist, error)
            except BaseException:
                breaker.unknown()
                raise
            if isinstance(ended, Told):
                (breaker.succeeded if ended.status == "done" else breaker.unknown)()
                return ended
            breaker.failed()
            failure = ended
            if not failure.passing:
                break
        if at_work is None:
            text = wording.UNAVAILABLE.format(name=specialist.agent.name)
            return Told(text=text, status="unavailable", to_blame=False)
        try:
            return await self._recovered(at_work, failure)
        except LedgerError as error:
            return self._without_ledger(specialist, error)

    def _put_to_work(self, specialist: Specialist[StoreT], earlier: AtWork[StoreT] | None) -> AtWork[StoreT]:
        at_work = self._spawn(specialist, Budget(specialist.agent.bounds, self._clock, self._budget))
        if earlier is not None:
            at_work.tries_again(earlier)
        return at_work

    async def _done(self, at_work: AtWork[StoreT], task: str) -> Told | Failure:
        """Has the task done once."""
        at_work.brief(Message(role="user", content=task))
        return self._ended(at_work, await at_work.steps.run())

    def _ended(self, at_work: AtWork[StoreT], end: StepsEnd) -> Told | Failure:
        """What the end of a specialist's steps means for the head."""
        specialist, name = at_work.specialist, at_work.name
        match end:
            case Said(text):
                told = wording.with_facts(text, specialist.longest_result, at_work.facts.values())
                return Told(text=told, status="done")
            case Transferred(summary):
                self._stop(end)
                return Told(text=wording.WANTS_A_HUMAN.format(summary=summary), status="done")
            case HandedOff():
                return Failure("handed_off")
            case Stopped(reason):
                if tripped := self._budget.tripped():
                    text = wording.FAILED.format(name=name, reason=tripped)
                    return Told(text=text, status="failed", to_blame=False)
                if reason == "compensation_failed":
                    return self._escalated(specialist, reason, end)
                return Failure(reason)

    async def _recovered(self, at_work: AtWork[StoreT], failure: Failure) -> Told:
        """Does about a failure what its recovery says."""
        name, then = at_work.name, at_work.specialist.recovery.then
        if then == "escalate":
            return self._escalated(at_work.specialist, failure.reason, Stopped("specialist_failed"))
        standing = [
            at_work.facts.get(each.key, each.tool) for each in await at_work.tools.standing(at_work.keys)
        ]
        if then == "compensate":
            if not await at_work.take_back():
                stopped = Stopped("compensation_failed")
                return self._escalated(at_work.specialist, failure.reason, stopped)
            wording_of = wording.TAKEN_BACK if standing else wording.NOTHING_DONE
            text = wording_of.format(name=name, reason=failure.reason, what="; ".join(standing))
            return Told(text=text, status="taken_back")
        text = wording.FAILED if standing or at_work.unknown else wording.NOTHING_DONE
        told = text.format(name=name, reason=failure.reason)
        return Told(text=wording.with_facts(told, len(told), at_work.facts.values()), status="failed")

    def _escalated(self, specialist: Specialist[StoreT], reason: str, end: StepsEnd) -> Told:
        self._stop(end)
        text = wording.ESCALATED.format(name=specialist.agent.name, reason=reason)
        return Told(text=text, status="failed")

    def _broken(self, specialist: Specialist[StoreT], error: Exception) -> Told | Failure:
        """What an error in a specialist's steps means for the head."""
        if isinstance(error, LedgerError):
            return self._without_ledger(specialist, error)
        self._emitter.emit(p.Error(error_type=type(error).__name__, message=str(error)))
        if isinstance(error, ModelError):
            return Failure("model_error", passing=not isinstance(error, TerminalError))
        _log.error("specialist %s broke down", specialist.agent.name, exc_info=error)
        return Failure("internal_error")

    def _without_ledger(self, specialist: Specialist[StoreT], error: LedgerError) -> Told:
        """A human takes over: nothing may be done, nor taken back."""
        self._emitter.emit(p.Error(error_type=type(error).__name__, message=str(error)))
        told = self._escalated(specialist, "ledger_error", Stopped("ledger_error", "failed"))
        return structs.replace(told, to_blame=False)
