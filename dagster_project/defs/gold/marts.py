"""Gold: the marts that dbt builds, with its tests as asset checks (spec F3)."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from dagster_project.lake import Lake, day_metadata, snapshot_metadata
from dagster_project.marts import DBT, LayerTranslator, manifest
from dagster_project.partitions import DAILY, ONE_RUN, days_of


class MartsConfig(dg.Config):
    """How much to compute, beside the days whose conversations changed."""

    anew: bool = True
    """Compute the run's days anew; without it, only those that changed."""


@dbt_assets(
    manifest=manifest(),
    project=DBT,
    dagster_dbt_translator=LayerTranslator(),
    name="marts",
    partitions_def=DAILY,
    backfill_policy=ONE_RUN,
)
def marts(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, lake: Lake, config: MartsConfig
) -> Iterator[Any]:
    """Runs ``dbt build`` for the run's days and those that changed; marts land in Iceberg, one commit each.

    Views live as long as dbt's process: where some models are selected, the views that they read
    are made as well, and not told. dbt's unit tests look at made-up rows, so they are not run here.
    """
    with lake.step(context) as (_, catalog):
        days = days_of(context) if config.anew else None
        with _told(TURNSTONE_LAKE_BUILD_DAYS=str(days or ""), DAGSTER_HOME=context.instance.root_directory):
            command = ["build", "--exclude-resource-type", "unit_test", *_views_of(context)]
            build = dbt.cli(command, context=context)
        for event in build.stream():
            if not _is_asked_for(context, event):
                continue
            if isinstance(event, dg.Output):
                layer, name = context.asset_key_for_output(event.output_name).path
                if layer == "gold":
                    table = f"{layer}.{name}"
                    told = {**snapshot_metadata(catalog, table), **day_metadata(catalog, table)}
                    yield event.with_metadata({**event.metadata, **told})
                    continue
            yield event
    shutil.rmtree(build.target_path)  # of a failed build it stays, for the compiled SQL


def _views_of(context: dg.AssetExecutionContext) -> Iterator[str]:
    """Selects the views upstream of a selection of models, and the tests that need no others."""
    if context.is_subset:
        yield from ("--indirect-selection", "cautious")
        for key in sorted(context.selected_asset_keys):
            yield from ("--select", f"+{key.path[-1]},config.materialized:view")


def _is_asked_for(context: dg.AssetExecutionContext, event: Any) -> bool:
    if isinstance(event, dg.Output):
        return context.asset_key_for_output(event.output_name) in context.selected_asset_keys
    if isinstance(event, dg.AssetCheckResult) and event.asset_key and event.check_name:
        return dg.AssetCheckKey(event.asset_key, event.check_name) in context.selected_asset_check_keys
    return True


@contextmanager
def _told(**names: str) -> Iterator[None]:
    """Tells dbt's process which days to build, and where its server is if there is one.

    By its environment, since a variable of dbt makes it parse anew.
    """
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
