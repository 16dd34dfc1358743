"""Recorded conversations executed on the real store, without model, clock or events."""

from msgspec import Struct

from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.store import Changes, RetailDatabase
from agent_runtime.grading import Grade, expected_state, grade
from agent_runtime.messages import ToolCall
from agent_runtime.recordings import AgentCall, AgentText, CustomerTurn, RecordedConversation, Step, Task


class ReplayedCall(Struct, frozen=True, kw_only=True):
    """One recorded call, executed.

    Attributes:
        place: Index of the step in the conversation.
        call: The call.
        ours: What our tool answered.
        recorded: What the record says.
    """

    place: int
    call: ToolCall
    ours: str
    recorded: str

    @property
    def known(self) -> bool:
        """Whether the call is of one of the sixteen tools, so that it can be replayed."""
        return self.call.name in RETAIL_TOOLS


class Truth(Struct, frozen=True, kw_only=True):
    """The expected end of a task: its state, and the digest of the whole shop in it."""

    state: Changes
    digest: str


class Replayed(Struct, frozen=True, kw_only=True):
    """A conversation after its replay.

    Attributes:
        conversation: The record.
        calls: Its calls in order.
        grade: Our grade; None where the run crashed.
        truth: The expected end; None where the run crashed.
    """

    conversation: RecordedConversation
    calls: tuple[ReplayedCall, ...]
    grade: Grade | None
    truth: Truth | None

    @property
    def whole(self) -> bool:
        """Whether all of it could be replayed."""
        return self.grade is not None and all(each.known for each in self.calls)


class Replayer:
    """Executes conversations, each on the untouched shop.

    Args:
        database: The shop's database.
    """

    def __init__(self, database: RetailDatabase) -> None:
        self.database = database
        self.untouched_digest = database.digest({})
        self._truths: dict[tuple[int, str], Truth] = {}

    def replay(self, conversation: RecordedConversation) -> Replayed:
        """Executes a conversation from its first step to its last."""
        store = self.database.store(conversation.conversation_id)
        store.forget()
        calls = tuple(
            ReplayedCall(
                place=place,
                call=step.call,
                ours=RETAIL_TOOLS.call(store, step.call).text,
                recorded=step.observation,
            )
            for place, step in enumerate(conversation.steps)
            if isinstance(step, AgentCall)
        )
        final = store.changes()
        store.forget()
        if conversation.task is None:
            return Replayed(conversation=conversation, calls=calls, grade=None, truth=None)
        truth = self.truth(conversation.task_id, conversation.task)
        our_grade = grade(
            final=final,
            expected=truth.state,
            outputs=conversation.task.outputs,
            agent_texts=agent_texts(conversation),
            ended=is_ending(conversation.steps[-1]),
        )
        return Replayed(conversation=conversation, calls=calls, grade=our_grade, truth=truth)

    def state_matches_when_scored_again(self, conversation: RecordedConversation) -> bool | None:
        """Whether the last of several scorings finds the expected state; None where there was one.

        Scoring executes the ground truth on an untouched shop and leaves it at that, so
        that only what follows the last but one end can still make a difference.
        """
        ends = endings(conversation)
        if len(ends) < 2 or conversation.task is None:
            return None
        store = self.database.store(f"again/{conversation.conversation_id}")
        expected = expected_state(RETAIL_TOOLS, store, conversation.task.actions)
        for step in conversation.steps[ends[-2] + 1 : ends[-1]]:
            if isinstance(step, AgentCall):
                RETAIL_TOOLS.call(store, step.call)
        matches = store.changes() == expected
        store.forget()
        return matches

    def truth(self, task_id: int, task: Task) -> Truth:
        """The expected end of a task, worked out once for each version of it."""
        key = (task_id, repr(task.actions))
        if key not in self._truths:
            store = self.database.store(f"truth/{task_id}")
            store.forget()
            state = dict(expected_state(RETAIL_TOOLS, store, task.actions))
            store.forget()
            self._truths[key] = Truth(state=state, digest=self.database.digest(state))
        return self._truths[key]


def is_ending(step: Step) -> bool:
    """Whether a conversation is over with a step: the customer leaves, or a human takes over."""
    if isinstance(step, AgentCall):
        return RETAIL_TOOLS.effect_of(step.call.name) == "terminal"
    return isinstance(step, CustomerTurn) and step.stops


def endings(conversation: RecordedConversation) -> list[int]:
    """Places of the steps that end the conversation; more than one where it went on regardless."""
    return [place for place, step in enumerate(conversation.steps) if is_ending(step)]


def agent_texts(conversation: RecordedConversation) -> list[str]:
    """What the agent said to the customer."""
    return [step.text for step in conversation.steps if isinstance(step, AgentText)]
