"""How far a conversation may still go: steps, time and money, of all its agents together (spec A1)."""

from agent_runtime.agent import Bounds
from agent_runtime.clock import Clock
from agent_runtime.messages import Usage


class Budget:
    """What a conversation has used up of its bounds.

    Args:
        bounds: Where it ends.
        clock: Tells the time; it begins to run now.
    """

    def __init__(self, bounds: Bounds, clock: Clock) -> None:
        self.steps = 0
        self.cost_usd = 0.0
        self.started_ns = clock.now_ns()
        self._bounds = bounds
        self._clock = clock

    def spend(self, usage: Usage) -> None:
        """Counts a model call."""
        self.steps += 1
        self.cost_usd += usage.cost_usd

    def tripped(self) -> str | None:
        """The bound that is reached; None where there is room for another model call."""
        if self.steps >= self._bounds.max_steps:
            return "step_limit"
        if self.left_s() <= 0:
            return "deadline"
        if self.cost_usd >= self._bounds.cost_usd:
            return "cost_limit"
        return None

    def left_s(self) -> float:
        """Seconds until the deadline."""
        return self._bounds.deadline_s - (self._clock.now_ns() - self.started_ns) / 1e9
