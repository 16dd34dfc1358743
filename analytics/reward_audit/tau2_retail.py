"""The retail shop of tau2-bench, executed on ours.

It is the shop of tau-bench (the documents are the same but for a user's own id in it) with one rule that
differs: an address may still be changed after the items were.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from agent_runtime.domains.retail import RETAIL_TOOLS, RetailDatabase, RetailStore, load_shop
from agent_runtime.grading import Grade, State, grade
from agent_runtime.messages import ToolCall
from analytics.reward_audit.errors import RewardRecordError
from analytics.reward_audit.tau2_format import Criteria

_ITEMS_MODIFIED = "pending (item modified)"


class Tau2Shop:
    """Executes calls on the untouched shop and grades what they came to.

    Args:
        path: The data set's ``db.json``.

    Raises:
        RewardRecordError: It is absent.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise RewardRecordError(f"{path} is missing: set TURNSTONE_REWARDS_TAU2_BENCH")
        self._database = RetailDatabase(load_shop(json.loads(path.read_text(encoding="utf-8"))))

    def state_after(self, calls: Iterable[ToolCall]) -> State:
        """What differs from the untouched shop after some calls; refused ones change nothing."""
        store = self._database.store("audit")
        store.forget()
        for call in calls:
            _execute(store, call)
        changes = store.changes()
        store.forget()
        return changes

    def grade(
        self, calls: Sequence[ToolCall], texts: Sequence[str], criteria: Criteria, *, ended: bool
    ) -> Grade:
        """The grade of a conversation by the state and what was said.

        Args:
            calls: The agent's calls in order.
            texts: What the agent said.
            criteria: What it is graded by.
            ended: Whether it came to an end by itself.
        """
        truth = [
            ToolCall(f"truth_{number}", each.name, each.arguments)
            for number, each in enumerate(criteria.actions or ())
        ]
        return grade(
            final=self.state_after(calls),
            expected=self.state_after(truth),
            outputs=criteria.communicate_info or (),
            agent_texts=texts,
            ended=ended,
        )


def _execute(store: RetailStore, call: ToolCall) -> None:
    order_id = str(call.arguments.get("order_id"))
    if call.name == "modify_pending_order_address" and _status(store, order_id) == _ITEMS_MODIFIED:
        _set_status(store, order_id, "pending")
        RETAIL_TOOLS.call(store, call)
        _set_status(store, order_id, _ITEMS_MODIFIED)
    else:
        RETAIL_TOOLS.call(store, call)


def _status(store: RetailStore, order_id: str) -> str | None:
    text = store.text_of("orders", order_id)
    return None if text is None else str(json.loads(text)["status"])


def _set_status(store: RetailStore, order_id: str, status: str) -> None:
    order = store.order(order_id)
    order["status"] = status
    store.put_order(order)
