"""How a tool call is executed: permissions, guards, prerequisites, ledger, retries, events."""

from agent_runtime.execution.answers import read_answer
from agent_runtime.execution.delivery import Deliver, RemembersEffects, deliver
from agent_runtime.execution.executor import ExecutorState, ToolExecutor
from agent_runtime.execution.permissions import Allows, ElevationError, NarrowedPermissions, Permissions
from agent_runtime.execution.plans import PlannedCall, PlanRun, call_at_once, run_plan

__all__ = [
    "Allows",
    "Deliver",
    "ElevationError",
    "ExecutorState",
    "NarrowedPermissions",
    "Permissions",
    "PlanRun",
    "PlannedCall",
    "RemembersEffects",
    "ToolExecutor",
    "call_at_once",
    "deliver",
    "read_answer",
    "run_plan",
]
