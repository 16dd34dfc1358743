"""Gold: the marts that dbt builds, with its tests as asset checks (spec F3)."""

import shutil
from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from dagster_project.lake import Lake, snapshot_metadata
from dagster_project.marts import DBT, LayerTranslator, manifest


@dbt_assets(manifest=manifest(), project=DBT, dagster_dbt_translator=LayerTranslator(), name="marts")
def marts(context: dg.AssetExecutionContext, dbt: DbtCliResource, lake: Lake) -> Iterator[Any]:
    """Runs ``dbt build`` on the selected models; marts land in Iceberg, one commit each."""
    build = dbt.cli(["build"], context=context)
    with lake.open() as (_, catalog):
        for event in build.stream():
            if isinstance(event, dg.Output):
                layer, name = context.asset_key_for_output(event.output_name).path
                if layer == "gold":
                    yield event.with_metadata(
                        {**event.metadata, **snapshot_metadata(catalog, f"{layer}.{name}")}
                    )
                    continue
            yield event
    shutil.rmtree(build.target_path)  # of a failed build it stays, for the compiled SQL
