import dagster as dg
import pytest

from dagster_project.definitions import defs
from tests.dagster_project.graph import SNAPSHOT, describe


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return defs()


def test_the_graph_is_the_one_that_was_agreed_on(definitions: dg.Definitions) -> None:
    """After a change that is meant: ``make graph``, and look at the difference."""
    assert describe(definitions) == SNAPSHOT.read_text()


def test_lineage_leads_from_the_topic_to_gold(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    ancestors = graph.get_ancestor_asset_keys(dg.AssetKey(["gold", "agent_daily"]))
    names = {key.to_user_string() for key in ancestors}
    assert {"kafka/agent_events", "silver/events", "silver/conversations", "ops/accounting"} <= names


def test_gold_can_only_be_reached_past_the_accounting(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    made = [n for n in graph.asset_nodes if n.key.path[0] in {"silver", "gold"} and n.is_materializable]
    accounting = dg.AssetKey(["ops", "accounting"])
    for node in made:
        assert accounting in graph.get_ancestor_asset_keys(node.key)
    balance = dg.AssetCheckKey(accounting, "accounting_balances")
    assert graph.get_check_spec(balance).blocking


def test_gold_can_only_be_reached_past_the_blocking_checks_of_silver(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    lakehouse = definitions.resolve_job_def("lakehouse")
    blocking = {
        check
        for node in graph.asset_nodes
        if node.key.path[0] in {"bronze", "silver", "ops"}
        for check in node.check_keys
        if graph.get_check_spec(check).blocking
    }
    assert len(blocking) >= 8
    assert blocking <= set(lakehouse.asset_layer.asset_graph.asset_check_keys)


def test_what_nobody_builds_yet_cannot_be_materialized(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    declared = [node for node in graph.asset_nodes if node.tags.get("state") == "declared"]
    assert len(declared) == 2
    for node in declared:
        assert not node.is_materializable
        assert (node.description or "").startswith("Declared, not built yet")


@pytest.mark.spec("F1", "F2", "F3")
def test_every_layer_has_its_freshness_policy(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    windows = {
        key: graph.get(dg.AssetKey(key.split("/"))).freshness_policy.fail_window.to_timedelta()
        for key in ("bronze/events", "silver/events", "silver/conversations", "gold/agent_daily")
    }
    assert [window.total_seconds() for window in windows.values()] == [60, 300, 300, 900]


def test_every_asset_says_what_it_is_and_whose(definitions: dg.Definitions) -> None:
    for node in definitions.resolve_asset_graph().asset_nodes:
        assert node.description, node.key
        assert node.owners, node.key
        assert node.kinds, node.key
