"""Simulated conversations: every errand, held by every agent version."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from agent_runtime.customers import Customer
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.prices import Price
from agent_runtime.models.scripted import ScriptedModel
from agent_runtime.recordings import Task
from agent_runtime.simulation.customer import ScriptedCustomer
from agent_runtime.simulation.errands import Errand, build_errands
from agent_runtime.simulation.faults import Fault, FaultRates, draw_fault, faulty_policy
from agent_runtime.simulation.randomness import seeded
from agent_runtime.simulation.shop import ShopSize, SimulatedShop, build_shop
from streaming.contract.payloads import Outcome

NOTICE: Final = (
    "This is a simulator: invented customers, an invented shop and a scripted agent. "
    "Its numbers say nothing about a language model."
)
"""What whoever shows simulated conversations has to show with them."""

AGENT_VERSIONS: Final[Mapping[str, FaultRates]] = {
    "scripted-1": FaultRates(wrong_argument=0.02, wrong_answer=0.03, needless_transfer=0.04),
    "scripted-2": FaultRates(
        skip_confirmation=0.12,
        wrong_argument=0.10,
        false_claim=0.04,
        wrong_answer=0.08,
        needless_transfer=0.04,
    ),
    "scripted-3": FaultRates(skip_confirmation=0.01, wrong_argument=0.01, needless_transfer=0.02),
}
"""A sound version, one that made it worse, and the repair."""
SIMULATED_PRICE: Final = Price(0.40, 1.60)
"""Invented, so that costs are seen where costs are shown."""
POLICY: Final = (
    "You serve the customers of an online shop: cancel or change pending orders, return or "
    "exchange delivered ones, change addresses, answer questions about orders and products. "
    "Identify the customer first. Ask for a yes before you change anything. Hand over to a human "
    "what you cannot do."
)
"""The agent's system message."""


class SimulatedConversation(Struct, frozen=True, kw_only=True):
    """A conversation that is yet to be held, with what is known about it beforehand.

    Attributes:
        conversation_id: ``agent version/errand number``, unique in a simulation.
        agent_version: Who holds it.
        model_name: The scripted model's name.
        errand: What it is about, with the ground truth.
        fault: The fault planted into the agent, if any.
    """

    conversation_id: str
    agent_version: str
    model_name: str
    errand: Errand
    fault: Fault | None

    @property
    def task(self) -> Task:
        """The ground truth: who asks, which actions are right, which outputs are due."""
        return self.errand.task

    @property
    def expected_outcome(self) -> Outcome:
        """How it ends, the planted fault considered."""
        refused = self.fault == "wrong_argument" and self.errand.intent == "change_payment"
        if refused or self.fault == "needless_transfer":
            return "escalated"
        return self.errand.expected_outcome

    @property
    def expected_reward(self) -> float:
        """1 where state and outputs end as they should, 0 where the planted fault prevents it."""
        abandoned = self.errand.intent == "abandon"
        if self.fault == "skip_confirmation":
            return 0.0 if abandoned else 1.0
        if self.fault == "needless_transfer":
            return 1.0 if abandoned else 0.0
        return 1.0 if self.fault is None else 0.0

    def model(self) -> ChatModel:
        """The agent's model, fresh for one conversation."""
        return ScriptedModel(faulty_policy(self.fault), name=self.model_name, price=SIMULATED_PRICE)

    def customer(self) -> Customer:
        """The customer, fresh for one conversation."""
        return ScriptedCustomer(self.errand.script)


class Simulation(Struct, frozen=True, kw_only=True):
    """A shop and the conversations that happen in it, each on an untouched shop."""

    shop: SimulatedShop
    conversations: tuple[SimulatedConversation, ...]


def simulate(
    *,
    seed: int = 7,
    conversations: int = 600,
    versions: Mapping[str, FaultRates] = AGENT_VERSIONS,
    size: ShopSize | None = None,
) -> Simulation:
    """Draws a simulation; no conversation is held yet.

    Args:
        seed: Equal arguments give equal simulations, in every process.
        conversations: How many at most: each version runs each errand once, so that
            versions compare in pairs, and what is left over is not drawn.
        versions: Fault rates by agent version.
        size: How large the shop is.

    Raises:
        ValueError: Fewer conversations than versions, or a shop that is too small or larger
            than the catalogue allows.
    """
    if conversations < len(versions):
        raise ValueError(f"{len(versions)} agent versions need as many conversations, got {conversations}")
    shop = build_shop(seed, size)
    errands = build_errands(shop, seed=seed, count=conversations // len(versions))
    drawn = tuple(
        _conversation(seed, version, rates, errand)
        for version, rates in versions.items()
        for errand in errands
    )
    return Simulation(shop=shop, conversations=drawn)


def _conversation(seed: int, version: str, rates: FaultRates, errand: Errand) -> SimulatedConversation:
    rng = seeded(seed, "fault", version, errand.number)
    return SimulatedConversation(
        conversation_id=f"{version}/{errand.number}",
        agent_version=version,
        model_name=version,
        errand=errand,
        fault=draw_fault(rng, rates, errand.possible_faults),
    )
