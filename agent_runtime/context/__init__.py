"""What a model is shown of a conversation: within a budget, with the critical facts kept (spec A6)."""

from agent_runtime.context.summaries import ExtractiveSummariser, Summariser
from agent_runtime.context.tokens import CountsTokens, TokenCounter, counter_of
from agent_runtime.context.window import ContextWindow, WindowState

__all__ = [
    "ContextWindow",
    "CountsTokens",
    "ExtractiveSummariser",
    "Summariser",
    "TokenCounter",
    "WindowState",
    "counter_of",
]
