"""A canary decided about as an asset, and the check that says when it was rolled back (M1, M2)."""

from datetime import UTC, datetime

import dagster as dg
import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from analytics.delivery.running import start
from dagster_project.definitions import defs
from dagster_project.instance import open_instance
from dagster_project.settings import DagsterSettings
from tests.analytics.delivery.made_traffic import NEW, NOON, OLD, Lake, talk

pytestmark = pytest.mark.spec("M1", "M2")

KEY = dg.AssetKey(["gold", "canary_decisions"])


def _materialize() -> tuple[dict[str, object], bool, str | None]:
    """What the asset tells, and what its check says."""
    with open_instance(DagsterSettings()) as instance:
        job = defs().resolve_implicit_global_asset_job_def()
        ran = job.execute_in_process(asset_selection=[KEY], instance=instance)
        assert ran.success
        event = instance.get_latest_materialization_event(KEY)
        assert event is not None
        assert event.asset_materialization is not None
        [check] = ran.get_asset_check_evaluations()
        told = {name: value.value for name, value in event.asset_materialization.metadata.items()}
        return told, check.passed, check.description


def test_a_regression_is_rolled_back_and_fails_the_check_until_another_canary_runs(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    told, passed, description = _materialize()
    assert (told["canary"], passed, description) == ("none was ever started", True, "no canary")

    start(catalog, NEW, OLD, now=NOON)
    bad = [talk(number, NEW, 5 + number / 10, outcome="failed") for number in range(80)]
    Lake(connection, catalog).hold(
        *bad, *(talk(1_000 + number, OLD, 5 + number / 10) for number in range(200))
    )
    told, passed, description = _materialize()
    assert (told["state"], told["share"], passed) == ("rolled back", 0.0, False)
    assert str(description).startswith("v8: rolled back. resolution: ended without resolution: 100.00%")
    assert str(told["harms"]).startswith("**Harm beside control**")
    assert "| 1 % | " in str(told["history"])

    start(catalog, "v9", OLD, now=datetime.now(UTC))
    told, passed, _ = _materialize()
    assert (told["canary"], told["state"], told["stage"], passed) == ("v9", "runs", "1 %", True)
    assert "harms" not in told, "nothing was counted of it"
