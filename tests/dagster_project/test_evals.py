"""A changed agent is tried by itself, and a regression stops what comes after: spec G3, G4."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import msgspec
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.simulation.faults import FaultRates
from analytics.evals.agents import AgentConfig, Scripted
from dagster_project.defs.analytics import evals
from dagster_project.lake import Lake

pytestmark = pytest.mark.spec("G3", "G4")

PRODUCTION = AgentConfig(version="production", model=Scripted())
WORSE = AgentConfig(version="worse", model=Scripted(faults=FaultRates(wrong_argument=0.5), gullible=0.2))


@dg.asset(deps=[evals.VERDICTS])
def canary() -> None:
    """What a regression must not reach."""


@pytest.fixture
def agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the configurations are; suites small enough for a test."""
    monkeypatch.setenv("TURNSTONE_EVALS_CANDIDATE", str(tmp_path / "candidate.json"))
    monkeypatch.setenv("TURNSTONE_EVALS_BASELINE", str(tmp_path / "production.json"))
    monkeypatch.setenv("TURNSTONE_EVALS_PAGES", str(tmp_path / "pages"))
    monkeypatch.setenv("TURNSTONE_EVALS_SAFETY_TEXTS", str(tmp_path / "absent"))
    monkeypatch.setenv("TURNSTONE_EVALS_HARMLESS_TEXTS", str(tmp_path / "absent"))
    monkeypatch.setenv("TURNSTONE_RUNTIME_RECORDINGS", str(tmp_path / "absent"))
    monkeypatch.setenv("TURNSTONE_EVALS_GOLDEN_CASES", "40")
    monkeypatch.setenv("TURNSTONE_EVALS_PLANTED_ATTACKS", "8")
    monkeypatch.setenv("TURNSTONE_EVALS_TRIALS", "1")
    return tmp_path


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def _put(folder: Path, name: str, agent: AgentConfig) -> None:
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(agent))


def _tick(instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    result = evals.agent_changed(dg.build_sensor_context(instance=instance, cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    return result


def test_a_run_is_asked_for_when_a_configuration_changes_and_only_then(
    agents: Path, instance: dg.DagsterInstance
) -> None:
    assert "no agent configuration" in str(_tick(instance, None).skip_reason)
    _put(agents, "production", PRODUCTION)
    _put(agents, "candidate", PRODUCTION)
    same = _tick(instance, None)
    assert not same.run_requests
    _put(agents, "candidate", WORSE)
    changed = _tick(instance, same.cursor)
    [request] = changed.run_requests or ()
    assert request.tags["turnstone/candidate"] == WORSE.fingerprint
    [told] = changed.asset_events
    assert told.asset_key == evals.CANDIDATE
    assert not _tick(instance, changed.cursor).run_requests
    _put(agents, "production", msgspec.structs.replace(PRODUCTION, version="production-2"))
    assert len(_tick(instance, changed.cursor).run_requests or ()) == 1


def test_a_regression_stops_what_comes_after_and_a_sound_change_does_not(
    agents: Path, catalog: SqlCatalog, instance: dg.DagsterInstance
) -> None:
    sound = msgspec.structs.replace(PRODUCTION, version="sound", policy="Other words.")
    _put(agents, "production", PRODUCTION)
    for candidate, goes_on in ((WORSE, False), (sound, True)):
        _put(agents, "candidate", candidate)
        [request] = _tick(instance, None).run_requests or ()
        done = dg.materialize(
            [*evals.suites, evals.eval_verdicts, canary],
            resources={"lake": Lake()},
            instance=instance,
            run_config=request.run_config,
            raise_on_error=False,
        )
        assert done.success == goes_on
        [check] = done.get_asset_check_evaluations()
        assert check.passed == goes_on
        assert bool(done.asset_materializations_for_node("canary")) == goes_on
        [verdict] = done.asset_materializations_for_node("eval_verdicts")
        assert Path(str(verdict.metadata["page"].value)).is_file()
        assert 0 < float(str(verdict.metadata["minutes_from_change_to_verdict"].value)) < 60
    table = catalog.load_table("gold.eval_verdicts").scan().to_arrow().to_pylist()
    passed = [row for row in table if row["measure"] == "passed"]
    decided = {(row["candidate"], row["suite"]): row["decision"] for row in passed}
    assert decided["worse", "golden"] == decided["worse", "safety"] == "regression"
    assert "regression" not in {decided["sound", "golden"], decided["sound", "safety"]}
