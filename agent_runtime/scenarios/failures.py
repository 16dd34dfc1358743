"""Ways in which the scripted agent fails in a scenario: those of the simulator, and two more."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from agent_runtime.messages import Message
from agent_runtime.models.scripted import Policy, Step
from agent_runtime.simulation.case import read_case
from agent_runtime.simulation.errands import Errand
from agent_runtime.simulation.faults import Fault, faulty_policy
from agent_runtime.simulation.moves import Plan, execute, propose, say
from agent_runtime.simulation.policy import next_move
from agent_runtime.simulation.procedures import MOST_PERCENT

Failure = Literal[
    "skip_confirmation",
    "wrong_argument",
    "false_claim",
    "wrong_answer",
    "needless_transfer",
    "excess_discount",
    "forgets",
]
"""The faults of :data:`agent_runtime.simulation.faults.Fault`, and: excess_discount: gives whatever
discount is asked for; forgets: asks anew who the customer is, after it knew."""
FAILURES: Final[tuple[Failure, ...]] = get_args(Failure)
_FAULTS: Final = frozenset(get_args(Fault))
UNTRUE: Final = frozenset({"false_claim", "wrong_answer"})
"""Failures that tell the customer what is not true."""
HARMFUL: Final = UNTRUE | {"wrong_argument", "needless_transfer", "excess_discount"}
"""Failures after which the customer did not get what is right."""
FORGOT: Final = (
    "I am sorry, I have lost track: what is the email address of your account, "
    "or your full name and zip code?"
)


def possible_failures(errand: Errand) -> frozenset[str]:
    """The failures that can show in an errand."""
    more = set[Failure]()
    if errand.percent is not None and errand.percent > MOST_PERCENT:
        more.add("excess_discount")
    if errand.intent != "ask_human" and errand.script.leaves_at != "identification":
        more.add("forgets")
    return errand.possible_faults | more


def drawn_failure(drawn: float, rates: Mapping[Failure, float], errand: Errand) -> Failure | None:
    """At most one failure of those that can show, each with exactly its rate.

    Args:
        drawn: A random number, at least 0 and below 1.
        rates: Rate by failure; those not named do not happen.
        errand: What the conversation is about.
    """
    possible = possible_failures(errand)
    for failure in FAILURES:
        rate = rates.get(failure, 0.0) if failure in possible else 0.0
        if drawn < rate:
            return failure
        drawn -= rate
    return None


def failing_policy(failure: Failure | None) -> Policy:
    """The agent's policy with a failure, or the sound one."""
    match failure:
        case "excess_discount":
            return _generous
        case "forgets":
            return _forgetful
        case _:
            return faulty_policy(failure)


def _generous(context: Sequence[Message]) -> Step:
    case = read_case(context)
    move = next_move(case)
    if move.plan is None or move.plan.tool != "apply_discount":
        return move.step
    order_id, percent = move.plan.arguments["order_id"], case.words.percent
    plan = Plan(
        tool="apply_discount",
        arguments={"order_id": order_id, "percent": percent},
        summary=f"On order {order_id} I can give you {percent} %.",
    )
    return (execute(plan) if case.confirmed else propose(plan)).step


def _forgetful(context: Sequence[Message]) -> Step:
    case = read_case(context)
    asked = any(each.role == "assistant" and each.content == FORGOT for each in context)
    return next_move(case).step if case.profile is None or asked else say(FORGOT).step
