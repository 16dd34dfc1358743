"""Draws conversations before they are held: everything that is planted into each.

A conversation depends on the scenario, the seed and its number alone, in every process.
"""

import hashlib
import random
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agent_runtime.scenarios.arriving import DAY_NS, HOUR_NS, WEEK_H, Arrivals, first_ns
from agent_runtime.scenarios.description import (
    AgentVersion,
    AnyIncident,
    ModelChange,
    NewProblem,
    Scenario,
    SlowModel,
    StaleArticle,
    ToolOutage,
)
from agent_runtime.scenarios.failures import Failure, drawn_failure
from agent_runtime.scenarios.injecting import Injection, draw_injection
from agent_runtime.scenarios.tenants import Tenant, TenantMix
from agent_runtime.simulation.drafts import CustomerFacts, Intent, ShopFacts
from agent_runtime.simulation.errands import Errand, draw_errand
from agent_runtime.simulation.help_center import ANSWERED_BY
from agent_runtime.simulation.randomness import seeded
from agent_runtime.simulation.shop import SimulatedShop, build_complete_shop
from agent_runtime.tenancy import customer_key

_AGAIN_AFTER_S: Final = (600, 20 * 3_600)
"""When a customer comes back at the earliest, and at the latest."""


class Plan(Struct, frozen=True, kw_only=True):
    """A conversation that is yet to be held, with what is planted into it.

    Attributes:
        number: Its place; one that is begun again has that of the first.
        conversation_id: Tells nothing of what is planted.
        start_ns: When it begins, ns since the epoch.
        day: Day of the scenario, from 0.
        tenant: Whose customer comes.
        user_id: The customer's id in the shop.
        customer: The customer's pseudonym.
        agent: Who serves.
        model: Name of the model that answers.
        slowness: How much longer than usual it takes.
        errand: What it is about.
        failure: The planted failure of the agent.
        outage: The tool that is not available.
        stale_topics: Topics of the help center that tell what is no longer in force.
        incident: Kind of the incident that can be felt in it.
        injection: The attempt to make the agent do something else.
        obeys: Whether the agent does what it says.
        again_of: The conversation of which the customer comes back.
    """

    number: int
    conversation_id: str
    start_ns: int
    day: int
    tenant: Tenant
    user_id: str
    customer: str
    agent: AgentVersion
    model: str
    slowness: float
    errand: Errand
    failure: Failure | None
    outage: str | None
    stale_topics: frozenset[str]
    incident: str | None
    injection: Injection | None
    obeys: bool
    again_of: str | None


class _Caller(Struct, frozen=True, kw_only=True):
    """Who comes, when and for what."""

    number: int
    start_ns: int
    tenant: Tenant
    user_id: str
    intent: Intent | None
    again_of: str | None


