"""A few retail conversations, held for real: a live model, the runtime, the shop's tools (spec A10)."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, structs
from rich.console import Console
from rich.markup import escape

from agent_runtime.agent import Bounds
from agent_runtime.domains.retail.conversations import retail_conversations
from agent_runtime.errors import AgentRuntimeError
from agent_runtime.messages import Message, ModelResponse, Usage
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.live import live_model
from agent_runtime.play import Playable, play_one
from agent_runtime.settings import ModelSettings, RuntimeSettings
from infra.serving.errors import ServingError
from infra.serving.server import is_healthy, running_server
from infra.serving.settings import MODEL, ServingSettings
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

BOUNDS: Final = Bounds(max_steps=8, deadline_s=300)
"""The model is tiny and seldom comes to an end by itself."""
FREQUENCY_PENALTY: Final = 0.4
"""What keeps the tiny model from writing one digit for ever."""
TEMPERATURE: Final = 0.7
"""What keeps it from calling one tool for ever."""
MAX_OUTPUT_TOKENS: Final = 256
VERSIONS: Final = 3
"""The simulator plays every scenario by so many agent versions; here one is enough."""
NOTICE: Final = (
    "A language model of 135 million parameters on this machine's CPU: its answers are poor, the path is "
    "the one of production. Customers and shop are simulated."
)


class LiveCounts(Struct, kw_only=True):
    """What came of the live conversations."""

    conversations: int = 0
    model_calls: int = 0
    model_errors: int = 0
    tool_calls: int = 0
    illegal_calls: int = 0
    """Calls of unknown tools or with arguments that do not fit; a bound answer cannot be one."""
    output_tokens: int = 0
    seconds: float = 0.0
    first_token_s: list[float] = []


class MeasuredModel:
    """A model whose usage is kept; implements ``ChatModel``."""

    def __init__(self, model: ChatModel) -> None:
        self.name = model.name
        self.provider = model.provider
        self.used: list[Usage] = []
        self._model = model

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`."""
        response = await self._model.complete(context, tools)
        self.used.append(response.usage)
        return response


def run_live_demo(*, limit: int, console: Console, log: Path) -> int:
    """Plays against the model server of this machine; where none runs, one is started and stopped.

    Returns:
        The exit status: 0 where the model answered and every tool call was legal.
    """
    console.print(NOTICE)
    serving = ServingSettings()
    try:
        if is_healthy(serving):
            counts = asyncio.run(converse(tiny_model(serving), limit, console))
        else:
            console.print(f"[dim]starting vLLM at {serving.base_url} (a minute or more), log: {log}")
            with running_server(serving, log):
                counts = asyncio.run(converse(tiny_model(serving), limit, console))
    except (ServingError, AgentRuntimeError) as error:
        console.print(f"[bold red]{type(error).__name__}[/]: {escape(str(error))}")
        return 1
    _print_counts(counts, console)
    return 0 if counts.model_calls and not counts.illegal_calls else 1


def tiny_model(serving: ServingSettings) -> ModelSettings:
    """How the model that this machine serves is asked."""
    return ModelSettings(
        base_url=serving.base_url,
        name=MODEL,
        tool_mode="structured",
        max_output_tokens=MAX_OUTPUT_TOKENS,
        temperature=TEMPERATURE,
        frequency_penalty=FREQUENCY_PENALTY,
    )


async def converse(
    settings: ModelSettings, limit: int, console: Console, bounds: Bounds = BOUNDS
) -> LiveCounts:
    """Holds conversations one after another and prints what happens.

    Args:
        settings: Where the model is.
        limit: How many.
        console: Where they are shown.
        bounds: Where a conversation ends at the latest.
    """
    counts, started = LiveCounts(), time.perf_counter()
    playables = retail_conversations(RuntimeSettings(), simulated=True).stream
    async with live_model(settings) as model:
        measured = MeasuredModel(model)
        for playable in islice(iter(playables), 0, limit * VERSIONS, VERSIONS):
            console.rule(f"[dim]{playable.scenario}")
            events: list[AgentEvent] = []
            await play_one(_live(playable, measured, bounds), start_ns=time.time_ns(), sink=events.append)
            for event in events:
                _show(event.payload, console)
            _count(events, counts)
    counts.seconds = time.perf_counter() - started
    counts.model_calls = len(measured.used)
    counts.output_tokens = sum(usage.output_tokens for usage in measured.used)
    counts.first_token_s = [usage.first_token_ns / 1e9 for usage in measured.used if usage.first_token_ns]
    return counts


def _live(playable: Playable[Any], model: ChatModel, bounds: Bounds) -> Playable[Any]:
    agent = structs.replace(playable.agent, bounds=bounds, version="live")
    return structs.replace(playable, model=lambda: model, agent=agent)


def _count(events: list[AgentEvent], counts: LiveCounts) -> None:
    counts.conversations += 1
    for event in events:
        match event.payload:
            case p.ToolCallEnd(error_type=error_type):
                counts.tool_calls += 1
                counts.illegal_calls += error_type in {"unknown_tool", "invalid_arguments"}
            case p.Error():
                counts.model_errors += 1
            case _:
                pass


def _show(payload: p.Payload, console: Console) -> None:
    match payload:
        case p.MsgReceived(content=text):
            console.print(f"[bold cyan]customer[/] {escape(text)}")
        case p.ResponseSent(content=text):
            console.print(f"[bold green]agent[/]    {escape(text)}")
        case p.ToolCallStart(tool=name, arguments=arguments):
            told = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            console.print(f"[bold yellow]tool[/]     {escape(f'{name}({told})')}")
        case p.ToolCallEnd(result=text):
            console.print(f"         {escape(text[:160])}")
        case p.Error(message=text):
            console.print(f"[bold red]error[/]    {escape(text)}")
        case p.ConversationEnded(outcome=outcome, reason=reason, steps=steps):
            console.print(f"[dim]{outcome} ({reason}) after {steps} model calls")
        case _:
            pass


def _print_counts(counts: LiveCounts, console: Console) -> None:
    console.rule()
    first = (
        f", first token p50 {statistics.median(counts.first_token_s):.2f} s" if counts.first_token_s else ""
    )
    console.print(
        f"{counts.conversations} conversations in {counts.seconds:.0f} s: {counts.model_calls} model calls, "
        f"{counts.output_tokens} tokens out{first}; {counts.tool_calls} tool calls, "
        f"{counts.illegal_calls} of them illegal; {counts.model_errors} model errors"
    )
