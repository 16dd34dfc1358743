"""Is the replay exact: what our tools answer against what was recorded, and why they differ.

Run ``python -m agent_runtime.domains.retail.exactness --help``.
"""

from agent_runtime.domains.retail.exactness.reasons import Difference, Reason, RunExactness, explain_all
from agent_runtime.domains.retail.exactness.replaying import Replayed, Replayer

__all__ = ["Difference", "Reason", "Replayed", "Replayer", "RunExactness", "explain_all"]
