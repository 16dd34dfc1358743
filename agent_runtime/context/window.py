"""The context of one conversation, within a budget of tokens (spec A6)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agent_runtime.context.summaries import Summariser
from agent_runtime.context.tokens import TokenCounter, message_tokens
from agent_runtime.errors import ContextOverflowError
from agent_runtime.messages import Message

SUMMARY_SHARE: Final = 8
"""A summary takes an eighth of what policy and tools leave of the budget."""
LONGEST_SHARE: Final = 6
"""A single message takes a sixth of it; what is longer is cut. So the last question, call and answer always
fit, with room for facts."""
_CUT: Final = " [cut]"

_encode: Final = msgspec.json.Encoder().encode


class WindowState(Struct, frozen=True, kw_only=True):
    """A context between two turns.

    Attributes:
        messages: The newest messages, word by word.
        summary: What was folded.
        facts: What is pinned, by key.
    """

    messages: list[Message]
    summary: str
    facts: dict[str, str]


class ContextWindow:
    """What a model reads: the policy, what is remembered, and the newest messages word by word.

    Where the budget is exceeded, the older half is folded into a summary. Pinned facts are never
    summarised and never cut: they stand in every context after the first folding, and before it the
    messages that they come from do.

    Args:
        policy: The system message.
        schemas: The tools' schemas, which take their part of the budget.
        budget: Tokens that a context may take.
        count: Counts tokens.
        summariser: Folds messages.

    Raises:
        ContextOverflowError: Policy and tools alone take more.
    """

    def __init__(
        self,
        *,
        policy: str,
        schemas: Sequence[dict[str, Any]],
        budget: int,
        count: TokenCounter,
        summariser: Summariser,
    ) -> None:
        self.messages: list[Message] = [Message(role="system", content=policy)]
        """The context, oldest first."""
        self.tokens = 0
        """Tokens of context and schemas."""
        self._budget = budget
        self._count = count
        self._summariser = summariser
        self._summary = ""
        self._facts: dict[str, str] = {}
        self._head = 1
        self._fixed = message_tokens(self.messages[0], count) + count(_encode(schemas).decode())
        self.tokens = self._fixed
        self._check(0)

    @property
    def facts(self) -> list[str]:
        """What is pinned, oldest first."""
        return list(self._facts.values())

    @property
    def pinned(self) -> Mapping[str, str]:
        """What is pinned, by key."""
        return self._facts

    @property
    def summary(self) -> str:
        """What was folded, in few words."""
        return self._summary

    def snapshot(self) -> WindowState:
        """All but the policy, to be put away."""
        return WindowState(messages=self.messages[self._head :], summary=self._summary, facts=self._facts)

    def resume(self, state: WindowState) -> None:
        """Takes up what was put away; policy and tools are the agent's of today."""
        self._summary, self._facts = state.summary, dict(state.facts)
        self._set(state.messages, remembered=bool(state.summary))

    def pin(self, key: str, fact: str) -> None:
        """Pins a fact, in place of an earlier one under its key."""
        self._facts[key] = fact

    def add(self, message: Message) -> None:
        """Adds a message; one that takes more than its share of the budget is cut."""
        longest = (self._budget - self._fixed) // LONGEST_SHARE
        tokens = message_tokens(message, self._count)
        if tokens > longest:
            message = self._shortened(message, longest)
            tokens = message_tokens(message, self._count)
        self.messages.append(message)
        self.tokens += tokens

    async def fit(self) -> bool:
        """Folds the older messages where the context has grown over its budget.

        Returns:
            Whether something was folded.

        Raises:
            ContextOverflowError: What cannot be folded takes more than the budget.
        """
        if self.tokens <= self._budget:
            return False
        recent = self.messages[self._head :]
        first = self._first_kept(recent)
        asked = next((each for each in reversed(recent) if each.role == "user"), None)
        folded = recent[:first]
        kept = recent[first:]
        if asked is not None and not any(each is asked for each in kept):
            kept = [asked, *kept]
            folded = [each for each in folded if each is not asked]
        self._summary = await self._summariser.summarise(
            self._summary, folded, (self._budget - self._fixed) // SUMMARY_SHARE
        )
        self._set(kept, remembered=True)
        self._check(self.tokens - self._fixed)
        return True

    def _set(self, recent: Sequence[Message], *, remembered: bool) -> None:
        """Makes the context of what is remembered, where something was folded, and of recent messages."""
        head = [self.messages[0]]
        if remembered:
            head.append(Message(role="system", content=self._remembered()))
        self.messages = [*head, *recent]
        self._head = len(head)
        self.tokens = self._fixed + sum(message_tokens(each, self._count) for each in self.messages[1:])

    def _first_kept(self, recent: Sequence[Message]) -> int:
        """Where the part begins that stays: some half of the budget, a call always with its answer."""
        first = _last_exchange(recent)
        left = (self._budget - self._fixed) // 2
        left -= sum(message_tokens(each, self._count) for each in recent[first:])
        while first > 0:
            left -= message_tokens(recent[first - 1], self._count)
            if left < 0:
                break
            first -= 1
        while recent[first].role == "tool":
            first += 1
        return first

    def _remembered(self) -> str:
        parts = []
        if self._summary:
            parts.append(f"What was said before, in short:\n{self._summary}")
        if self._facts:
            parts.append("What is certain:\n" + "\n".join(f"- {fact}" for fact in self._facts.values()))
        return "\n\n".join(parts)

    def _shortened(self, message: Message, tokens: int) -> Message:
        """A message of at most some tokens: its text is cut, and so are long arguments of its call."""
        call = message.tool_call
        if call is not None and message.role == "assistant":
            arguments = _encode(call.arguments).decode()
            if self._count(arguments) > tokens // 2:
                short = {"cut": self._cut(arguments, tokens // 2)}
                message = replace(message, tool_call=replace(call, arguments=short))
        others = message_tokens(replace(message, content=""), self._count)
        return replace(message, content=self._cut(message.content, tokens - others))

    def _cut(self, text: str, tokens: int) -> str:
        """The beginning of a text, of at most some tokens."""
        if self._count(text) <= tokens:
            return text
        longest = len(text)
        while longest > 0 and self._count(text[:longest] + _CUT) > tokens:
            longest = longest * 3 // 4
        return text[:longest] + _CUT

    def _check(self, taken: int) -> None:
        if self._fixed + taken > self._budget:
            message = (
                f"policy, tools, facts and the newest message take {self._fixed + taken} tokens of "
                f"{self._budget}: raise context_tokens, or shorten them"
            )
            raise ContextOverflowError(message)


def _last_exchange(messages: Sequence[Message]) -> int:
    """Where the newest message begins, its call included where it is the answer to one."""
    last = len(messages) - 1
    while last > 0 and messages[last].role == "tool":
        last -= 1
    return last
