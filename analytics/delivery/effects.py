"""What a canary's actions risk: which cannot be taken back, as the tools declare it (spec A3, M1)."""

from collections.abc import Iterable
from typing import Any, Final

from agent_runtime.domains.appointments import APPOINTMENT_TOOLS
from agent_runtime.domains.retail import RETAIL_TOOLS
from agent_runtime.scenarios.tools import SHOP_TOOLS
from agent_runtime.tools import ToolRegistry

DOMAINS: Final[tuple[ToolRegistry[Any], ...]] = (RETAIL_TOOLS, APPOINTMENT_TOOLS, SHOP_TOOLS)
"""The tools of the agents whose events are in the lake."""


def reversible_tools(domains: Iterable[ToolRegistry[Any]] = DOMAINS) -> list[str]:
    """Names of the writing tools that every domain which has them declares to be reversible.

    A tool that no domain knows is in none: what it did counts as done for good.
    """
    tools = [tool for domain in domains for tool in domain if tool.effect == "write"]
    final = {tool.name for tool in tools if not tool.reversible}
    return sorted({tool.name for tool in tools} - final)