class Planner:
    """Plans the conversations of a scenario.

    Args:
        scenario: What is played.
        seed: Equal scenarios, seeds and totals give equal conversations.
        total: How many there are; those that the scenario says unless given.

    Raises:
        ValueError: ``total`` is below one.
    """

    def __init__(self, scenario: Scenario, *, seed: int, total: int | None = None) -> None:
        self.scenario = scenario
        self.seed = seed
        self.total = scenario.conversations if total is None else total
        if self.total < 1:
            raise ValueError(f"a scenario needs at least one conversation, got {self.total}")
        self.shop: SimulatedShop = build_complete_shop(seed, scenario.customers)
        self.tenants = TenantMix(scenario)
        self._facts = ShopFacts(self.shop)
        self._user_ids = list(self.shop.users)
        seeded(seed, "customers").shuffle(self._user_ids)
        self._arrivals = Arrivals(scenario, self.tenants.tier_shares, seed=seed, total=self.total)
        self._first_ns = first_ns(scenario)
        described = msgspec.json.encode([scenario, seed, self.total])
        self._digest = hashlib.sha256(described).hexdigest()

    def plan(self, number: int) -> Plan:
        """The conversation of a number; a later number begins later.

        A tenant's customer comes anew when all of the shop's have come in between.
        """
        start_ns = self.start_ns(number)
        rng = seeded(self.seed, "tenant", number)
        caller = _Caller(
            number=number,
            start_ns=start_ns,
            tenant=self.tenants.draw(rng, self._hour_of_week(start_ns)),
            user_id=self._user_ids[number % len(self._user_ids)],
            intent=None,
            again_of=None,
        )
        return self._plan(caller, seeded(self.seed, "conversation", number))

    def start_ns(self, number: int) -> int:
        """When the conversation of a number begins; the end of the scenario behind the last one."""
        if number >= self.total:
            return self._first_ns + self.scenario.days * DAY_NS
        return self._arrivals.start_ns(number, seeded(self.seed, "arrival", number))

    def plan_again(self, first: Plan, *, ended_ns: int, served: bool) -> Plan | None:
        """The conversation in which a customer comes back with the same, within a day; None where not.

        Args:
            first: The earlier conversation.
            ended_ns: When it ended, ns since the epoch.
            served: Whether the customer got what is right.
        """
        rng = seeded(self.seed, "again", first.number)
        aftermath = self.scenario.aftermath
        share = aftermath.again_served if served else aftermath.again_unserved
        if first.again_of is not None or rng.random() >= share:
            return None
        start_ns = ended_ns + rng.randint(*_AGAIN_AFTER_S) * 1_000_000_000
        if start_ns >= self._first_ns + self.scenario.days * DAY_NS:
            return None
        caller = _Caller(
            number=first.number,
            start_ns=start_ns,
            tenant=first.tenant,
            user_id=first.user_id,
            intent=first.errand.intent,
            again_of=first.conversation_id,
        )
        return self._plan(caller, rng)

    def _plan(self, caller: _Caller, rng: random.Random) -> Plan:
        day = (caller.start_ns - self._first_ns) // DAY_NS
        incidents = self.scenario.incidents_on(day)
        agent = self._agent(day, caller)
        intent = caller.intent or self._intent(rng, caller.tenant, incidents)
        errand = self._errand(rng, caller, intent)
        injection, obeys = self._injection(rng, errand, agent, caller.user_id)
        if injection is not None and injection.kind != "indirect":
            errand = _with_words(errand, injection.text)
        rates = dict(agent.failures)
        changed = next((each for each in incidents if isinstance(each, ModelChange)), None)
        if changed is not None:
            rates.update(changed.failures)
        drawn = drawn_failure(rng.random(), rates, errand)
        outage = _outage(rng, errand, incidents)
        obeys = obeys and outage is None
        failure = None if obeys or outage else drawn
        stale = frozenset(each.topic for each in incidents if isinstance(each, StaleArticle))
        slow = [each.factor for each in incidents if isinstance(each, SlowModel)]
        incident = _felt(errand, incidents, outage=outage, stale=stale, failure=failure)
        return Plan(
            number=caller.number,
            conversation_id=self._conversation_id(caller),
            start_ns=caller.start_ns,
            day=day,
            tenant=caller.tenant,
            user_id=caller.user_id,
            customer=customer_key(caller.user_id, caller.tenant.id),
            agent=agent,
            model=changed.model if changed is not None else agent.model,
            slowness=agent.slowness * max(slow, default=1.0),
            errand=errand,
            failure=failure,
            outage=outage,
            stale_topics=stale,
            incident=incident,
            injection=injection,
            obeys=obeys,
            again_of=caller.again_of,
        )

    def _hour_of_week(self, time_ns: int) -> int:
        hour = (time_ns - self._first_ns) // HOUR_NS
        return int(hour + 24 * self.scenario.first_day.weekday()) % WEEK_H

    def _agent(self, day: int, caller: _Caller) -> AgentVersion:
        """The version of a customer: the same as long as shares stay the same."""
        agents = self.scenario.agents_on(day)
        drawn = seeded(self.seed, "arm", caller.tenant.id, caller.user_id)
        return drawn.choices(agents, [agent.weight for agent in agents])[0]

    def _intent(self, rng: random.Random, tenant: Tenant, incidents: list[AnyIncident]) -> Intent:
        new = next((each for each in incidents if isinstance(each, NewProblem)), None)
        if new is not None and rng.random() < new.share:
            return "refused_card"
        weights = tenant.tier.intents or self.scenario.intents
        return rng.choices(list(weights), list(weights.values()))[0]

    def _errand(self, rng: random.Random, caller: _Caller, intent: Intent) -> Errand:
        personas = self.scenario.personas
        persona = rng.choices(list(personas), list(personas.values()))[0]
        customer = CustomerFacts(self._facts, caller.user_id)
        return draw_errand(customer, rng, number=caller.number, intent=intent, persona=persona)

    def _injection(
        self, rng: random.Random, errand: Errand, agent: AgentVersion, user_id: str
    ) -> tuple[Injection | None, bool]:
        injections = self.scenario.injections
        if rng.random() >= injections.share:
            return None, False
        other = rng.choice(self._user_ids)
        while other == user_id and len(self._user_ids) > 1:
            other = rng.choice(self._user_ids)
        injection = draw_injection(rng, errand, injections.kinds, other)
        return injection, injection is not None and rng.random() < agent.obeys_injections

    def _conversation_id(self, caller: _Caller) -> str:
        named = f"{self._digest}/{caller.number}/{'again' if caller.again_of else ''}"
        return hashlib.sha256(named.encode()).hexdigest()[:24]


def _with_words(errand: Errand, text: str) -> Errand:
    """The errand with a text at the end of the customer's first message."""
    return replace(errand, script=replace(errand.script, opening=f"{errand.script.opening} {text}"))


def _outage(rng: random.Random, errand: Errand, incidents: list[AnyIncident]) -> str | None:
    """The tool that is not available, where the errand needs it."""
    needed = {"search_help_center"} if errand.intent in {"help", "refused_card"} else set()
    if "order" in errand.script.answers and errand.script.leaves_at != "identification":
        needed.add("get_order_details")
    for incident in incidents:
        if isinstance(incident, ToolOutage) and rng.random() < incident.share and incident.tool in needed:
            return incident.tool
    return None


def _felt(
    errand: Errand,
    incidents: list[AnyIncident],
    *,
    outage: str | None,
    stale: frozenset[str],
    failure: Failure | None,
) -> str | None:
    """Kind of the first incident that can be felt in a conversation."""
    for incident in incidents:
        match incident:
            case NewProblem() if errand.intent == "refused_card":
                return "new_problem"
            case ToolOutage() if outage is not None:
                return "tool_outage"
            case StaleArticle() if errand.question and ANSWERED_BY[errand.question].topic in stale:
                return "stale_article"
            case ModelChange() if failure in incident.failures:
                return "model_change"
            case SlowModel():
                return "slow_model"
            case _:
                continue
    return None
