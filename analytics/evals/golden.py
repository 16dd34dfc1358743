"""Correctness suites: golden cases from the generator, and the recorded public tasks (spec G1)."""

from typing import Final, get_args

from agent_runtime.domains.retail import RetailDatabase, load_shop
from agent_runtime.recordings import Recordings, Split, Task
from agent_runtime.simulation.conversations import POLICY
from agent_runtime.simulation.errands import Errand, build_errands
from agent_runtime.simulation.shop import build_shop
from analytics.evals.cases import Case, Suite
from analytics.evals.worlds import World

GOLDEN: Final = "golden"
RECORDED: Final = "recorded"
GOLDEN_CASES: Final = 500
LIMIT: Final = 0.02
"""Spec G3: a drop of two points is tolerated whatever its p."""
SEED: Final = 7


def golden_suite(seed: int = SEED, count: int = GOLDEN_CASES) -> tuple[Suite, World]:
    """Scenarios of the generator, with scripted customers and known ground truth."""
    shop = build_shop(seed)
    world = World(RetailDatabase(load_shop(shop.documents())))
    suite = Suite(
        name=GOLDEN,
        doc="Does what customers come for: final state and required outputs of generated cases.",
        grader="task",
        limit=LIMIT,
        shop_digest=world.database.digest({}),
        cases=tuple(_generated(seed, each) for each in build_errands(shop, seed=seed, count=count)),
        policy=POLICY,
    )
    return suite, world


def recorded_suite(recordings: Recordings) -> tuple[Suite, World]:
    """All tasks of the public data set, read in place: those of the test split have recorded runs."""
    world = World(RetailDatabase(load_shop(recordings.folder)))
    suite = Suite(
        name=RECORDED,
        doc="The public tau-bench tasks of its shop: final state and required outputs.",
        grader="task",
        limit=LIMIT,
        shop_digest=world.database.digest({}),
        cases=tuple(
            _public(split, number, task)
            for split in get_args(Split)
            for number, task in enumerate(recordings.tasks(split))
        ),
        policy=recordings.policy(),
    )
    return suite, world


def _generated(seed: int, errand: Errand) -> Case:
    return Case(
        case_id=f"{GOLDEN}-{errand.number:03d}",
        origin=f"generator, seed {seed}, scenario {errand.number}",
        kind=errand.intent,
        scenario=f"{errand.intent}-{errand.number}",
        task=errand.task,
        script=errand.script,
        faults=errand.possible_faults,
    )


def _public(split: Split, number: int, task: Task) -> Case:
    return Case(
        case_id=f"tau-{split}-{number:03d}",
        origin=f"sierra-research/tau-bench, retail, {split} split, task {number}",
        kind=split,
        scenario=f"retail-{number}" if split == "test" else f"retail-{split}-{number}",
        task=task,
    )
