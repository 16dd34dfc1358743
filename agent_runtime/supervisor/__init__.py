"""Several agents in one conversation: one at the head, and specialists with less each (spec A9).

The one at the head delegates a task and reads its result, or hands the customer off. Effects of all go
through one ledger, and steps, time and money are one budget. ``docs/supervisor.md`` shows how to make a
team, ``docs/adr/018-supervisor-and-specialists.md`` says why it is so.
"""

from agent_runtime.supervisor.conversation import SupervisedConversation
from agent_runtime.supervisor.shared_state import Conflict, SharedState, Versioned
from agent_runtime.supervisor.team import Recovery, Specialist, Team

__all__ = [
    "Conflict",
    "Recovery",
    "SharedState",
    "Specialist",
    "SupervisedConversation",
    "Team",
    "Versioned",
]
