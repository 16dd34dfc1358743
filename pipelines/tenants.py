"""The registry of tenants: a file that says the tier of each and since when, and its table (spec H3).

The file is under version control and only grows: a tenant that changes tier gets another line. What
was published stays true, so that an experiment read out again has the strata that it had.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.table import Table

from pipelines.catalog import ensure_tables
from pipelines.derived_tables import CONVERSATIONS, TENANTS
from pipelines.errors import TableChangedError, TenantRegistryError
from pipelines.facts import table_facts
from pipelines.writing import Written, replace_rows

UNLISTED: Final = "unlisted"
"""The tier of a tenant that the registry does not know, or not yet at that time."""
_REGISTRY: Final = Path(__file__).with_name("tenants.json")
_ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Tiering(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tier that a tenant has from a time on."""

    tier: str
    since: datetime


Registry = Mapping[str, Sequence[Tiering]]
"""The tiers of every listed tenant, oldest first."""


def read_tenants(path: Path | None) -> Registry:
    """Reads a registry.

    Args:
        path: The file; None for the one of this package.

    Raises:
        TenantRegistryError: The file is no registry; the message says where.
    """
    path = path or _REGISTRY
    try:
        registry = msgspec.json.decode(path.read_bytes(), type=dict[str, list[Tiering]])
    except (OSError, msgspec.MsgspecError) as wrong:
        raise TenantRegistryError(f"{path}: {wrong}") from wrong
    for tenant, tiers in registry.items():
        if not tiers or any(one.since.tzinfo is None for one in tiers):
            raise TenantRegistryError(f"{path}: {tenant}: needs a tier, and each a time with its zone")
        if any(one.since >= later.since for one, later in pairwise(tiers)):
            raise TenantRegistryError(f"{path}: {tenant}: the times of its tiers do not rise")
    return registry


def publish_tenants(catalog: SqlCatalog, registry: Registry) -> Written:
    """Makes ``gold.tenants`` what the registry says, with tenants of conversations that it does not list.

    Writes nothing where the table says so already.

    Raises:
        TenantRegistryError: The registry lacks or contradicts a tier that was published.
        TableChangedError: Somebody else published meanwhile; nothing was written.
    """
    ensure_tables(catalog, (TENANTS, CONVERSATIONS))
    table = catalog.load_table(TENANTS.name)
    before = table.scan().to_arrow().to_pylist()
    _require_history(registry, before)
    seen = _tenants_of(catalog.load_table(CONVERSATIONS.name)) | {row["tenant_id"] for row in before}
    rows = [row for tenant in sorted(seen | registry.keys()) for row in _periods(tenant, registry)]
    if rows == sorted(before, key=lambda row: (row["tenant_id"], row["valid_from"])):
        return Written(rows=0, snapshot_id=table_facts(table).snapshot_id)
    made = pa.Table.from_pylist(rows, table.schema().as_arrow())
    try:
        return replace_rows(table, pa.RecordBatchReader.from_batches(made.schema, made.to_batches()))
    except (CommitFailedException, ValidationException) as cause:
        raise TableChangedError(f"{TENANTS.name}: another writer committed meanwhile; try again") from cause


def _periods(tenant: str, registry: Registry) -> Iterator[dict[str, Any]]:
    """A tenant's rows: they cover all time, each moment once."""
    tiers = [(one.since.astimezone(UTC), one.tier) for one in registry.get(tenant, ())]
    if not tiers or tiers[0][0] > _ALWAYS:
        tiers.insert(0, (_ALWAYS, UNLISTED))
    ends = [since for since, _ in tiers[1:]]
    for (since, tier), until in zip(tiers, [*ends, None], strict=True):
        yield {"tenant_id": tenant, "tier": tier, "valid_from": since, "valid_to": until}


def _require_history(registry: Registry, published: Sequence[Mapping[str, Any]]) -> None:
    """Refuses a registry that says another thing of a time of which a tier was published."""
    for row in published:
        tenant, since, until = row["tenant_id"], row["valid_from"], row["valid_to"]
        if since == _ALWAYS and row["tier"] == UNLISTED:
            continue  # nothing was known of that time; a registry may come to know it
        now = {(one["valid_from"], one["tier"]): one["valid_to"] for one in _periods(tenant, registry)}
        if (since, row["tier"]) not in now or until not in (None, now[since, row["tier"]]):
            raise TenantRegistryError(
                f"{tenant}: tier {row['tier']!r} since {since:%Y-%m-%d %H:%M} UTC was published; add a line"
                " with another tier instead of changing it"
            )


def _tenants_of(conversations: Table) -> set[str]:
    """The tenants of a table's files, by their partitions: no data is read."""
    place = [field.name for field in conversations.spec().fields].index("tenant_id")
    return {task.file.partition[place] for task in conversations.scan().plan_files()}
