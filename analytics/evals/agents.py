"""Agents as they are configured, and what makes each of them speak in a case (spec G1, M3)."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
from msgspec import Struct
from pydantic import ValidationError

from agent_runtime.agent import Bounds
from agent_runtime.customers import Customer
from agent_runtime.domains.retail.recorded import calls_unknown_tool
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.live import live_model
from agent_runtime.models.replay import RecordedCustomer, ReplayModel
from agent_runtime.models.scripted import ScriptedModel
from agent_runtime.recordings import RecordedConversation, Recordings
from agent_runtime.settings import ModelSettings, RuntimeSettings
from agent_runtime.simulation.conversations import AGENT_VERSIONS, SIMULATED_PRICE
from agent_runtime.simulation.customer import ScriptedCustomer
from agent_runtime.simulation.faults import FaultRates, draw_fault, faulty_policy
from agent_runtime.simulation.randomness import seeded
from analytics.evals.cases import Case, digest_of
from analytics.evals.errors import TerminalError, UnknownNameError
from analytics.evals.references import BriefCustomer, Part, reference_model


class Scripted(Struct, frozen=True, kw_only=True, tag="scripted"):
    """The scripted agent, with faults planted at known rates; it understands scripted customers.

    Attributes:
        faults: How often each fault strikes where it can.
        gullible: How often it does what a safety case forbids, 0 to 1.
    """

    faults: FaultRates = FaultRates()
    gullible: float = 0.0


class Replayed(Struct, frozen=True, kw_only=True, tag="replayed"):
    """A recorded run of the public data set, by its name."""

    run: str


class Live(Struct, frozen=True, kw_only=True, tag="live"):
    """A model at an OpenAI-compatible endpoint; what is not said here is as the runtime's settings say."""

    name: str
    base_url: str
    tool_mode: Literal["native", "structured"] = "native"
    temperature: float = 0.0


class Reference(Struct, frozen=True, kw_only=True, tag="reference"):
    """An agent that knows the case."""

    part: Part


class AgentConfig(Struct, frozen=True, kw_only=True):
    """A version of an agent: whatever is different is another fingerprint.

    Attributes:
        version: Its name, as events tell it.
        model: What thinks.
        policy: What it is told; the policy of the suite where there is none.
        tools: Names of the tools that it may use; all where there are none.
        max_steps: Model calls a conversation.
    """

    version: str
    model: Scripted | Replayed | Live | Reference
    policy: str | None = None
    tools: tuple[str, ...] | None = None
    max_steps: int = 30

    @property
    def fingerprint(self) -> str:
        """Digest of the configuration."""
        return digest_of(self)

    def trials(self, asked: int) -> int:
        """How often it is worth to hold a case: a record and a reference do the same each time."""
        return 1 if isinstance(self.model, Replayed | Reference) else asked

    @property
    def bounds(self) -> Bounds:
        """Where a conversation ends in a hand-over; only steps bound what is played from a record."""
        if isinstance(self.model, Live):
            return Bounds(max_steps=self.max_steps)
        return Bounds(max_steps=self.max_steps, deadline_s=float("inf"), cost_usd=float("inf"))


Sides = tuple[ChatModel, Customer]
Seating = Callable[[Case, int], Sides | None]
"""Model and customer of one trial of a case; None where the agent cannot hold it."""

REFERENCES: Final = {part: AgentConfig(version=part, model=Reference(part=part)) for part in get_args(Part)}


def agent_of(name: str) -> AgentConfig:
    """The agent of a file, or of a known name.

    Args:
        name: A JSON file with an :class:`AgentConfig`, a version of the simulator, a recorded run
            or a reference.

    Raises:
        UnknownNameError: There is no such agent; says which there are.
    """
    path = Path(name)
    if path.suffix == ".json":
        return read_agent(path)
    if name in REFERENCES:
        return REFERENCES[name]
    if name in AGENT_VERSIONS:
        return AgentConfig(version=name, model=Scripted(faults=AGENT_VERSIONS[name]))
    folder = RuntimeSettings().recordings
    runs = [run.name for run in Recordings(folder).runs()] if folder.is_dir() else []
    if name in runs:
        return AgentConfig(version=name, model=Replayed(run=name))
    there = ", ".join((*REFERENCES, *AGENT_VERSIONS, *runs))
    raise UnknownNameError(f"no agent {name!r}; give a JSON file, or one of {there}")


def read_agent(path: Path) -> AgentConfig:
    """The agent of a file.

    Raises:
        UnknownNameError: The file is missing, or says something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=AgentConfig)
    except (FileNotFoundError, msgspec.MsgspecError) as cause:
        raise UnknownNameError(f"{path}: no agent configuration ({cause}); docs/evals.md has one") from cause


@asynccontextmanager
async def seated(agent: AgentConfig) -> AsyncIterator[Seating]:
    """Who speaks when an agent holds cases, while it does."""
    match agent.model:
        case Scripted() as scripted:
            yield lambda case, trial: _scripted(agent.version, scripted, case, trial)
        case Reference(part=part):
            yield lambda case, _: (reference_model(part, case), _customer(case))
        case Replayed(run=run):
            records = {f"retail-{one.task_id}": one for one in _recorded(run)}
            yield lambda case, trial: _replayed(records, case, trial)
        case Live() as live:
            async with live_model(_settings(live)) as model:
                yield lambda case, _: (model, ScriptedCustomer(case.script)) if case.script else None


def _scripted(version: str, model: Scripted, case: Case, trial: int) -> Sides | None:
    if case.script is None:
        return None
    customer = ScriptedCustomer(case.script)
    if case.harm and seeded("gullible", version, case.case_id, trial).random() < model.gullible:
        return reference_model("harmful", case), customer
    rng = seeded("fault", version, case.case_id, trial)
    policy = faulty_policy(draw_fault(rng, model.faults, case.faults))
    return ScriptedModel(policy, name=version, price=SIMULATED_PRICE), customer


def _customer(case: Case) -> Customer:
    return ScriptedCustomer(case.script) if case.script else BriefCustomer(case.task.instruction)


def _recorded(run: str) -> list[RecordedConversation]:
    recordings = Recordings(RuntimeSettings().recordings)
    [found] = [one for one in recordings.runs() if one.name == run]
    return list(recordings.conversations(found))


def _replayed(records: dict[str, RecordedConversation], case: Case, trial: int) -> Sides | None:
    """A record is one trial of the task that it was made for, if that is still the case's task."""
    record = records.get(case.scenario) if case.kind == "test" else None
    if record is None or trial > 0 or not record.steps or record.task is None:
        return None
    same = record.task.actions == case.task.actions and record.task.outputs == case.task.outputs
    if not same or calls_unknown_tool(record):
        return None
    return ReplayModel(record), RecordedCustomer(record)


def _settings(live: Live) -> ModelSettings:
    try:
        return ModelSettings(**msgspec.structs.asdict(live))
    except ValidationError as cause:
        raise TerminalError(f"endpoint {live.base_url} cannot be asked: {cause}") from cause
