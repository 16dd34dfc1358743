"""The context that an agent begins with."""

from collections.abc import Sequence
from typing import Any

from agent_runtime.agent import Agent
from agent_runtime.context.summaries import ExtractiveSummariser, Summariser
from agent_runtime.context.tokens import counter_of
from agent_runtime.context.window import ContextWindow
from agent_runtime.models.interface import ChatModel


def window_of(
    agent: Agent[Any],
    model: ChatModel,
    summariser: Summariser | None = None,
    schemas: Sequence[dict[str, Any]] | None = None,
) -> ContextWindow:
    """An agent's context with nothing said yet, counted as its model does.

    Args:
        agent: Whose.
        model: What reads it.
        summariser: Folds old messages; by their first sentences unless said.
        schemas: Schemas of the tools that the agent has; the agent's own ones unless said.
    """
    count = counter_of(model)
    return ContextWindow(
        policy=agent.policy,
        schemas=agent.tools.schemas() if schemas is None else schemas,
        budget=agent.context_tokens,
        count=count,
        summariser=summariser or ExtractiveSummariser(count),
    )
