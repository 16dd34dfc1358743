"""The rules of dbt-project-evaluator that apply here, on dbt's own manifest.

The package itself is no package of a registry, so its rules are stated again.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.spec("F3")

ROOT = Path(__file__).resolve().parents[2]
PREFIXES = {"staging": "stg_", "intermediate": "int_", "marts": ""}
UPSTREAM = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate"},
    "marts": {"staging", "intermediate", "marts"},
}
KEY_TESTS = {"unique", "unique_together"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("target")
    dbt = Path(sys.executable).with_name("dbt")
    command = [dbt, "parse", "--project-dir", "dbt", "--profiles-dir", "dbt", "--target-path", target]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    parsed: dict[str, Any] = json.loads((target / "manifest.json").read_text())
    return parsed


def _models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def _layer(node: dict[str, Any]) -> str:
    layer: str = "source" if node["resource_type"] == "source" else node["fqn"][1]
    return layer


def _tests_of(manifest: dict[str, Any], model: str) -> list[dict[str, Any]]:
    tests = (node for node in manifest["nodes"].values() if node["resource_type"] == "test")
    return [test for test in tests if test.get("attached_node") == model]


def test_models_are_named_and_filed_by_their_layer(manifest: dict[str, Any]) -> None:
    for node in _models(manifest).values():
        assert node["name"].startswith(PREFIXES[_layer(node)]), node["name"]
        assert node["original_file_path"] == f"models/{_layer(node)}/{node['name']}.sql"
        assert node["patch_path"].endswith(f"models/{_layer(node)}/{node['name']}.yml")


def test_a_layer_reads_the_one_before_and_only_staging_reads_sources(manifest: dict[str, Any]) -> None:
    nodes = {**manifest["nodes"], **manifest["sources"]}
    for node in _models(manifest).values():
        read = {_layer(nodes[key]) for key in node["depends_on"]["nodes"]}
        assert read, f"{node['name']} reads nothing"
        assert read <= UPSTREAM[_layer(node)], node["name"]


def test_a_source_has_one_staging_model_and_a_staging_model_one_source(manifest: dict[str, Any]) -> None:
    staged = defaultdict[str, list[str]](list)
    for node in _models(manifest).values():
        if _layer(node) == "staging":
            [source] = node["depends_on"]["nodes"]
            staged[source].append(node["name"])
    assert {key: len(models) for key, models in staged.items()} == dict.fromkeys(manifest["sources"], 1)


def test_every_model_source_and_mart_column_is_described(manifest: dict[str, Any]) -> None:
    for node in (*_models(manifest).values(), *manifest["sources"].values()):
        assert node["description"], node["name"]
        if _layer(node) == "marts":
            assert all(column["description"] for column in node["columns"].values()), node["name"]
            assert "Grain:" in node["description"]


def test_every_model_tests_its_key(manifest: dict[str, Any]) -> None:
    for key, node in _models(manifest).items():
        names = {test["test_metadata"]["name"] for test in _tests_of(manifest, key)}
        assert names & KEY_TESTS, node["name"]


def test_every_mart_has_an_enforced_contract_a_unit_test_and_somebody_who_reads_it(
    manifest: dict[str, Any],
) -> None:
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    exposed = {key for exposure in manifest["exposures"].values() for key in exposure["depends_on"]["nodes"]}
    for key, node in _models(manifest).items():
        if _layer(node) == "marts":
            assert node["contract"]["enforced"], node["name"]
            assert node["name"] in tested
            assert key in exposed
    assert all(_layer(manifest["nodes"][key]) == "marts" for key in exposed)


def test_no_model_is_without_readers_and_none_is_read_by_name(manifest: dict[str, Any]) -> None:
    for key, node in _models(manifest).items():
        readers = [
            child for child in manifest["child_map"][key] if child.split(".")[0] in {"model", "exposure"}
        ]
        assert readers, f"{node['name']} is read by nobody"
        named = re.findall(r"\b(?:from|join)\s+(?:silver|gold|staging|intermediate)\.\w+", node["raw_code"])
        assert not named, node["name"]


def test_no_model_joins_more_than_seven_others(manifest: dict[str, Any]) -> None:
    for node in _models(manifest).values():
        assert len(node["depends_on"]["nodes"]) <= 7, node["name"]
