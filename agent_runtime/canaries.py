"""Plants the contract's made-up people in what is played: some in every partition of silver (spec F2)."""

from msgspec.structs import replace

from agent_runtime.emitter import EventSink
from streaming.contract import payloads as p
from streaming.contract.canaries import canaries_of, day_of, partition_of, planted
from streaming.contract.events import AgentEvent


class CanaryPlanter:
    """A sink before another one: makes customers and agents of each partition tell its canaries.

    They stand at the end of the first message and of the first answer of each tenant and day;
    everything else passes as it is. The same events give the same plants.

    Args:
        sink: Where events go.
        seed: Says which canaries; an empty one plants none.
    """

    def __init__(self, sink: EventSink, seed: str) -> None:
        self._sink = sink
        self._seed = seed
        self._partitions: dict[str, str] = {}
        self._told: set[tuple[str, str]] = set()

    def __call__(self, event: AgentEvent) -> None:
        """Passes an event on."""
        if isinstance(event.payload, p.ConversationStarted):
            partition = partition_of(day_of(event.time_ns), event.tenant_id)
            self._partitions[event.conversation_id] = partition
        elif isinstance(event.payload, p.ConversationEnded):
            self._partitions.pop(event.conversation_id, None)
        elif isinstance(event.payload, p.MsgReceived | p.ResponseSent) and self._seed:
            event = self._planted(event, event.payload)
        self._sink(event)

    def _planted(self, event: AgentEvent, payload: p.MsgReceived | p.ResponseSent) -> AgentEvent:
        partition = self._partitions.get(event.conversation_id)
        if partition is None or (partition, payload.TYPE) in self._told:
            return event
        self._told.add((partition, payload.TYPE))
        content = planted(payload.content, canaries_of(self._seed, partition), f"{partition}/{payload.TYPE}")
        return replace(event, payload=replace(payload, content=content))
