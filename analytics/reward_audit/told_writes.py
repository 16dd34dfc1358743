"""Conversations that call tools whose code was not published, executed as far as the record tells.

Such a call changes nothing but what its own answer says: an order in the answer is taken for written where
everything in it that differs from the shop is what the call was asked to put there. That an answer shows an
order as another conversation left it is no write of this call.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from agent_runtime.domains.retail import RETAIL_TOOLS, RetailStore
from agent_runtime.domains.retail.documents import Order
from agent_runtime.domains.retail.exactness import Replayed, Replayer, agent_texts, is_ending
from agent_runtime.grading import Grade, grade
from agent_runtime.recordings import AgentCall

_ORDER: Final = frozenset({"order_id", "status", "items", "payment_history"})


def grade_as_told(replayed: Replayed, replayer: Replayer) -> Grade | None:
    """The grade with the writes that answers of unpublished tools tell; None where the run crashed.

    Args:
        replayed: The conversation, already replayed.
        replayer: What replayed it.
    """
    conversation = replayed.conversation
    if replayed.truth is None or conversation.task is None:
        return None
    store = replayer.database.store(f"told/{conversation.conversation_id}")
    store.forget()
    for step in conversation.steps:
        if isinstance(step, AgentCall):
            _execute(store, step)
    final = store.changes()
    store.forget()
    return grade(
        final=final,
        expected=replayed.truth.state,
        outputs=conversation.task.outputs,
        agent_texts=agent_texts(conversation),
        ended=is_ending(conversation.steps[-1]),
    )


def _execute(store: RetailStore, step: AgentCall) -> None:
    if step.call.name in RETAIL_TOOLS:
        RETAIL_TOOLS.call(store, step.call)
        return
    for told in _orders(step.observation):
        text = store.text_of("orders", str(told["order_id"]))
        if text is not None and _is_own_write(json.loads(text), told, step.call.arguments):
            store.put_order(cast("Order", told))


def _is_own_write(before: Mapping[str, Any], told: Mapping[str, Any], arguments: Mapping[str, Any]) -> bool:
    changed = [key for key in before.keys() | told.keys() if before.get(key) != told.get(key)]
    asked = set(_leaves(arguments))
    return bool(changed) and all(leaf in asked for key in changed for leaf in _leaves(told.get(key)))


def _orders(value: Any) -> Iterator[dict[str, Any]]:
    """The orders anywhere in an answer, also inside texts that are JSON themselves."""
    match value:
        case str():
            parsed = _parsed(value)
            if parsed is not None:
                yield from _orders(parsed)
        case dict() if value.keys() >= _ORDER:
            yield value
        case dict():
            for each in value.values():
                yield from _orders(each)
        case list():
            for each in value:
                yield from _orders(each)


def _parsed(text: str) -> dict[str, Any] | list[Any] | None:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict | list) else None


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for each in value.values():
                yield from _leaves(each)
        case list():
            for each in value:
                yield from _leaves(each)
        case _:
            yield value
