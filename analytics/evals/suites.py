"""The suites that there are on this machine."""

from collections.abc import Callable
from typing import Final

from agent_runtime.recordings import Recordings
from agent_runtime.settings import RuntimeSettings
from analytics.evals.adversarial import safety_suite
from analytics.evals.cases import Suite
from analytics.evals.errors import UnknownNameError
from analytics.evals.golden import GOLDEN, RECORDED, golden_suite, recorded_suite
from analytics.evals.ground_truth import CaseFault, copies_in_runs, find_faults
from analytics.evals.scenes import SAFETY
from analytics.evals.settings import EvalSettings
from analytics.evals.worlds import World

SUITES: Final = (GOLDEN, RECORDED, SAFETY)


class Loaded:
    """A suite with its shop and what is wrong with its ground truth."""

    def __init__(self, suite: Suite, world: World, faults: list[CaseFault]) -> None:
        self.suite, self.world, self.faults = suite, world, faults


def load(name: str, settings: EvalSettings) -> Loaded | None:
    """A suite by its name; None where its data is not at hand.

    Raises:
        UnknownNameError: There is no such suite.
    """
    loaders: dict[str, Callable[[EvalSettings], Loaded | None]] = {
        GOLDEN: _golden,
        RECORDED: _recorded,
        SAFETY: _safety,
    }
    if name not in loaders:
        raise UnknownNameError(f"no suite {name!r}; there are {', '.join(SUITES)}")
    return loaders[name](settings)


def _golden(settings: EvalSettings) -> Loaded:
    suite, world = golden_suite(settings.seed, settings.golden_cases)
    return Loaded(suite, world, find_faults(suite, world))


def _safety(settings: EvalSettings) -> Loaded:
    suite, world = safety_suite(
        settings.safety_texts, settings.harmless_texts, settings.seed, settings.planted_attacks
    )
    return Loaded(suite, world, find_faults(suite, world))


def _recorded(_: EvalSettings) -> Loaded | None:
    folder = RuntimeSettings().recordings
    if not folder.is_dir():
        return None
    recordings = Recordings(folder)
    suite, world = recorded_suite(recordings)
    return Loaded(suite, world, find_faults(suite, world, copies_in_runs(recordings)))
