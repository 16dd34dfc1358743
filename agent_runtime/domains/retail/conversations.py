"""What there is to play: the recorded runs where the data set is at hand, else a simulation."""

from collections.abc import Iterable
from itertools import islice

from msgspec import Struct

from agent_runtime.domains.retail.recorded import RecordedRuns
from agent_runtime.domains.retail.shop import load_shop
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore
from agent_runtime.play import Playable
from agent_runtime.recordings import Recordings
from agent_runtime.settings import RuntimeSettings
from agent_runtime.simulation.conversations import simulate
from agent_runtime.simulation.playable import SimulatedRuns


class Conversations(Struct, frozen=True, kw_only=True):
    """A stream of conversations whose length is known.

    Attributes:
        total: How many there are.
        source: What they are, in words for a report.
        stream: The conversations in the order of their start.
    """

    total: int
    source: str
    stream: Iterable[Playable[RetailStore]]

    def first(self, limit: int) -> "Conversations":
        """The first conversations only."""
        total = min(limit, self.total)
        return Conversations(
            total=total,
            source=f"the first {total:,} of {self.source}",
            stream=islice(iter(self.stream), total),
        )


def retail_conversations(settings: RuntimeSettings, *, simulated: bool = False) -> Conversations:
    """The retail conversations that the settings point to.

    Args:
        settings: Where the recordings are, and how to simulate where they are not.
        simulated: Simulate also where recordings are at hand.
    """
    if simulated or not settings.recordings.is_dir():
        return _simulated(settings)
    return _recorded(Recordings(settings.recordings))


def _recorded(recordings: Recordings) -> Conversations:
    runs = RecordedRuns(recordings, RetailDatabase(load_shop(recordings.folder)))
    source = f"{runs.total:,} recorded conversations of {len(recordings.runs())} public runs, replayed"
    return Conversations(total=runs.total, source=source, stream=runs)


def _simulated(settings: RuntimeSettings) -> Conversations:
    simulation = simulate(seed=settings.simulation_seed, conversations=settings.simulated_conversations)
    runs = SimulatedRuns(simulation, RetailDatabase(load_shop(simulation.shop.documents())))
    source = f"{runs.total:,} conversations of the simulator: invented customers, a scripted agent"
    return Conversations(total=runs.total, source=source, stream=runs)
