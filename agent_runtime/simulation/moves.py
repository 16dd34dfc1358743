"""The moves of the scripted agent: what it says, looks up, proposes and does."""

from typing import Any, Final

from msgspec import Struct

from agent_runtime.models.scripted import Step

ANYTHING_ELSE: Final = "Is there anything else that I can do for you?"
CONFIRMATION_CUE: Final = "(yes/no)"
"""Ends every request for confirmation."""
_REPORTS: Final = {
    "apply_discount": "The discount is taken off your order.",
    "cancel_pending_order": "The order is cancelled, the refund is on its way.",
    "exchange_delivered_order_items": "The exchange is requested, an email tells you how to send it in.",
    "modify_pending_order_address": "The order will be shipped to the new address.",
    "modify_pending_order_payment": "The payment method of the order is changed.",
    "modify_user_address": "Your default address is changed.",
    "return_delivered_order_items": "The return is requested, an email tells you how to send it in.",
}
WRITES: Final = frozenset(_REPORTS)
"""The writing tools that the scripted agent uses."""


class Plan(Struct, frozen=True, kw_only=True):
    """A write that the agent wants to make, and how it puts it to the customer."""

    tool: str
    arguments: dict[str, Any]
    summary: str


class Move(Struct, frozen=True, kw_only=True):
    """The next step, and what lies behind it.

    Attributes:
        step: What to do.
        plan: The write that the step asks to confirm, or makes.
        answers: Whether the step tells what the customer wanted to know.
    """

    step: Step
    plan: Plan | None = None
    answers: bool = False


def say(text: str, *, answers: bool = False) -> Move:
    """A text to the customer."""
    return Move(step=Step(text=text), answers=answers)


def look_up(tool: str, **arguments: str) -> Move:
    """A call of a reading or computing tool."""
    return Move(step=Step(tool=tool, arguments=arguments))


def transfer(summary: str) -> Move:
    """A hand-over to a human."""
    return Move(step=Step(tool="transfer_to_human_agents", arguments={"summary": summary}, thought=summary))


def propose(plan: Plan) -> Move:
    """A request to confirm a write."""
    return Move(step=Step(text=f"{plan.summary} Shall I go ahead? {CONFIRMATION_CUE}"), plan=plan)


def execute(plan: Plan) -> Move:
    """The write itself."""
    return Move(step=Step(tool=plan.tool, arguments=plan.arguments, thought=plan.summary), plan=plan)


def report(tool: str) -> Move:
    """What the customer hears when a write was made."""
    return say(f"{_REPORTS[tool]} {ANYTHING_ELSE}")
