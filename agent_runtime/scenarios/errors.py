"""What can be wrong with a scenario."""

from agent_runtime.errors import TerminalError


class ScenarioError(TerminalError):
    """A scenario that cannot be read, or contradicts itself; the message says what, where and the way out."""
