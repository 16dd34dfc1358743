"""Tools that touch no document: thinking, reckoning, handing over."""

from agent_runtime.domains.retail.arithmetic import evaluate
from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.tools import tool


@tool(effect="compute")
def calculate(_store: RetailStore, expression: str) -> str:
    """Work out an arithmetic expression, rounded to two decimals.

    Args:
        expression: Numbers, operators (+, -, *, /), parentheses and spaces, such as '2 + 2'.
    """
    return str(round(evaluate(expression), 2))


@tool(effect="compute")
def think(_store: RetailStore, thought: str) -> str:  # noqa: ARG001 - the thought is in the events
    """Write a thought down. It looks nothing up and changes nothing, it only helps to reason.

    Args:
        thought: The thought.
    """
    return ""


@tool(effect="terminal")
def transfer_to_human_agents(_store: RetailStore, summary: str) -> str:  # noqa: ARG001 - as above
    """Hand the customer over to a human agent.

    Only where the customer asks for a human, or where the tools cannot solve the issue.

    Args:
        summary: What the customer wants and what was done so far.
    """
    return "Transfer successful"
