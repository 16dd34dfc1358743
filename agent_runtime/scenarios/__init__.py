"""Weeks of invented traffic with planted truth, played through the real runtime: ``docs/scenarios.md``.

A simulator: the shop, its customers and the agents' model are made up; loop, tools, ledger and
events are those of the product.
"""

from agent_runtime.scenarios.description import Scenario
from agent_runtime.scenarios.errors import ScenarioError
from agent_runtime.scenarios.generating import Batch, Load, generate, in_order_of_time
from agent_runtime.scenarios.reading import read_scenario, scenario_names
from agent_runtime.scenarios.truth import Shown, Truth

__all__ = [
    "Batch",
    "Load",
    "Scenario",
    "ScenarioError",
    "Shown",
    "Truth",
    "generate",
    "in_order_of_time",
    "read_scenario",
    "scenario_names",
]
