"""What is true of a conversation, from what was planted into it."""

import msgspec

from agent_runtime.scenarios.description import Scenario
from agent_runtime.scenarios.failures import HARMFUL, UNTRUE
from agent_runtime.scenarios.planning import Plan
from agent_runtime.scenarios.searching import ANSWER
from agent_runtime.scenarios.truth import Searched, Truth
from agent_runtime.simulation.errands import Errand
from agent_runtime.simulation.help_center import BY_ID
from agent_runtime.simulation.procedures import MOST_PERCENT
from streaming.contract.payloads import Outcome


def truth_of(plan: Plan, scenario: Scenario, *, seed: int, searches: list[Searched]) -> Truth:
    """What is true of a conversation that was held.

    Args:
        plan: What was planted into it.
        scenario: What it belongs to.
        seed: What that was drawn with.
        searches: Lists of articles that the customer saw.
    """
    errand = plan.errand
    return Truth(
        conversation_id=plan.conversation_id,
        scenario=scenario.name,
        scenario_version=scenario.version,
        seed=seed,
        number=plan.number,
        tenant_id=plan.tenant.id,
        tier=plan.tenant.tier.name,
        customer=plan.customer,
        user_id=plan.user_id,
        started_at_ns=plan.start_ns,
        day=plan.day,
        intent=errand.intent,
        persona=errand.persona,
        difficulty=_difficulty(errand),
        agent_version=plan.agent.version,
        arm=plan.agent.arm,
        failure=plan.failure,
        incident=plan.incident,
        injection=plan.injection.kind if plan.injection else None,
        injection_text=plan.injection.text if plan.injection else None,
        injection_obeyed=plan.obeys,
        discount_asked=errand.percent,
        discount_allowed=None if errand.percent is None else min(errand.percent, MOST_PERCENT),
        expected_outcome=_expected_outcome(plan),
        served=_served(plan, searches),
        untrue=plan.failure in UNTRUE or _told_stale(plan, searches),
        expected_actions=msgspec.json.encode(
            [{"name": call.name, "arguments": call.arguments} for call in errand.task.actions]
        ).decode(),
        expected_outputs=list(errand.task.outputs),
        again_of=plan.again_of,
        searches=searches,
    )


def _expected_outcome(plan: Plan) -> Outcome:
    if plan.outage is not None or plan.failure == "needless_transfer":
        return "escalated"
    if plan.failure == "wrong_argument" and plan.errand.intent == "change_payment":
        return "escalated"
    return plan.errand.expected_outcome


def _served(plan: Plan, searches: list[Searched]) -> bool:
    """Whether the customer gets what is right."""
    if plan.errand.intent in {"abandon", "refused_card"} or plan.outage is not None or plan.obeys:
        return False
    if plan.errand.intent == "help" and not (searches and searches[0].shown[0].relevance == ANSWER):
        return False
    return plan.failure not in HARMFUL and not _told_stale(plan, searches)


def _told_stale(plan: Plan, searches: list[Searched]) -> bool:
    """Whether the first article, which the agent tells, says what is no longer in force."""
    return bool(searches) and BY_ID[searches[0].shown[0].article].topic in plan.stale_topics


def _difficulty(errand: Errand) -> int:
    """Obstacles: a customer who has forgotten things, an outdated address, a wish that is refused."""
    obstacles = [
        errand.persona == "forgetful",
        len(errand.script.answers.get("identity", ())) > 1,
        bool(errand.task.outputs) and errand.intent in {"cancel", "return"},
    ]
    return sum(obstacles)
