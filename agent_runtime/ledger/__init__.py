"""The effect ledger: what a tool does to the world happens once (spec A2, A3).

The record of a call is written before the call leaves. A call whose answer was lost is *unknown*; it is
reconciled, or repeated under the same key. ``docs/adr/016-the-effect-ledger.md`` says why it is so.
"""

from agent_runtime.ledger.effects import ConversationLedger, Opened
from agent_runtime.ledger.keys import canonical_arguments, idempotency_key
from agent_runtime.ledger.memory import MemoryLedger
from agent_runtime.ledger.records import EffectRecord, LedgerStore
from agent_runtime.ledger.remembered import RememberedEffects, transaction
from agent_runtime.ledger.sqlite import Durability, SqliteLedger

__all__ = [
    "ConversationLedger",
    "Durability",
    "EffectRecord",
    "LedgerStore",
    "MemoryLedger",
    "Opened",
    "RememberedEffects",
    "SqliteLedger",
    "canonical_arguments",
    "idempotency_key",
    "transaction",
]
