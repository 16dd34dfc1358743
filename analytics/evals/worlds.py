"""The shop that a suite's cases happen in: opened untouched for each conversation."""

from agent_runtime.domains.retail import RETAIL_TOOLS, RetailDatabase, RetailStore
from agent_runtime.grading import State, expected_state
from analytics.evals.cases import Case


class World:
    """Opens the shop as a case finds it, and knows how it should be left.

    Args:
        database: The untouched shop.
    """

    def __init__(self, database: RetailDatabase) -> None:
        self.database = database
        self._expected: dict[str, State] = {}
        self._opened = 0

    def open(self, case: Case) -> RetailStore:
        """A store of its own, the case's plants in it; :meth:`RetailStore.forget` drops it."""
        self._opened += 1
        store = self.database.store(f"{case.case_id}/{self._opened}")
        for plant in case.plants:
            order = store.order(plant.order_id)
            order["address"]["address2"] = plant.text
            store.put_order(order)
        return store

    def expected(self, case: Case) -> State:
        """The state after the ground-truth calls: done once, on a fresh store."""
        if case.case_id not in self._expected:
            store = self.open(case)
            self._expected[case.case_id] = expected_state(RETAIL_TOOLS, store, case.task.actions)
            store.forget()
        return self._expected[case.case_id]
