"""Plans as files: a folder with one JSON document an experiment."""

from pathlib import Path

import msgspec

from analytics.experiments.errors import PlanError
from analytics.experiments.plan import Plan


def read_plans(folder: Path) -> list[Plan]:
    """The plans of a folder's ``*.json``, by name; none where there is no such folder.

    Raises:
        PlanError: A document is no plan, or two are of one experiment; the message says which.
    """
    plans = dict[str, Plan]()
    for path in sorted(folder.glob("*.json")):
        try:
            plan = msgspec.json.decode(path.read_bytes(), type=Plan)
        except (msgspec.MsgspecError, PlanError) as wrong:
            raise PlanError(f"{path}: {wrong}") from wrong
        if plan.experiment in plans:
            raise PlanError(f"{path}: there is another plan of experiment {plan.experiment!r}")
        plans[plan.experiment] = plan
    return list(plans.values())
