"""How far a conversation may still go: steps, time and money, of all its agents together (spec A1, A9)."""

from typing import Self

from agent_runtime.agent import Bounds
from agent_runtime.clock import Clock
from agent_runtime.messages import Usage


class Budget:
    """What a conversation, or a part of it, has used up of its bounds.

    Args:
        bounds: Where it ends.
        clock: Tells the time; it begins to run now.
        whole: The budget that this one is a part of; whatever is spent here is spent there.
    """

    def __init__(self, bounds: Bounds, clock: Clock, whole: Self | None = None) -> None:
        self.steps = 0
        self.cost_usd = 0.0
        self.started_ns = clock.now_ns()
        self._bounds = bounds
        self._clock = clock
        self._whole = whole
        self._ran_out = False

    def spend(self, usage: Usage) -> None:
        """Counts a model call."""
        self.steps += 1
        self.cost_usd += usage.cost_usd
        if self._whole is not None:
            self._whole.spend(usage)

    def tripped(self) -> str | None:
        """The bound that is reached; None where there is room for another model call."""
        if self.steps >= self._bounds.max_steps:
            return "step_limit"
        if self._ran_out or self.left_s() <= 0:
            return "deadline"
        if self.cost_usd >= self._bounds.cost_usd:
            return "cost_limit"
        return self._whole.tripped() if self._whole is not None else None

    def left_s(self) -> float:
        """Seconds until the deadline."""
        left_s = self._bounds.deadline_s - (self._clock.now_ns() - self.started_ns) / 1e9
        return left_s if self._whole is None else min(left_s, self._whole.left_s())

    def run_out(self) -> None:
        """Notes that :meth:`left_s` went by while somebody waited, whatever a replayed clock says."""
        if self._whole is not None and self._whole.left_s() <= self.left_s():
            self._whole.run_out()
        else:
            self._ran_out = True
