"""From a changed configuration to rows of gold and a page, on a real lake: spec G3, G4."""

import asyncio
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.simulation.faults import FaultRates
from analytics.evals.adversarial import safety_suite
from analytics.evals.agents import REFERENCES, AgentConfig, Scripted
from analytics.evals.errors import NotComparableError
from analytics.evals.evaluation import Evaluation, decide, try_all
from analytics.evals.graders import grader_of
from analytics.evals.page import read_transcripts, render_page
from analytics.evals.provenance import code
from analytics.evals.publishing import publish
from analytics.evals.regrading import regrade_evals, regrade_lake
from analytics.evals.results import Result, read_results
from analytics.evals.running import hold_suite
from analytics.evals.settings import EvalSettings
from analytics.evals.suites import Loaded
from analytics.evals.tables import EVAL_EVENTS, EVAL_RESULTS, EVAL_VERDICTS
from pipelines.row_filters import equal
from pipelines.tables import BRONZE
from pipelines.views import connect
from tests.pipelines.made_stream import append, bronze_row, deliver

pytestmark = pytest.mark.spec("G3", "G4")

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAULTS = FaultRates(wrong_argument=0.02, wrong_answer=0.03)
PRODUCTION = AgentConfig(version="production", model=Scripted(faults=FAULTS))
HARMLESS = AgentConfig(version="reworded", model=Scripted(faults=FAULTS), policy="Be kind.")
WORSE = AgentConfig(
    version="worse", model=Scripted(faults=FaultRates(wrong_argument=0.25, wrong_answer=0.25))
)


async def evaluated(catalog: SqlCatalog, golden: Loaded, candidate: AgentConfig) -> Evaluation:
    await try_all(catalog, golden, (candidate, PRODUCTION), trials=2, code=code(), now=NOW)
    return decide(catalog, [golden], candidate=candidate, baseline=PRODUCTION, trials=2, code=code(), now=NOW)


def rows(catalog: SqlCatalog, version: str, *, grader_version: int = 1) -> list[Result]:
    return read_results(catalog, equal("agent_version", version), equal("grader_version", grader_version))


@pytest.fixture(scope="module")
def worse(catalog: SqlCatalog, golden: Loaded) -> Evaluation:
    return asyncio.run(evaluated(catalog, golden, WORSE))


async def test_a_version_that_is_worse_by_a_known_amount_is_found(worse: Evaluation, golden: Loaded) -> None:
    [verdict] = worse.suites
    may_fail = {"wrong_argument", "wrong_answer"}
    planted = sum(bool(case.faults & may_fail) for case in golden.suite.cases) / len(golden.suite.cases)
    assert worse.regression
    assert verdict.decision == "regression"
    assert verdict.comparison.low < 0.22 * planted < verdict.comparison.high


async def test_a_harmless_change_is_no_regression(
    catalog: SqlCatalog, golden: Loaded, worse: Evaluation
) -> None:
    evaluation = await evaluated(catalog, golden, HARMLESS)
    assert evaluation.candidate.fingerprint != evaluation.baseline.fingerprint
    assert not evaluation.regression
    assert evaluation.suites[0].comparison.p_value > 0.05
    held_once = {one.run_id for one in rows(catalog, "production")}
    assert len(held_once) == 1, "production was held again though nothing about it had changed"


async def test_every_report_has_an_agent_that_does_nothing_and_one_that_does_all(worse: Evaluation) -> None:
    shares = {one.agent: one.passed for one in worse.standings}
    assert shares.keys() == {"worse", "production", "gold", "idle"}
    assert shares["gold"] == 1
    assert shares["idle"] < 0.3
    for one in worse.standings:
        assert one.low <= one.passed <= one.high


async def test_a_result_says_what_made_it(catalog: SqlCatalog, worse: Evaluation, golden: Loaded) -> None:
    made = rows(catalog, "worse")
    assert len(made) == 2 * len(golden.suite.cases)
    snapshots = {one.snapshot_id for one in catalog.load_table(EVAL_EVENTS.name).snapshots()}
    for one in made:
        assert one.config_hash == WORSE.fingerprint
        assert json.loads(one.config or "")["model"]["faults"]["wrong_argument"] == 0.25
        assert (one.suite_version, one.grader, one.grader_version) == (golden.suite.version, "task", 1)
        assert (one.code_commit, one.code_digest) == (code().commit, code().digest)
        assert one.data_table == EVAL_EVENTS.name
        assert one.data_snapshot_id in snapshots
        assert one.origin.startswith("generator, seed 7")


async def test_the_verdict_is_a_row_of_gold_with_its_failures(catalog: SqlCatalog, worse: Evaluation) -> None:
    publish(catalog, worse)
    with connect(catalog) as connection:
        told = connection.execute(
            f"select * from {EVAL_VERDICTS.name} where candidate = 'worse' and measure = 'passed'"
        ).fetchone()
        assert told is not None
        columns = [column[0] for column in connection.description or ()]
        [missing] = connection.execute(
            f"select count(*) from (select unnest(failures) as id from {EVAL_VERDICTS.name})"
            f" where id not in (select conversation_id from {EVAL_EVENTS.name})"
        ).fetchone() or (None,)
    row = dict(zip(columns, told, strict=True))
    tests = worse.suites[0].comparison
    assert (row["decision"], row["p_adjusted"], row["power"]) == (
        "regression",
        worse.suites[0].p_adjusted,
        tests.power,
    )
    assert (row["detectable"], row["lost"], row["candidate_hash"]) == (
        tests.detectable,
        tests.lost,
        WORSE.fingerprint,
    )
    assert len(row["failures"]) == 10
    assert missing == 0


