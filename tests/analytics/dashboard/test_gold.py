"""What the page reads of a tenant's day, against the rows that went into gold: spec F3."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from analytics.dashboard.choice import Choice
from analytics.dashboard.gold import Gold, Measures
from pipelines.settings import LakeSettings
from tests.analytics.dashboard.made_gold import Row, made_rows, write_gold

LAST = date(2025, 3, 9)
CHOICE = Choice(tenant_id="acme", day=LAST, before=7)


@pytest.fixture
def gold(lake_settings: LakeSettings, connection: DuckDBPyConnection, catalog: SqlCatalog) -> Gold:
    write_gold(connection, catalog, made_rows())
    return Gold(lake_settings)


def _of(rows: Iterable[Row], choice: Choice) -> list[Row]:
    return [row for row in rows if row.tenant_id == choice.tenant_id and row.day <= choice.day]


def _total(rows: list[Row], name: str) -> float:
    return sum(row.counts[name] for row in rows)


def _same(measures: Measures | None, rows: list[Row]) -> None:
    assert measures is not None
    for name in rows[0].counts:
        assert getattr(measures, name) == pytest.approx(_total(rows, name)), name
    ended = _total(rows, "conversations") - _total(rows, "still_open")
    assert measures.resolution_rate == pytest.approx(_total(rows, "resolved") / ended)
    assert measures.escalation_rate == pytest.approx(_total(rows, "escalated") / ended)
    answers = sorted(ms for row in rows for ms in row.response_ms)
    for share, read in ((0.5, measures.response_ms_p50), (0.95, measures.response_ms_p95)):
        exact = answers[-int(-share * len(answers) // 1) - 1]
        assert read == pytest.approx(exact, rel=0.0101)


@pytest.mark.spec("F3")
def test_the_day_and_the_days_before_are_the_sums_of_their_rows(gold: Gold) -> None:
    shown = gold.day(CHOICE)
    rows = _of(made_rows(), CHOICE)
    earlier = [row for row in rows if CHOICE.first_day <= row.day < LAST]
    _same(shown.whole.of_day, [row for row in rows if row.day == LAST])
    _same(shown.whole.before, earlier)
    assert shown.whole.before is not None
    assert shown.whole.before.days == 6, "a day without conversations is none"


@pytest.mark.spec("F3")
def test_each_version_and_each_day_is_told_by_itself(gold: Gold) -> None:
    shown = gold.day(CHOICE)
    rows = _of(made_rows(), CHOICE)
    assert set(shown.versions) == {"v1", "v2"}
    for version, compared in shown.versions.items():
        own = [row for row in rows if row.agent_version == version]
        _same(compared.of_day, [row for row in own if row.day == LAST])
        _same(compared.before, [row for row in own if CHOICE.first_day <= row.day < LAST])
    assert list(shown.days) == sorted({row.day for row in rows if row.day >= CHOICE.first_day})
    for day, measures in shown.days.items():
        _same(measures, [row for row in rows if row.day == day])


@pytest.mark.spec("F3")
def test_percentiles_of_several_days_are_of_all_answers_and_no_average(
    lake_settings: LakeSettings, connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    one = made_rows()[0]
    quick = one._replace(response_ms=[100.0] * 99, agent_version="quick")
    slow = one._replace(response_ms=[10_000.0], agent_version="slow")
    write_gold(connection, catalog, [quick, slow])
    day = Gold(lake_settings).day(Choice(tenant_id=one.tenant_id, day=one.day)).whole.of_day
    assert day is not None
    assert day.response_ms_p95 == pytest.approx(100, rel=0.0101)


def test_the_first_day_has_nothing_before_it(gold: Gold) -> None:
    shown = gold.day(Choice(tenant_id="acme", day=date(2025, 3, 1)))
    assert shown.whole.of_day is not None
    assert shown.whole.before is None
    assert all(compared.before is None for compared in shown.versions.values())


def test_a_tenant_that_answered_nobody_has_no_percentiles(
    lake_settings: LakeSettings, connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    silent = made_rows()[0]._replace(response_ms=[])
    write_gold(connection, catalog, [silent])
    day = Gold(lake_settings).day(Choice(tenant_id="acme", day=silent.day)).whole.of_day
    assert day is not None
    assert (day.response_ms_p50, day.response_ms_p99) == (None, None)


def test_a_page_without_a_lake_makes_none(tmp_path: Path) -> None:
    settings = LakeSettings(catalog_uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=str(tmp_path / "w"))
    assert Gold(settings).days() == {}
    assert list(tmp_path.iterdir()) == []


def test_a_question_writes_nothing(gold: Gold, catalog: SqlCatalog) -> None:
    before = catalog.load_table("gold.agent_daily").metadata_location
    gold.day(CHOICE)
    assert catalog.load_table("gold.agent_daily").metadata_location == before
