"""Which events share a partition: the key of a record, by configuration (spec E4).

Kafka keeps order inside a partition alone. Every mode gives a conversation one key for as
long as the configuration stays, so its events stay in order; a change of the configuration
may move a conversation that is under way, and session windows then restore its order by
event time.
"""

from collections.abc import Callable

from streaming.contract.events import AgentEvent
from streaming.settings import StreamingSettings

KeyOf = Callable[[AgentEvent], bytes]
"""The key of an event's record; records with one key are in one partition."""


def by_conversation(event: AgentEvent) -> bytes:
    """Spreads every tenant over all partitions."""
    return event.conversation_id.encode()


def by_tenant(event: AgentEvent) -> bytes:
    """Keeps a tenant together: few files and one reader a tenant, as long as no tenant is big."""
    return event.tenant_id.encode()


def hybrid(big_tenants: frozenset[str]) -> KeyOf:
    """Spreads big tenants by conversation and keeps each small one together.

    Args:
        big_tenants: Tenants whose events one partition could not take.
    """

    def key_of(event: AgentEvent) -> bytes:
        return by_conversation(event) if event.tenant_id in big_tenants else by_tenant(event)

    return key_of


def key_by(settings: StreamingSettings) -> KeyOf:
    """The key that the settings ask for."""
    match settings.partition_key:
        case "conversation":
            return by_conversation
        case "tenant":
            return by_tenant
        case "hybrid":
            return hybrid(settings.big_tenants)
