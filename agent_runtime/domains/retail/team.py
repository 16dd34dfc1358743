"""The shop's customer service as a team: a head who sorts, and specialists who may do one thing each.

What thinks here are policies written by hand; live models take the same places.
"""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import structs

from agent_runtime.agent import Agent, Bounds
from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.messages import Message
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.scripted import Policy, ScriptedModel, Step
from agent_runtime.simulation.conversations import SIMULATED_PRICE
from agent_runtime.simulation.policy import next_step
from agent_runtime.simulation.understanding import understand
from agent_runtime.supervisor import Recovery, Specialist, Team
from agent_runtime.tools import ToolRegistry

LOOK_UPS: Final = (
    "calculate",
    "find_user_id_by_email",
    "find_user_id_by_name_zip",
    "get_order_details",
    "get_product_details",
    "get_user_details",
    "list_all_product_types",
    "transfer_to_human_agents",
)
"""What every specialist may do: look, reckon, and call a human."""
ORDERS: Final = (
    "cancel_pending_order",
    "modify_pending_order_address",
    "modify_pending_order_payment",
    "modify_user_address",
)
RETURNS: Final = ("exchange_delivered_order_items", "return_delivered_order_items")
_ANSWERED: Final = frozenset({"tracking", "total", "price"})
"""Wishes that are answered without a change: delegated. The customer is handed off with the others."""


def retail_team(model: Callable[[Policy], ChatModel] | None = None) -> Team[RetailStore]:
    """The team.

    Args:
        model: Makes what thinks for each of them, given its policy; a scripted model unless said.
    """
    thinks = model or _scripted

    def specialist(name: str, purpose: str, *writes: str, talks: bool = True) -> Specialist[RetailStore]:
        tools = _some(*LOOK_UPS, *writes)
        return Specialist(
            agent=Agent(
                name=name,
                version=f"{name}-1",
                policy=f"You work for an online shop. {purpose} Ask for a yes before you change anything.",
                tools=tools,
                permissions=tools.permissions(),
                bounds=Bounds(max_steps=15),
            ),
            purpose=purpose,
            model=lambda: thinks(case_policy),
            talks=talks,
            recovery=Recovery(attempts=2, then="report"),
        )

    return Team(
        head(),
        [
            specialist("information", "It looks up orders, totals, tracking and prices.", talks=False),
            specialist("orders", "It cancels pending orders, and changes addresses and payment.", *ORDERS),
            specialist("returns", "It takes back and exchanges what was delivered.", *RETURNS),
        ],
    )


def head() -> Agent[RetailStore]:
    """The agent that customers meet. It may have everything done and does nothing itself."""
    return Agent(
        name="front_desk",
        version="retail-team-1",
        policy="You serve the customers of an online shop. Have specialists do what they ask for.",
        tools=_some("transfer_to_human_agents"),
        permissions=RETAIL_TOOLS.permissions(),
        bounds=Bounds(max_steps=60),
    )


def sort_wishes(context: Sequence[Message]) -> Step:
    """The head's policy: questions are delegated, and who wants something changed is handed off."""
    if context[-1].role == "tool":
        return Step(text=context[-1].content)
    said = [each.content for each in context if each.role == "user"]
    wish, words = understand(said).wish, " ".join(said)
    if wish == "human":
        return Step(tool="transfer_to_human_agents", arguments={"summary": words})
    if wish is None:
        return Step(text="How can I help you?")
    if wish in _ANSWERED:
        return Step(tool="delegate_to_information", arguments={"task": words}, thought=f"a question: {wish}")
    name = "returns" if wish in ("return", "exchange") else "orders"
    return Step(tool=f"hand_off_to_{name}", arguments={"summary": words}, thought=f"a change: {wish}")


def case_policy(context: Sequence[Message]) -> Step:
    """A specialist's policy: what the simulator's agent does, who reads summaries as the customer's words."""
    policy, *rest = context
    heard = (structs.replace(each, role="user") if each.role == "system" else each for each in rest)
    return next_step([policy, *heard])


def _scripted(policy: Policy) -> ChatModel:
    return ScriptedModel(policy, name="scripted", price=SIMULATED_PRICE)


def _some(*names: str) -> ToolRegistry[RetailStore]:
    return ToolRegistry([each for each in RETAIL_TOOLS if each.name in names])
