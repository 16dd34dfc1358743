"""A conversation that several agents hold: one at the head, who delegates or hands off (spec A9)."""

import logging
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct, structs

from agent_runtime.agent import Agent
from agent_runtime.budget import Budget
from agent_runtime.clock import Clock
from agent_runtime.context import ContextWindow, Summariser, WindowState
from agent_runtime.customers import CustomerMessage
from agent_runtime.emitter import Emitter
from agent_runtime.errors import LedgerError, ToolRefusal
from agent_runtime.execution import Deliver, deliver
from agent_runtime.ledger import LedgerStore
from agent_runtime.loop import Conversation
from agent_runtime.messages import Message
from agent_runtime.models.interface import ChatModel
from agent_runtime.steps import HandedOff, StepsEnd, Stopped
from agent_runtime.supervisor import wording
from agent_runtime.supervisor.delegation import Delegations
from agent_runtime.supervisor.mailbox import Mailbox
from agent_runtime.supervisor.shared_state import SharedState, Versioned
from agent_runtime.supervisor.specialists import AtWork
from agent_runtime.supervisor.team import TEAM, Specialist, Team
from agent_runtime.supervisor.tools import tools_of_head, tools_of_specialist
from agent_runtime.tools import ToolRegistry
from streaming.contract import payloads as p

StoreT = TypeVar("StoreT")
_log = logging.getLogger(__name__)


class TeamState(Struct, frozen=True, kw_only=True):
    """A supervised conversation between two messages.

    Attributes:
        conversation: The head's part of it.
        shared: What the agents share.
        sent: Messages between agents so far.
        talker: Who talks to the customer; None: the head.
        window: What that one is shown.
        facts: What that one pinned since it talks.
    """

    conversation: bytes
    shared: dict[str, Versioned]
    sent: int
    talker: str | None = None
    window: WindowState | None = None
    facts: dict[str, str] = {}


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(TeamState).decode


