"""What the keeper tells the submitter, and the submitter the job, across languages.

Standard library only: PyFlink's environment has nothing else of ours.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal, Self

Kind = Literal["stream", "sessions"]
"""Which job: Kafka to the tables, or finished conversations."""
REFUSED: Final = 1
"""Exit code of the submitter where the cluster refused, after it has said why."""


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """The parameters of a job; times in milliseconds.

    The job itself reads the same JSON (``streaming/flink/java/turnstone/stream/JobSpec.java``).
    """

    kind: Kind
    job_name: str
    rest_url: str
    bootstrap_servers: str
    topic: str
    catalog_name: str
    catalog_uri: str
    warehouse: str
    checkpoints_dir: str
    checkpoint_interval_ms: int
    state_ttl_ms: int
    remembered_ids: int
    big_tenants: Sequence[str]
    small_tenant_groups: int
    session_gap_ms: int
    session_disorder_ms: int
    session_lateness_ms: int
    session_idle_ms: int
    parallelism: int
    masks: Sequence[dict[str, str]]
    any_number: str

    def to_json(self) -> str:
        """The form that :meth:`from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The parameters that :meth:`to_json` wrote."""
        return cls(**json.loads(text))
