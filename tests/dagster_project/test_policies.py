"""What is built by itself, and what waits: the conditions on a graph of the same shape as gold's."""

from collections.abc import Iterator
from typing import Final

import dagster as dg
import pytest

from dagster_project.definitions import defs
from dagster_project.policies import FOLLOW, FOLLOW_EACH_DAY, FOLLOW_GOLD, WHOLE_BUILD

DAYS: Final = dg.DailyPartitionsDefinition("2026-11-01", end_date="2026-11-05")
DAY: Final = "2026-11-02"
STREAMED: Final = (
    ["kafka", "agent_events"],
    ["bronze", "events"],
    ["silver", "events"],
    ["silver", "dead_letters"],
)
SILVER, VIEW, MART, BOOKS, READOUT = (
    dg.AssetKey(path)
    for path in (["silver", "conversations"], ["staging", "view"], ["gold", "mart"], ["books"], ["readout"])
)


@dg.asset(key=SILVER, partitions_def=DAYS)
def silver() -> None:
    pass


@dg.asset(key=VIEW, partitions_def=DAYS, deps=[SILVER], automation_condition=FOLLOW_EACH_DAY)
def view() -> None:
    pass


@dg.asset(key=MART, partitions_def=DAYS, deps=[VIEW], automation_condition=FOLLOW_EACH_DAY)
def mart() -> None:
    pass


@dg.asset(key=BOOKS, deps=[SILVER, MART], automation_condition=FOLLOW_GOLD)
def books() -> None:
    pass


@dg.asset(key=READOUT, deps=[SILVER], automation_condition=FOLLOW)
def readout() -> None:
    pass


def _check(asset: dg.AssetsDefinition) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=asset, name="holds", blocking=True)
    def holds() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    return holds


DEFINITIONS: Final = dg.Definitions(
    assets=[silver, view, mart, books, readout], asset_checks=[_check(silver), _check(view), _check(mart)]
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
    result = dg.evaluate_automation_conditions(
        DEFINITIONS, instance, asset_selection=everything, cursor=cursor
    )
    asked = {key for key in (VIEW, MART) if result.get_requested_partitions(key)}
    return asked | {key for key in (BOOKS, READOUT) if result.get_num_requested(key)}, result.cursor


@pytest.mark.spec("F3")
def test_all_of_gold_follows_silver_in_one_run_also_the_first_time(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    _built(instance, SILVER, passed=True)
    asked, cursor = _tick(instance, cursor)
    assert asked == {VIEW, MART, READOUT}


@pytest.mark.spec("F4")
def test_the_books_follow_gold_though_most_days_have_no_conversation(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    _built(instance, SILVER, passed=True)
    _, cursor = _tick(instance, cursor)
    _built(instance, VIEW, passed=True)
    _built(instance, MART, passed=True)
    assert BOOKS in _tick(instance, cursor)[0]


def test_nothing_follows_a_day_that_a_blocking_check_refused(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    _built(instance, SILVER, passed=False)
    assert not {VIEW, MART} & _tick(instance, cursor)[0]


def test_a_mart_waits_where_its_view_alone_was_built_and_refused(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    for key in (SILVER, VIEW, MART):
        _built(instance, key, passed=True)
    _, cursor = _tick(instance, cursor)
    _built(instance, VIEW, passed=False)
    asked, cursor = _tick(instance, cursor)
    assert MART not in asked
    _built(instance, VIEW, passed=True)
    assert MART in _tick(instance, cursor)[0]


@pytest.mark.spec("F3", "F4")
def test_what_changed_again_before_the_next_look_is_built_again(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    _built(instance, SILVER, passed=True)
    asked, cursor = _tick(instance, cursor)
    assert MART in asked
    for key in (VIEW, MART):
        _built(instance, key, passed=True)
    instance.report_runless_asset_event(dg.AssetMaterialization(BOOKS))
    for key in (SILVER, VIEW, MART):
        _built(instance, key, passed=True)
    asked, cursor = _tick(instance, cursor)
    assert {MART, BOOKS} <= asked
    assert not {MART, BOOKS} & _tick(instance, cursor)[0]


def test_nothing_follows_a_run_that_builds_everything_itself(instance: dg.DagsterInstance) -> None:
    _, cursor = _tick(instance)
    for tags in (WHOLE_BUILD, {}):
        assert dg.materialize([silver], instance=instance, partition_key=DAY, tags=tags).success
        asked, cursor = _tick(instance, cursor)
        assert (READOUT in asked) is (tags == {})


def test_what_the_stream_appends_asks_for_no_run(instance: dg.DagsterInstance) -> None:
    definitions, everything = defs(), dg.AssetSelection.all()
    first = dg.evaluate_automation_conditions(definitions, instance, asset_selection=everything)
    for path in STREAMED:
        instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey(path)))
    then = dg.evaluate_automation_conditions(
        definitions, instance, asset_selection=everything, cursor=first.cursor
    )
    assert (first.total_requested, then.total_requested) == (0, 0)
