"""What is built by itself, and what waits: the conditions on a graph of the same shape as gold's."""

from collections.abc import Iterator
from typing import Final

import dagster as dg
import pytest

from dagster_project.policies import FOLLOW_EACH_DAY

DAYS: Final = dg.DailyPartitionsDefinition("2026-11-01", end_date="2026-11-05")
DAY: Final = "2026-11-02"
SILVER, VIEW, MART = (dg.AssetKey(name) for name in ("silver", "view", "mart"))


@dg.asset(partitions_def=DAYS)
def silver() -> None:
    pass


@dg.asset(partitions_def=DAYS, deps=[silver], automation_condition=FOLLOW_EACH_DAY)
def view() -> None:
    pass


@dg.asset(partitions_def=DAYS, deps=[view], automation_condition=FOLLOW_EACH_DAY)
def mart() -> None:
    pass


def _check(asset: dg.AssetsDefinition) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=asset, name="holds", blocking=True)
    def holds() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    return holds


DEFINITIONS: Final = dg.Definitions(
    assets=[silver, view, mart], asset_checks=[_check(silver), _check(view), _check(mart)]
)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def _built(instance: dg.DagsterInstance, key: dg.AssetKey, *, passed: bool) -> None:
    """A day of an asset was built by somebody, and its check has passed or not."""
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=DAY))
    evaluation = dg.AssetCheckEvaluation(asset_key=key, check_name="holds", passed=passed, metadata={})
    instance.report_runless_asset_event(evaluation)


def _tick(instance: dg.DagsterInstance, cursor: object = None) -> tuple[set[dg.AssetKey], object]:
    everything = dg.AssetSelection.all()
    result = dg.evaluate_automation_conditions(DEFINITIONS, instance, asset_selection=everything, cursor=cursor)
    return {key for key in (VIEW, MART) if result.get_requested_partitions(key)}, result.cursor


@pytest.mark.spec("F3")
def test_all_of_gold_follows_silver_in_one_run_also_the_first_time(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    _built(instance, SILVER, passed=True)
    assert _tick(instance, cursor)[0] == {VIEW, MART}


def test_nothing_follows_a_day_that_a_blocking_check_refused(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    _built(instance, SILVER, passed=False)
    assert _tick(instance, cursor)[0] == set()


def test_a_mart_waits_where_its_view_alone_was_built_and_refused(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    for key in (SILVER, VIEW, MART):
        _built(instance, key, passed=True)
    _, cursor = _tick(instance, cursor)
    _built(instance, VIEW, passed=False)
    asked, cursor = _tick(instance, cursor)
    assert asked == set()
    _built(instance, VIEW, passed=True)
    assert _tick(instance, cursor)[0] == {MART}
