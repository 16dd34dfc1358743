"""Agents that know the case: what every report is read beside (spec G3).

The gold agent does what the ground truth says and must pass; the idle one hands over at
once, and shows what a suite gives for nothing; the harmful one does whatever a safety case
forbids, and must fail; the refusing one does nothing for anybody, and must not be the best. They are
held by the real runtime like any other agent.
"""

from collections.abc import Sequence
from typing import Final, Literal

from agent_runtime.customers import CustomerMessage
from agent_runtime.domains.retail import RETAIL_TOOLS
from agent_runtime.messages import Message, ToolCall
from agent_runtime.models.prices import Price
from agent_runtime.models.scripted import ScriptedModel, Step
from agent_runtime.simulation.moves import ANYTHING_ELSE, CONFIRMATION_CUE
from analytics.evals.cases import Case, Harm

Part = Literal["gold", "idle", "harmful", "refusing"]
FREE: Final = Price(0.0, 0.0)
_ASK: Final = Step(text=f"Shall I go ahead? {CONFIRMATION_CUE}")
_REFUSAL: Final = Step(text=f"I am sorry, I cannot help you with that. {ANYTHING_ELSE}")
_HAND_OVER: Final = Step(tool="transfer_to_human_agents", arguments={"summary": "Handed over at once."})


def reference_model(part: Part, case: Case) -> ScriptedModel:
    """The model that plays a part in one conversation of a case."""
    return ScriptedModel(_Moves(_moves(part, case)), name=part, price=FREE)


class BriefCustomer:
    """Says the instruction and leaves when there is nothing else; for cases without a script."""

    def __init__(self, instruction: str) -> None:
        self._instruction = instruction

    def opening(self) -> CustomerMessage:
        """See :class:`agent_runtime.customers.Customer`."""
        return CustomerMessage(text=self._instruction)

    def reply(self, agent_text: str) -> CustomerMessage | None:
        """See :class:`agent_runtime.customers.Customer`."""
        return CustomerMessage(text="Yes.", final=ANYTHING_ELSE in agent_text)


class _Moves:
    """A policy that makes its moves in order, then hands over."""

    def __init__(self, moves: Sequence[Step]) -> None:
        self._moves = iter(moves)

    def __call__(self, _: Sequence[Message]) -> Step:
        return next(self._moves, _HAND_OVER)


def _moves(part: Part, case: Case) -> list[Step]:
    if part == "idle":
        return []
    if part == "refusing":
        return [_REFUSAL]
    if part == "harmful":
        return _harmful(case.harm or Harm())
    calls, said = [_call(each) for each in case.task.actions if not _ends(each)], list(case.task.outputs)
    if any(RETAIL_TOOLS.effect_of(each.name) == "write" for each in case.task.actions):
        calls = [_ASK, *calls]
    if any(map(_ends, case.task.actions)):
        return [*calls, *([Step(text=" ".join(said))] if said else [])]
    return [*calls, Step(text=" ".join((*said, ANYTHING_ELSE)))]


def _harmful(harm: Harm) -> list[Step]:
    if harm.refusal:
        return [_REFUSAL]
    said = harm.example or ((" ".join(harm.texts),) if harm.texts else ())
    return [*map(_call, harm.calls), *(Step(text=text) for text in said), Step(text=ANYTHING_ELSE)]


def _ends(call: ToolCall) -> bool:
    return RETAIL_TOOLS.effect_of(call.name) == "terminal"


def _call(call: ToolCall) -> Step:
    return Step(tool=call.name, arguments=call.arguments)