async def test_the_page_shows_the_conversations_that_failed_and_needs_no_network(
    catalog: SqlCatalog, worse: Evaluation
) -> None:
    page = render_page(worse, read_transcripts(catalog, worse))
    for one in worse.suites[0].failures:
        assert f'href="#{one.conversation_id}"' in page
        assert f'id="{one.conversation_id}"' in page
    assert "Regression: it may not go on." in page
    assert worse.candidate.fingerprint in page
    assert "find_user_id_by" in page
    assert not re.findall(r"<(?:script|link|img)[^>]*https?:", page)


@pytest.mark.spec("O4")
async def test_an_agent_that_refuses_everybody_is_a_regression_and_the_worst_of_the_page(
    catalog: SqlCatalog,
) -> None:
    settings = EvalSettings()
    if not (settings.safety_texts / "notinject").is_dir():
        pytest.skip(f"{settings.safety_texts} is absent")
    suite, world = safety_suite(settings.safety_texts, settings.harmless_texts, each=4, harmless=20)
    loaded, refusing = Loaded(suite, world, []), structs.replace(REFERENCES["refusing"], version="stubborn")
    await try_all(catalog, loaded, (refusing, PRODUCTION), trials=1, code=code(), now=NOW)
    found = decide(catalog, [loaded], candidate=refusing, baseline=PRODUCTION, trials=1, code=code(), now=NOW)
    assert found.regression
    assert {one.part: one.decision for one in found.suites} == {
        "attacks": "no_regression",
        "harmless": "regression",
    }
    shares = {(one.agent, one.part): one.passed for one in found.standings}
    assert (shares["refusing", "attacks"], shares["refusing", "harmless"]) == (1, 0)
    assert shares["refusing", ""] < shares["production", ""] <= shares["gold", ""] == 1
    assert "safety, harmless" in render_page(found, read_transcripts(catalog, found))
    publish(catalog, found)
    told = catalog.load_table(EVAL_VERDICTS.name).scan(equal("candidate", "stubborn")).to_arrow().to_pylist()
    measures = {row["measure"]: row["decision"] for row in told if row["suite"] == "safety"}
    assert measures == {"passed": "no_regression", "harmless": "regression"}


async def test_another_rule_grades_old_conversations_and_both_grades_stay(
    catalog: SqlCatalog, golden: Loaded
) -> None:
    hasty = AgentConfig(version="hasty", model=Scripted(faults=FaultRates(skip_confirmation=0.5)))
    await evaluated(catalog, golden, hasty)
    events = catalog.load_table(EVAL_EVENTS.name).current_snapshot()
    made = await regrade_evals(catalog, golden, grader_of("task", 2), code=code(), now=NOW)
    assert catalog.load_table(EVAL_EVENTS.name).current_snapshot() == events, "an agent was run again"
    first, second = rows(catalog, "hasty"), rows(catalog, "hasty", grader_version=2)
    assert [(one.case_id, one.trial, one.conversation_id) for one in first] == [
        (one.case_id, one.trial, one.conversation_id) for one in second
    ]
    turned = [one for one, other in zip(first, second, strict=True) if one.passed and not other.passed]
    assert 0 < len(turned) <= made.changed
    assert {one.config_hash for one in second} == {hasty.fingerprint}
    assert events is not None
    assert {one.data_snapshot_id for one in second} == {events.snapshot_id}
    assert all(one.regraded for one in second)
    again = await regrade_evals(catalog, golden, grader_of("task", 2), code=code(), now=NOW)
    assert again.results == []


async def test_conversations_of_customers_are_graded_from_bronze(catalog: SqlCatalog, golden: Loaded) -> None:
    """As they came through the stream: out of order, and some twice."""
    suite = structs.replace(golden.suite, cases=golden.suite.cases[:12])
    held = await hold_suite(suite, golden.world, PRODUCTION, run_id="live")
    events = [event for one in held for event in one.events]
    delivered = deliver([*reversed(events), *events[::3]])
    append(catalog, BRONZE.name, [bronze_row(one) for one in delivered])
    made = await regrade_lake(catalog, golden, grader_of("task"), code=code(), now=NOW)
    assert made.unmatched == 0
    assert {one.data_table for one in made.results} == {BRONZE.name}
    assert not (await regrade_lake(catalog, golden, grader_of("task"), code=code(), now=NOW)).results
    live = {one.conversation_id: one for one in made.results}
    assert live.keys() == {one.conversation_id for one in held}
    before = {one.case_id: one.passed for one in rows(catalog, "production") if one.trial == 0}
    assert all(before[one.case_id] == one.passed for one in made.results if one.run_id.startswith("lake/"))


async def test_what_was_never_held_is_not_judged(catalog: SqlCatalog, golden: Loaded) -> None:
    new = structs.replace(PRODUCTION, version="never held")
    with pytest.raises(NotComparableError, match="no suite has results of both"):
        decide(catalog, [golden], candidate=new, baseline=PRODUCTION, trials=2, code=code(), now=NOW)


def test_the_tables_say_what_each_column_is(catalog: SqlCatalog) -> None:
    undocumented: Iterable[str] = (
        field.name
        for table in (EVAL_EVENTS, EVAL_RESULTS, EVAL_VERDICTS)
        for field in table.schema.fields
        if not field.doc
    )
    assert list(undocumented) == []
