"""All public runs that are at hand, audited."""

from pathlib import Path

from analytics.reward_audit.errors import RewardRecordError
from analytics.reward_audit.findings import AuditedRun
from analytics.reward_audit.other_shops import audit_other_shops
from analytics.reward_audit.tau2_bench import audit_tau2_retail
from analytics.reward_audit.tau_bench import audit_tau_bench


def audit_rewards(*, recordings: Path, tau2_bench: Path) -> list[AuditedRun]:
    """Audits what is at hand of both data sets.

    Args:
        recordings: The retail folder of tau-bench; left out where it is absent.
        tau2_bench: The folder of tau2-bench; left out where it is absent.

    Raises:
        RewardRecordError: Both are absent, or a file cannot be understood.
        AgentRuntimeError: A file of tau-bench cannot be understood.
    """
    runs = list[AuditedRun]()
    if recordings.is_dir():
        runs += audit_tau_bench(recordings)
    if tau2_bench.is_dir():
        runs += audit_tau2_retail(tau2_bench / "retail")
        runs += audit_other_shops(tau2_bench / "other_retail")
    if not runs:
        raise RewardRecordError(
            f"neither {recordings} nor {tau2_bench} is there: set TURNSTONE_RUNTIME_RECORDINGS or "
            "TURNSTONE_REWARDS_TAU2_BENCH to the public data"
        )
    return runs
