"""The ledger that the settings name (spec A2)."""

from pathlib import Path
from urllib.parse import urlsplit

from agent_runtime.errors import LedgerError
from agent_runtime.ledger.records import LedgerStore
from agent_runtime.ledger.sqlite import SqliteLedger
from agent_runtime.settings import LedgerSettings


async def open_ledger(settings: LedgerSettings) -> LedgerStore:
    """Opens the ledger; its table is made where it is missing.

    Args:
        settings: Where it is.

    Raises:
        LedgerError: It cannot be opened, or is of a kind that nobody knows.
    """
    scheme = urlsplit(settings.store).scheme
    if scheme == "":
        path = Path(settings.store)
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteLedger(path, settings.durability)
    if scheme in {"postgres", "postgresql"}:
        from agent_runtime.ledger.postgres import postgres_ledger  # noqa: PLC0415 - of the group `stores`

        return await postgres_ledger(
            settings.store, connections=settings.connections, timeout_s=settings.timeout_s
        )
    raise LedgerError(
        f"no ledger is kept at {scheme}://…: TURNSTONE_RUNTIME_LEDGER_STORE takes a file or postgresql://…"
    )
