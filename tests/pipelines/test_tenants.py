"""The tiers of tenants through time, as the registry says them (spec H3)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.tenancy import SHARES
from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import TENANTS
from pipelines.errors import TenantRegistryError
from pipelines.tables import SILVER
from pipelines.tenants import Registry, Tiering, publish_tenants, read_tenants
from tests.pipelines.made_events import conversations
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("H3")
SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SMALL: Registry = {"acme": [Tiering(tier="starter", since=SPRING)]}
GROWN: Registry = {"acme": [*SMALL["acme"], Tiering(tier="enterprise", since=SUMMER)]}


def rows(catalog: SqlCatalog) -> list[tuple[Any, ...]]:
    found = catalog.load_table(TENANTS.name).scan().to_arrow().to_pylist()
    return sorted((tuple(row.values()) for row in found), key=lambda row: row[:3])


def test_a_change_of_tier_leaves_the_time_before_as_it_was(catalog: SqlCatalog) -> None:
    publish_tenants(catalog, SMALL)
    assert rows(catalog) == [("acme", "starter", SPRING, None), ("acme", "unlisted", EPOCH, SPRING)]
    publish_tenants(catalog, GROWN)
    assert rows(catalog) == [
        ("acme", "enterprise", SUMMER, None),
        ("acme", "starter", SPRING, SUMMER),
        ("acme", "unlisted", EPOCH, SPRING),
    ]


@pytest.mark.parametrize(
    "later",
    [
        {},
        {"acme": [Tiering(tier="enterprise", since=SPRING)]},
        {"acme": [Tiering(tier="starter", since=SUMMER)]},
        {"acme": [*SMALL["acme"], Tiering(tier="business", since=SUMMER)]},
        {
            "acme": [
                SMALL["acme"][0],
                Tiering(tier="business", since=datetime(2026, 4, 1, tzinfo=UTC)),
                GROWN["acme"][1],
            ]
        },
    ],
    ids=["gone", "another tier", "another time", "another later tier", "one between"],
)
def test_what_was_published_is_not_taken_back(catalog: SqlCatalog, later: Registry) -> None:
    publish_tenants(catalog, GROWN)
    before = rows(catalog)
    with pytest.raises(TenantRegistryError, match=r"acme: tier '.*' since .* was published; add a line"):
        publish_tenants(catalog, later)
    assert rows(catalog) == before


def test_a_tenant_that_only_conversations_know_is_unlisted_and_may_be_listed_later(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    append(catalog, SILVER.name, [silver_row(one) for one in deliver(conversations(2))])
    rebuild_conversations(connection, catalog)
    publish_tenants(catalog, SMALL)
    assert ("globex", "unlisted", EPOCH, None) in rows(catalog)
    publish_tenants(catalog, {**SMALL, "globex": [Tiering(tier="business", since=SUMMER)]})
    assert {row for row in rows(catalog) if row[0] == "globex"} == {
        ("globex", "unlisted", EPOCH, SUMMER),
        ("globex", "business", SUMMER, None),
    }


def test_the_same_registry_again_writes_nothing(catalog: SqlCatalog) -> None:
    first = publish_tenants(catalog, GROWN)
    again = publish_tenants(catalog, GROWN)
    assert (again.rows, again.snapshot_id) == (0, first.snapshot_id)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"acme": [{"tier": "starter"}]}', "missing required field `since`"),
        ('{"acme": [{"tier": "starter", "since": "2026-03-01T00:00:00"}]}', "a time with its zone"),
        ('{"acme": []}', "needs a tier"),
        (
            """{"acme": [{"tier": "a", "since": "2026-03-02T00:00:00Z"},
            {"tier": "b", "since": "2026-03-01T00:00:00Z"}]}""",
            "do not rise",
        ),
    ],
)
def test_a_file_that_is_no_registry_is_refused_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "tenants.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TenantRegistryError, match=rf"tenants\.json: .*{why}"):
        read_tenants(path)


def test_the_registry_of_the_repository_lists_the_tenants_that_are_played() -> None:
    assert read_tenants(None).keys() == SHARES.keys()
