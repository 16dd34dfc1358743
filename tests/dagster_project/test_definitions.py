import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_project.definitions import defs

SNAPSHOT = Path(__file__).with_name("graph.json")


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return defs()


def _graph(definitions: dg.Definitions) -> dict[str, Any]:
    """Keys, groups, kinds, dependencies, checks and jobs: what a silent change would break."""
    graph = definitions.resolve_asset_graph()
    assets = {
        node.key.to_user_string(): {
            "group": node.group_name,
            "kinds": sorted(node.kinds),
            "deps": sorted(key.to_user_string() for key in node.parent_keys),
            "checks": sorted(key.name for key in node.check_keys),
        }
        for node in graph.asset_nodes
    }
    return {
        "assets": dict(sorted(assets.items())),
        "jobs": sorted(j.name for j in definitions.resolve_all_job_defs()),
    }


def test_the_graph_is_the_one_that_was_agreed_on(definitions: dg.Definitions) -> None:
    """After a change that is meant: delete ``graph.json``, run this test, look at the difference."""
    graph = json.dumps(_graph(definitions), indent=2) + "\n"
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(graph)
        pytest.fail(f"{SNAPSHOT} was missing and is written; look at it and commit it")
    assert graph == SNAPSHOT.read_text()


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
    [check] = graph.get(accounting).check_keys
    assert graph.get_check_spec(check).blocking


def test_every_asset_says_what_it_is_and_whose(definitions: dg.Definitions) -> None:
    for node in definitions.resolve_asset_graph().asset_nodes:
        assert node.description, node.key
        assert node.owners, node.key
        assert node.kinds, node.key
