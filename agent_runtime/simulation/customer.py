"""A customer who follows a script: answers what is asked, agrees, thanks or walks away."""

import re
from typing import Final, Literal

from msgspec import Struct

from agent_runtime.customers import CustomerMessage
from agent_runtime.simulation.wording import Topic

LeavesAt = Literal["identification", "confirmation"]

_CONFIRMATION: Final = re.compile(r"yes/no")
_FAREWELL: Final = re.compile(r"anything else", re.IGNORECASE)
_QUESTIONS: Final[tuple[tuple[str, Topic], ...]] = (
    (r"email|zip code", "identity"),
    (r"order number", "order"),
    (r"which item|which product", "items"),
    (r"like instead|which version", "options"),
    (r"\bwhy\b|\breason\b", "reason"),
    (r"payment method|refund go", "payment"),
    (r"new address", "address"),
)
_PATIENCE: Final = 3
"""How often a customer says something twice before walking away."""
_THINKING_NS: Final = 4_000_000_000
_TYPING_NS_A_CHARACTER: Final = 60_000_000


class Script(Struct, frozen=True, kw_only=True):
    """All that a customer may say.

    Attributes:
        opening: The first message.
        answers: By topic, the answer to the first question about it, to the second, …
        agreement: What is said to a request for confirmation.
        farewell: What is said when there is nothing else.
        leaves_at: Where the customer walks away without a word, if anywhere.
    """

    opening: str
    answers: dict[Topic, tuple[str, ...]]
    agreement: str
    farewell: str
    leaves_at: LeavesAt | None = None


class ScriptedCustomer:
    """Plays a script; implements :class:`agent_runtime.customers.Customer`."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._asked: dict[Topic, int] = {}
        self._repeats = 0

    def opening(self) -> CustomerMessage:
        """See :class:`agent_runtime.customers.Customer`."""
        return _message(self._script.opening)

    def reply(self, agent_text: str) -> CustomerMessage | None:
        """See :class:`agent_runtime.customers.Customer`."""
        if _CONFIRMATION.search(agent_text):
            return self._unless_leaving("confirmation", self._script.agreement)
        if _FAREWELL.search(agent_text):
            return self._unless_leaving("confirmation", self._script.farewell, final=True)
        topic = next((topic for cue, topic in _QUESTIONS if re.search(cue, agent_text.lower())), None)
        if topic is None:
            return self._again(self._script.opening)
        if topic == "identity" and self._script.leaves_at == "identification":
            return None
        return self._tell(topic)

    def _unless_leaving(self, at: LeavesAt, text: str, *, final: bool = False) -> CustomerMessage | None:
        return None if self._script.leaves_at == at else _message(text, final=final)

    def _tell(self, topic: Topic) -> CustomerMessage | None:
        answers = self._script.answers.get(topic, ())
        asked = self._asked.get(topic, 0)
        self._asked[topic] = asked + 1
        if asked < len(answers):
            return _message(answers[asked])
        return self._again(answers[-1] if answers else "I do not know.")

    def _again(self, text: str) -> CustomerMessage | None:
        self._repeats += 1
        return _message(text) if self._repeats <= _PATIENCE else None


def _message(text: str, *, final: bool = False) -> CustomerMessage:
    thinking_ns = _THINKING_NS + _TYPING_NS_A_CHARACTER * len(text)
    return CustomerMessage(text=text, final=final, think_ns=thinking_ns)
