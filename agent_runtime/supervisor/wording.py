"""What agents of a team read of each other."""

from collections.abc import Iterable
from typing import Final

from agent_runtime.execution.answers import cut

LONGEST_TASK: Final = 4_000
"""Characters of a task or a summary that go to another agent."""
LONGEST_FACTS: Final = 2_000
"""Characters of the facts that go with a result; the newest ones stay."""

CERTAIN: Final = "What is certain:"
HANDED_OFF: Final = "{name} talks to the customer from now on."
HANDED_BACK: Final = "{name} gave the customer back to you: {summary}"
NOBODY_TO_HAND_BACK: Final = "the customer is not with you any more"
TAKEN_OVER: Final = "{name} cannot go on ({reason}). You talk to the customer again."
FAILED: Final = "{name} could not finish ({reason}). What it did stands."
TAKEN_BACK: Final = "{name} could not finish ({reason}). What it did was taken back: {what}."
NOTHING_DONE: Final = "{name} could not finish ({reason}). It had done nothing."
ESCALATED: Final = "{name} could not finish ({reason}). A human takes over."
UNAVAILABLE: Final = "{name} is not available at the moment. Do without, or hand over to a human."
WANTS_A_HUMAN: Final = "A human takes over: {summary}"
CONFLICT: Final = (
    "not written: {key} has changed since you read it. It is at version {version} now, written by {writer}: "
    "{value!r}. Decide again with that."
)
UNKNOWN_KEY: Final = "nothing is shared under {key!r}; there is: {keys}"
TOO_LONG: Final = "not written: at most {longest} characters are shared under a key"


def certain(facts: Iterable[str]) -> str:
    """Facts as an agent reads them; the oldest are left out where they are too many."""
    lines: list[str] = []
    left = LONGEST_FACTS
    for fact in reversed(list(facts)):
        left -= len(fact) + 3
        if left < 0:
            break
        lines.append(f"- {fact}")
    return "\n".join([CERTAIN, *reversed(lines)]) if lines else ""


def with_facts(text: str, longest: int, facts: Iterable[str]) -> str:
    """A result, cut, with what the runtime knows to have been done."""
    known = certain(facts)
    return f"{cut(text, longest)}\n\n{known}" if known else cut(text, longest)
