"""The context of one conversation, within a budget of tokens (spec A6)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from agent_runtime.context.summaries import Summariser
from agent_runtime.context.tokens import TokenCounter, message_tokens
from agent_runtime.errors import ContextOverflowError
from agent_runtime.messages import Message

SUMMARY_SHARE: Final = 8
"""A summary takes an eighth of what policy and tools leave of the budget."""
LONGEST_SHARE: Final = 4
"""A single message takes a quarter of it; what is longer is cut."""

_encode: Final = msgspec.json.Encoder().encode


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
    def summary(self) -> str:
        """What was folded, in few words."""
        return self._summary

    def pin(self, key: str, fact: str) -> None:
        """Pins a fact, in place of an earlier one under its key."""
        self._facts[key] = fact

    def add(self, message: Message) -> None:
        """Adds a message; one that takes more than its share of the budget is cut."""
        tokens = message_tokens(message, self._count)
        longest = (self._budget - self._fixed) // LONGEST_SHARE
        if tokens > longest and message.content:
            message = replace(message, content=self._cut(message.content, longest))
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
        remembered = Message(role="system", content=self._remembered())
        self.messages = [self.messages[0], remembered, *kept]
        self._head = 2
        self.tokens = self._fixed + sum(message_tokens(each, self._count) for each in self.messages[1:])
        self._check(self.tokens - self._fixed)
        return True

    def _first_kept(self, recent: Sequence[Message]) -> int:
        """Where the part begins that stays: some half of the budget, a call always with its answer."""
        left = (self._budget - self._fixed) // 2
        first = _last_exchange(recent)
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

    def _cut(self, text: str, tokens: int) -> str:
        """The beginning of a text, of at most some tokens."""
        longest = len(text)
        note = " [cut]"
        while self._count(text[:longest] + note) > tokens - 8 and longest > 0:
            longest = longest * 3 // 4
        return text[:longest] + note

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
