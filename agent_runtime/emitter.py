"""Turns what happens in one conversation into events."""

from collections.abc import Callable, Mapping

from agent_runtime.clock import Clock
from streaming.contract.events import AgentEvent
from streaming.contract.ids import IdSource, span_id_of, trace_id_of
from streaming.contract.payloads import Payload

EventSink = Callable[[AgentEvent], None]
"""Takes an event and returns at once; the producer's ``emit`` is one."""


class Emitter:
    """Emits the events of one conversation.

    Args:
        conversation_id: The conversation.
        tenant_id: The company whose customer talks.
        agent_version: Version of the agent's configuration.
        clock: Where times come from.
        ids: Where event ids come from.
        sink: Where events go.
        experiments: Variant by experiment key.
    """

    def __init__(
        self,
        *,
        conversation_id: str,
        tenant_id: str,
        agent_version: str,
        clock: Clock,
        ids: IdSource,
        sink: EventSink,
        experiments: Mapping[str, str] | None = None,
    ) -> None:
        self.turn = 0
        self.spans = 0
        self.conversation_id = conversation_id
        self.spans = 0
        self._tenant_id = tenant_id
        self._agent_version = agent_version
        self._clock = clock
        self._ids = ids
        self._sink = sink
        self._experiments = dict(experiments or {})
        self._trace_id = trace_id_of(conversation_id)
        self._root_span = self.span()

    def span(self) -> str:
        """A new span inside the conversation's trace."""
        self.spans += 1
        return span_id_of(self._trace_id, self.spans)

    def emit(self, payload: Payload, span: str | None = None) -> int:
        """Emits an event that happens now.

        Args:
            payload: What happened.
            span: The span it belongs to; the conversation's own where none is given.

        Returns:
            The event's time in ns.
        """
        time_ns = self._clock.now_ns()
        self._sink(
            AgentEvent(
                id=self._ids(time_ns),
                time_ns=time_ns,
                conversation_id=self.conversation_id,
                tenant_id=self._tenant_id,
                turn=self.turn,
                trace_id=self._trace_id,
                span_id=span or self._root_span,
                agent_version=self._agent_version,
                experiments=self._experiments,
                payload=payload,
            )
        )
        return time_ns
