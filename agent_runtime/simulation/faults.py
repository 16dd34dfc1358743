"""Faults planted into the scripted agent: known, repeatable, at a known rate."""

import random
from collections.abc import Sequence
from typing import Final, Literal, get_args

from msgspec import Struct

from agent_runtime.messages import Message
from agent_runtime.models.scripted import Policy, Step
from agent_runtime.simulation.case import CaseFile, Record, read_case
from agent_runtime.simulation.moves import WRITES, Move, Plan, execute, report, say, transfer
from agent_runtime.simulation.policy import next_move, next_step

Fault = Literal["skip_confirmation", "wrong_argument", "false_claim", "wrong_answer", "needless_transfer"]
"""skip_confirmation: writes unasked; wrong_argument: writes something else than was
agreed; false_claim: says that it wrote and did not; wrong_answer: tells a wrong number;
needless_transfer: hands over what it could have done."""


class FaultRates(Struct, frozen=True, kw_only=True):
    """How often each fault strikes, of the conversations in which it can; 0 to 1."""

    skip_confirmation: float = 0.0
    wrong_argument: float = 0.0
    false_claim: float = 0.0
    wrong_answer: float = 0.0
    needless_transfer: float = 0.0

    def __post_init__(self) -> None:
        """Refuses what are no rates.

        Raises:
            ValueError: A rate is negative, or all together exceed one.
        """
        rates = [getattr(self, fault) for fault in FAULTS]
        if min(rates) < 0 or sum(rates) > 1:
            raise ValueError(f"fault rates must be at least 0 and at most 1 together, got {self}")


FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)


def draw_fault(rng: random.Random, rates: FaultRates, possible: frozenset[Fault]) -> Fault | None:
    """At most one fault of those that can strike, each with exactly its rate."""
    drawn = rng.random()
    for fault in FAULTS:
        rate = getattr(rates, fault) if fault in possible else 0.0
        if drawn < rate:
            return fault
        drawn -= rate
    return None


def faulty_policy(fault: Fault | None) -> Policy:
    """The agent's policy with a fault, or the sound one."""
    if fault is None:
        return next_step

    def decide(context: Sequence[Message]) -> Step:
        case = read_case(context)
        return _spoilt(fault, next_move(case), case).step

    return decide


def _spoilt(fault: Fault, move: Move, case: CaseFile) -> Move:
    """What the faulty agent does where a careful one would make this move."""
    writes = move.plan is not None and move.step.tool in WRITES
    if fault == "needless_transfer" and case.profile is not None:
        return transfer("The agent does not feel up to this request.")
    if fault == "skip_confirmation" and move.plan:
        return execute(move.plan)
    if fault == "wrong_argument" and move.plan and writes:
        return execute(_with_wrong_argument(move.plan, case))
    if fault == "false_claim" and move.plan and writes:
        return report(move.plan.tool)
    if fault == "wrong_answer" and move.answers:
        return say(_misquoted(move.step.text))
    return move


def _with_wrong_argument(plan: Plan, case: CaseFile) -> Plan:
    arguments = dict(plan.arguments)
    match plan.tool:
        case "cancel_pending_order":
            meant = arguments["reason"]
            arguments["reason"] = (
                "no longer needed" if meant == "ordered by mistake" else "ordered by mistake"
            )
        case "return_delivered_order_items":
            arguments["item_ids"] = _other_items(_order_of(plan, case), arguments["item_ids"])
        case "exchange_delivered_order_items":
            arguments["new_item_ids"] = [_other_variant(case, arguments)]
        case "apply_discount":
            arguments["percent"] = max(arguments["percent"] - 5, 1)
        case "modify_pending_order_payment":
            # the one choice that every customer has; the tool refuses it
            arguments["payment_method_id"] = _order_of(plan, case)["payment_history"][0]["payment_method_id"]
        case _:
            arguments["zip"] = _misquoted(arguments["zip"])
    return Plan(tool=plan.tool, arguments=arguments, summary=plan.summary)


def _order_of(plan: Plan, case: CaseFile) -> Record:
    return case.orders[plan.arguments["order_id"]]


def _other_items(order: Record, meant: list[str]) -> list[str]:
    """One item too many, or one too few where all are meant."""
    others = [item["item_id"] for item in order["items"] if item["item_id"] not in meant]
    return [*meant, others[0]] if others else meant[:-1]


def _other_variant(case: CaseFile, arguments: Record) -> str:
    involved = {*arguments["item_ids"], *arguments["new_item_ids"]}
    product = next(each for each in case.products.values() if involved <= each["variants"].keys())
    variants: dict[str, Record] = product["variants"]
    return next(key for key, each in variants.items() if each["available"] and key not in involved)


def _misquoted(text: str) -> str:
    """The text with each digit wrong."""
    return "".join(str((int(each) + 1) % 10) if each.isdigit() else each for each in text)
