"""A ledger that ends with its process: for tests and simulations, which have no effects outside it."""

from agent_runtime.ledger.records import EffectRecord


class MemoryLedger:
    """Keeps records in memory; see :class:`~agent_runtime.ledger.records.LedgerStore`."""

    def __init__(self) -> None:
        self._by_conversation: dict[str, dict[str, EffectRecord]] = {}

    async def records(self, conversation_id: str) -> list[EffectRecord]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        return list(self._by_conversation.get(conversation_id, {}).values())

    async def put(self, record: EffectRecord) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        self._by_conversation.setdefault(record.conversation_id, {})[record.key] = record

    async def unsettled(self, left_before_ns: int) -> list[EffectRecord]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        found = [
            each
            for records in self._by_conversation.values()
            for each in records.values()
            if not each.settled and each.left_ns < left_before_ns
        ]
        return sorted(found, key=lambda each: each.left_ns)

    async def settled_conversations(self, left_before_ns: int, *, skip: int, limit: int) -> list[str]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        oldest = {
            conversation_id: min(each.left_ns for each in records.values())
            for conversation_id, records in self._by_conversation.items()
            if all(each.settled and each.left_ns < left_before_ns for each in records.values())
        }
        return sorted(oldest, key=lambda each: (oldest[each], each))[skip : skip + limit]

    async def forget(self, conversation_id: str) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        self._by_conversation.pop(conversation_id, None)

    async def aclose(self) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
