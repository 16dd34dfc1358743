"""Is the replay exact: what our tools answer against what was recorded, and why they differ.

Run ``python -m agent_runtime.domains.retail.exactness --help``.
"""

from agent_runtime.domains.retail.exactness.reasons import (
    Difference,
    OtherScoring,
    Reason,
    RunExactness,
    explain_all,
)
from agent_runtime.domains.retail.exactness.replaying import Replayed, Replayer, agent_texts, is_ending

__all__ = [
    "Difference",
    "OtherScoring",
    "Reason",
    "Replayed",
    "Replayer",
    "RunExactness",
    "agent_texts",
    "explain_all",
    "is_ending",
]