class SupervisedConversation(Conversation[StoreT], Generic[StoreT]):
    """One conversation between a customer and a team, from the first message to the last.

    Args:
        team: Who holds it.
        model: What thinks for the head.
        store: What the tools read and write.
        ledger: Keeps what the tools did to the world, whoever called them.
        emitter: Where events go.
        clock: Where times come from; the emitter's own.
        summariser: Folds the head's old turns; by their first sentences unless said.
        carrier: Carries calls to tools.
        customer_may: Permissions that may be used for this customer; all of the head's unless said.
    """

    def __init__(
        self,
        *,
        team: Team[StoreT],
        model: ChatModel,
        store: StoreT,
        ledger: LedgerStore,
        emitter: Emitter,
        clock: Clock,
        summariser: Summariser | None = None,
        carrier: Deliver = deliver,
        customer_may: frozenset[str] | None = None,
    ) -> None:
        self.shared = SharedState(team.shared)
        self._team = team
        self._mailbox = Mailbox(emitter)
        self._talker: AtWork[StoreT] | None = None
        self._asked = Message(role="user")
        tools: ToolRegistry[StoreT] = ToolRegistry([*team.head.tools, *tools_of_head(self, team)])
        super().__init__(
            agent=_head(team.head, tools, customer_may),
            model=model,
            store=store,
            ledger=ledger,
            emitter=emitter,
            clock=clock,
            summariser=summariser,
            carrier=carrier,
            all_tools=team.all_tools,
        )
        self._delegations = Delegations(
            team,
            spawn=self._spawn,
            budget=self.budget,
            mailbox=self._mailbox,
            emitter=emitter,
            clock=clock,
            stop=self._stop,
        )

    @property
    def talks(self) -> str:
        """Who talks to the customer."""
        return self._talker.name if self._talker else self._team.head.name

    async def delegate(self, to: Specialist[StoreT], task: str) -> str:
        """See :class:`~agent_runtime.supervisor.tools.Desk`."""
        return await self._delegations.delegate(to, task)

    def hand_off(self, to: Specialist[StoreT], summary: str) -> str:
        """See :class:`~agent_runtime.supervisor.tools.Desk`."""
        if self._talker is not None:
            raise ToolRefusal(wording.HANDED_OFF.format(name=self._talker.name))
        self._talker = self._spawn(to, self.budget, talks=True)
        self._mailbox.hand_off(self._team.head.name, to.agent.name, summary)
        self._talker.brief(Message(role="system", content=summary), self._asked)
        self._stop(HandedOff(to.agent.name))
        return wording.HANDED_OFF.format(name=to.agent.name)

    def hand_back(self, summary: str) -> str:
        """See :class:`~agent_runtime.supervisor.tools.Desk`."""
        talker = self._talker
        if talker is None:
            raise ToolRefusal(wording.NOBODY_TO_HAND_BACK)
        self._mailbox.hand_back(talker.name, self._team.head.name, summary, status="done")
        text = wording.HANDED_BACK.format(name=talker.name, summary=summary)
        self._give_back(wording.with_facts(text, talker.specialist.longest_result, talker.facts.values()))
        talker.steps.interrupt = HandedOff(None)
        return wording.HANDED_OFF.format(name=self._team.head.name)

    def snapshot(self) -> bytes:
        """See :class:`~agent_runtime.loop.Conversation`."""
        talker = self._talker
        return _encode(
            TeamState(
                conversation=super().snapshot(),
                shared=self.shared.snapshot(),
                sent=self._mailbox.sent,
                talker=talker.name if talker else None,
                window=talker.context.snapshot() if talker else None,
                facts=talker.facts if talker else {},
            )
        )

    def resume(self, state: bytes) -> None:
        """See :class:`~agent_runtime.loop.Conversation`; who is no longer of the team talks no more."""
        put_away = _decode(state)
        super().resume(put_away.conversation)
        self.shared.resume(put_away.shared)
        self._mailbox.sent = put_away.sent
        if put_away.talker is None or put_away.window is None:
            return
        specialist = self._team.get(put_away.talker)
        if specialist is None or not specialist.talks:
            gone = wording.TAKEN_OVER.format(name=put_away.talker, reason="not of the team")
            self.context.add(Message(role="system", content=gone))
            return
        self._talker = self._spawn(specialist, self.budget, talks=True)
        self._talker.context.resume(put_away.window)
        self._talker.facts = dict(put_away.facts)

    def _observe(self, message: CustomerMessage) -> None:
        super()._observe(message)
        self._asked = Message(role="user", content=message.text)

    @property
    def _front(self) -> ContextWindow:
        return (self._talker or self).context

    def _pin(self, key: str, fact: str) -> None:
        super()._pin(key, fact)
        if self._talker is not None:
            self._talker.context.pin(key, fact)

    async def _speak(self) -> StepsEnd:
        while True:
            end = await (self._steps.run() if self._talker is None else self._talked(self._talker))
            if not isinstance(end, HandedOff):
                return end

    async def _talked(self, talker: AtWork[StoreT]) -> StepsEnd:
        """The steps of a specialist who talks; where it cannot go on, the head takes over."""
        breaker = self._team.breakers[talker.name]
        if not breaker.admit():
            return self._taken_over(talker, "unavailable")
        try:
            end = await talker.steps.run()
        except LedgerError:
            breaker.unknown()
            raise
        except Exception as error:  # noqa: BLE001 - whatever breaks in a specialist, the head goes on
            breaker.failed()
            self._emitter.emit(p.Error(error_type=type(error).__name__, message=str(error)))
            _log.warning("specialist %s broke down", talker.name, exc_info=error)
            return self._taken_over(talker, "it broke down")
        except BaseException:
            breaker.unknown()
            raise
        of_the_whole = self.budget.tripped() is not None or end == Stopped("compensation_failed")
        if isinstance(end, Stopped) and not of_the_whole:
            breaker.failed()
            return self._taken_over(talker, end.reason)
        breaker.succeeded()
        return end

    def _taken_over(self, talker: AtWork[StoreT], reason: str) -> HandedOff:
        text = wording.TAKEN_OVER.format(name=talker.name, reason=reason)
        self._mailbox.hand_back(talker.name, self._team.head.name, text, status="failed")
        self._give_back(wording.with_facts(text, len(text), talker.facts.values()))
        return HandedOff(None)

    def _give_back(self, text: str) -> None:
        self._talker = None
        self.context.add(Message(role="system", content=text))
        self.context.add(self._asked)

    def _stop(self, end: StepsEnd) -> None:
        """Ends the head's steps after the call that is being made; a human comes before a specialist."""
        if self._steps.interrupt is None or isinstance(self._steps.interrupt, HandedOff):
            self._steps.interrupt = end

    def _spawn(
        self, specialist: Specialist[StoreT], budget: Budget, *, talks: bool = False
    ) -> AtWork[StoreT]:
        return AtWork(
            specialist,
            head_tools=self.tools,
            head_permissions=self.permissions,
            head_context=self.context,
            budget=budget,
            emitter=self._emitter,
            clock=self._clock,
            team_tools=tools_of_specialist(self, self._team, specialist.agent.name, talks=talks),
        )


def _head(
    head: Agent[StoreT], tools: ToolRegistry[StoreT], customer_may: frozenset[str] | None
) -> Agent[StoreT]:
    """The head's configuration with the team's tools, narrowed to what the customer may have done."""
    granted = head.permissions if customer_may is None else head.permissions & customer_may
    return structs.replace(head, tools=tools, permissions=granted | {TEAM})
