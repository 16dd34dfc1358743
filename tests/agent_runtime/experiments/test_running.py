"""Experiments in conversations that are really held (spec H1, H4)."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from agent_runtime.calendar import Calendar
from agent_runtime.domains.retail.conversations import retail_conversations
from agent_runtime.errors import RegistryError
from agent_runtime.experiments.assignment import Assigner
from agent_runtime.experiments.registry import Bypass, Experiment, Layer, Registry, Variant
from agent_runtime.experiments.running import RunningExperiments
from agent_runtime.play import play
from agent_runtime.settings import RuntimeSettings
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

pytestmark = pytest.mark.spec("H1", "H4")

CONVERSATIONS = 60
SHORT = Experiment(
    key="short",
    first=0,
    stop=800,
    variants=(
        Variant(name="control", weight=500),
        Variant(name="one-step", weight=500, config={"max_steps": 1}),
    ),
)
FIX = Bypass(
    key="cheaper",
    kind="bug",
    config={"cost_usd": 4.0},
    reason="a bound of 5 $ was never meant",
    approved_by="ada",
    at=datetime(2025, 3, 3, tzinfo=UTC),
)
REGISTRY = Registry(
    default={"max_steps": None, "cost_usd": None},
    layers=(Layer(key="layer.steps", experiments=(SHORT,)),),
    bypasses=(FIX,),
)


async def _held(experiments: RunningExperiments | None) -> dict[str, list[AgentEvent]]:
    """The events of simulated conversations, by conversation."""
    conversations = retail_conversations(
        RuntimeSettings(simulated_conversations=CONVERSATIONS), simulated=True
    )
    events = list[AgentEvent]()
    await play(
        conversations.stream,
        total=conversations.total,
        sink=events.append,
        calendar=Calendar(),
        experiments=experiments,
    )
    held = dict[str, list[AgentEvent]]()
    for event in events:
        held.setdefault(event.conversation_id, []).append(event)
    return held


async def test_a_conversation_is_held_by_its_customers_variant_and_says_so_once(tmp_path: Path) -> None:
    document = tmp_path / "registry.json"
    document.write_bytes(msgspec.json.encode(REGISTRY))
    held = await _held(RunningExperiments.from_file(document))
    assert len(held) == CONVERSATIONS
    assigner, steps = Assigner(REGISTRY), dict[str | None, int]()
    for events in held.values():
        [started] = [each.payload for each in events if isinstance(each.payload, p.ConversationStarted)]
        exposures = [each.payload for each in events if isinstance(each.payload, p.ExperimentExposure)]
        assert started.customer is not None
        expected = assigner.assign(started.customer)
        assert exposures == expected.exposures()
        assert all(each.experiments == expected.variants for each in events)
        variant = expected.variants.get("short")
        [ended] = [each.payload for each in events if isinstance(each.payload, p.ConversationEnded)]
        steps[variant] = max(steps.get(variant, 0), ended.steps)
        fixes = [each.payload.decision for each in events if isinstance(each.payload, p.AuditDecision)]
        assert fixes == ["experiment_bypass:cheaper"]
    assert steps["one-step"] == 1
    assert min(steps["control"], steps[None]) > 1


async def test_exposures_come_before_the_model_is_asked_and_after_the_customer_spoke() -> None:
    for events in (await _held(RunningExperiments(REGISTRY))).values():
        kinds = [type(each.payload) for each in events]
        if p.ExperimentExposure in kinds:
            exposed = kinds.index(p.ExperimentExposure)
            assert kinds.index(p.MsgReceived) < exposed < kinds.index(p.LlmCallStart)


async def test_without_experiments_nothing_is_told() -> None:
    for events in (await _held(None)).values():
        assert not any(each.experiments for each in events)
        assert not any(isinstance(each.payload, p.ExperimentExposure) for each in events)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ('{"default": {"tone": "plain"}}', "the default sets 'tone', which no agent has; agents have policy"),
        ('{"default": {"max_steps": 0}}', "the default sets 'max_steps' to 0"),
        ('{"default": {"policy": 3}}', "the default sets 'policy' to 3"),
        ('{"layers": []}', "missing required field `default`"),
        ("{", "Input data was truncated"),
        (None, "No such file"),
    ],
)
def test_a_bad_document_is_told_with_its_place(tmp_path: Path, document: str | None, told: str) -> None:
    path = tmp_path / "registry.json"
    if document is not None:
        path.write_text(document)
    with pytest.raises(RegistryError, match=r"registry\.json") as refused:
        RunningExperiments.from_file(path)
    assert told in str(refused.value)
