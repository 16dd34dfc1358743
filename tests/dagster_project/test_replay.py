"""The command and the job that replay dead letters, where no broker is; the rest is tested on a stack."""

import dagster as dg
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.instance import open_instance
from dagster_project.runs import run_job
from dagster_project.settings import DagsterSettings
from streaming.contract.cloudevents import Record
from tests.pipelines.made_events import conversations
from tests.pipelines.made_stream import Stations, deliver, flow

pytestmark = pytest.mark.spec("E5", "F2")

JUNK = Record(key=b"k", value=b"{", headers=[("ce_id", b"junk"), ("ce_type", b"nonsense")])


@pytest.fixture
def stations(catalog: SqlCatalog) -> Stations:
    made = flow(deliver([*conversations(1), JUNK, JUNK]))
    made.write(catalog)
    return made


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["replay-dead-letters", *arguments])
    return result.exit_code, result.output


@pytest.mark.usefixtures("stations")
def test_a_dry_run_tells_what_would_be_done_without_a_broker() -> None:
    assert _run("--dry-run", "--repair", "add-id") == (0, "2 would be replayed: invalid payload\n")
    status, told = _run("--dry-run")
    assert status == 0
    assert told.startswith("2 left: invalid payload (it has no UUIDv7 in ce_id")
    since = ("--since", "2030-01-01")
    assert _run("--dry-run", "--repair", "add-id", *since) == (0, "no dead letter waits for this\n")


@pytest.mark.usefixtures("stations")
def test_a_replay_ends_with_an_error_where_no_broker_answers_or_the_repair_is_unknown() -> None:
    status, told = _run("--repair", "add-id")
    assert status == 1
    assert "BrokerUnavailableError" in told
    status, told = _run("--repair", "mend-all")
    assert status == 1
    assert "no repair 'mend-all'; there are add-id" in told


@pytest.mark.usefixtures("stations")
def test_the_job_is_dry_unless_it_is_told_otherwise_and_is_no_part_of_the_build(
    catalog: SqlCatalog,
) -> None:
    ops = {"dead_letter_replays": {"config": {"repairs": ["add-id"]}}}
    with open_instance(DagsterSettings()) as instance:
        report = run_job("replay_dead_letters", instance, progress=lambda _: None, ops=ops)
        assert report.success, report.problems
        event = instance.get_latest_materialization_event(dg.AssetKey(["ops", "dead_letter_replays"]))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert (metadata["dry_run"], metadata["replayed"]) == (True, {"invalid payload": 2})
    assert catalog.load_table("ops.dead_letter_replays").scan().count() == 0
