"""Reads the tenant's day from ``gold.agent_daily``."""

from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from threading import Lock
from typing import Any, Final

from msgspec import Struct

from analytics.dashboard.choice import Choice
from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from pipelines.sql_session import SqlSession
from pipelines.views import connect, metadata_locations

MART: Final = "gold.agent_daily"
_DAY: Final = files("analytics.dashboard").joinpath("sql/day.sql").read_text(encoding="utf-8")
_CHOICES: Final = files("analytics.dashboard").joinpath("sql/choices.sql").read_text(encoding="utf-8")


class Measures(Struct, frozen=True, kw_only=True):
    """Counts and percentiles of some rows of gold; times in milliseconds, cost in US dollars.

    Percentiles are None where nobody was answered.
    """

    days: int
    conversations: int
    ended: int
    resolved: int
    escalated: int
    abandoned: int
    failed: int
    unknown_outcome: int
    still_open: int
    responses: int
    tool_calls: int
    tool_errors: int
    cost_usd: float
    guarded: int
    hallucination_judged: int
    hallucinated: int
    response_ms_p50: float | None
    response_ms_p95: float | None
    response_ms_p99: float | None
    data_through: datetime | None

    @property
    def resolution_rate(self) -> float | None:
        """Share of the ended conversations that were resolved."""
        return _share(self.resolved, self.ended)

    @property
    def escalation_rate(self) -> float | None:
        """Share of the ended conversations that went to a human."""
        return _share(self.escalated, self.ended)

    @property
    def guardrail_rate(self) -> float | None:
        """Share of the conversations in which a guardrail stepped in."""
        return _share(self.guarded, self.conversations)

    @property
    def hallucination_rate(self) -> float | None:
        """Share of the judged conversations that were found to hallucinate."""
        return _share(self.hallucinated, self.hallucination_judged)

    @property
    def tool_error_rate(self) -> float | None:
        """Share of the tool calls that ended without success."""
        return _share(self.tool_errors, self.tool_calls)

    @property
    def conversations_a_day(self) -> float | None:
        """Conversations a day that had any."""
        return _share(self.conversations, self.days)

    @property
    def cost_usd_per_conversation(self) -> float | None:
        """Mean cost of a conversation, US dollars."""
        return _share(self.cost_usd, self.conversations)


class Compared(Struct, frozen=True, kw_only=True):
    """The day, and all days before it as one; None where there are no rows."""

    of_day: Measures | None = None
    before: Measures | None = None


class TenantDay(Struct, frozen=True, kw_only=True):
    """All that the page shows of a tenant's day.

    Attributes:
        choice: Which day.
        whole: All agent versions together.
        versions: The same by agent version, those with most conversations that day first.
        days: The day and those before it, each by itself, oldest first.
    """

    choice: Choice
    whole: Compared
    versions: Mapping[str, Compared]
    days: Mapping[date, Measures]


class Gold:
    """The gold tables of a lake as they are at each question; reads, and never writes.

    Args:
        settings: Where the lake is. It need not be there yet.
    """

    def __init__(self, settings: LakeSettings) -> None:
        self._settings = settings
        self._session: SqlSession | None = None
        self._one_at_a_time = Lock()

    def days(self) -> dict[str, list[date]]:
        """The days of each tenant, newest first; none where gold is empty."""
        days = dict[str, list[date]]()
        for row in self._ask(_CHOICES):
            days.setdefault(row["tenant_id"], []).append(row["day"])
        return days

    def day(self, choice: Choice) -> TenantDay:
        """A tenant's day beside the days before it."""
        rows = self._ask(_DAY, tenant_id=choice.tenant_id, first_day=choice.first_day, last_day=choice.day)
        measured = [(row, _measures(row)) for row in rows]
        named = dict.fromkeys(row["agent_version"] for row in rows if row["grain"] == "version")
        return TenantDay(
            choice=choice,
            whole=_compared(measured, "whole", None),
            versions={version: _compared(measured, "version", version) for version in named},
            days={row["day"]: measures for row, measures in measured if row["grain"] == "day"},
        )

    def _ask(self, statement: str, **variables: object) -> list[dict[str, Any]]:
        with self._one_at_a_time:
            session = self._session = self._session or _open(self._settings)
            if session is None or MART not in metadata_locations(session.catalog):
                return []
            for name, value in variables.items():
                session.connection.execute(f"SET VARIABLE {name} = ?", [value])
            answer = session.run(statement)
            return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _open(settings: LakeSettings) -> SqlSession | None:
    """The lake, None where there is none: opening it would make one."""
    if settings.catalog_path is not None and not settings.catalog_path.exists():
        return None
    catalog = open_catalog(settings)
    return SqlSession(connect(catalog), catalog)


def _measures(row: Mapping[str, Any]) -> Measures:
    return Measures(**{name: row[name] for name in Measures.__struct_fields__})


def _compared(measured: list[tuple[dict[str, Any], Measures]], grain: str, version: str | None) -> Compared:
    found = {
        "before" if row["is_before"] else "of_day": measures
        for row, measures in measured
        if row["grain"] == grain and row["agent_version"] == version
    }
    return Compared(**found)


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
