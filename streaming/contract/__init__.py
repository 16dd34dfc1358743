"""The event contract: types, schemas and their form on the wire."""

from streaming.contract.events import AgentEvent
from streaming.contract.payloads import PAYLOADS, Payload

__all__ = ["PAYLOADS", "AgentEvent", "Payload"]
