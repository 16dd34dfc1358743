"""The dbt project behind gold, and how its models become assets."""

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject

from dagster_project.dbt_project import PROJECT, parsed_files
from dagster_project.lake import OWNERS
from dagster_project.policies import FOLLOW_EACH_DAY, FRESHNESS

DBT: Final = DbtProject(project_dir=PROJECT)
"""The dbt project; its profile reaches the lake through the plugin beside it."""


def manifest() -> Path:
    """The manifest of the dbt project, parsed anew where a file of the project is newer.

    Parsing takes about five seconds; a set-up step may call this ahead.
    """
    newest = max(path.stat().st_mtime for path in parsed_files())
    if not DBT.manifest_path.exists() or DBT.manifest_path.stat().st_mtime < newest:
        _parse()
    return DBT.manifest_path


def _parse() -> None:
    """Parses aside and moves the results in place: several processes may start at once."""
    target = DBT.manifest_path.parent
    target.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=target) as aside:
        dbt_cli().cli(["parse", "--quiet"], target_path=Path(aside)).wait()
        for name in ("partial_parse.msgpack", "manifest.json"):
            (Path(aside) / name).replace(target / name)


def dbt_cli() -> DbtCliResource:
    """The dbt of this Python environment, whatever is on the path; of the server where one runs."""
    dbt = Path(sys.executable).with_name("turnstone-dbt")
    return DbtCliResource(project_dir=DBT, dbt_executable=str(dbt))


class LayerTranslator(DagsterDbtTranslator):
    """Keys a model by its layer; sources keep the keys of the assets that make them."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """``<schema>/<name>``, as the table is called in SQL."""
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:  # noqa: ARG002 - Dagster's signature
        """Staging and intermediate views are steps on the way to gold."""
        return "gold"

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:  # noqa: ARG002 - Dagster's signature
        """The platform's."""
        return OWNERS

    def get_automation_condition(
        self,
        dbt_resource_props: Mapping[str, Any],  # noqa: ARG002 - Dagster's signature
    ) -> dg.AutomationCondition[dg.AssetKey]:
        """Every day of a model follows that day of silver."""
        return FOLLOW_EACH_DAY

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Marts have the SLA of gold; views are as fresh as what they show."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        named = spec.merge_attributes(metadata={"dagster/table_name": ".".join(spec.key.path)})
        is_mart = spec.key.path[0] == "gold"
        return named.replace_attributes(freshness_policy=FRESHNESS["gold"]) if is_mart else named

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """Marts are Iceberg tables; the other models are views."""
        tags = super().get_tags(dbt_resource_props)
        is_table = dbt_resource_props["config"].get("materialized") == "iceberg"
        kind = {"dagster/kind/iceberg": ""} if is_table else {}
        return {**tags, **kind, "layer": "gold"}
