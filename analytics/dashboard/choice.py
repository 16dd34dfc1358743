"""What a reader chose: a tenant, a day, and how many days before it to compare with."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from urllib.parse import parse_qs, urlencode

from msgspec import Struct

BEFORE: Final = (7, 14, 28)
"""How many days before the chosen one can be compared with."""

Days = Mapping[str, Sequence[date]]
"""The days that each tenant has, newest first."""


class Choice(Struct, frozen=True, kw_only=True):
    """What the page shows; ``before`` is in days."""

    tenant_id: str
    day: date
    before: int = BEFORE[0]

    @property
    def first_day(self) -> date:
        """The first of the days that are compared with."""
        return self.day - timedelta(days=self.before)

    @property
    def search(self) -> str:
        """The part of the page's address that says the same."""
        said = {"tenant": self.tenant_id, "day": self.day.isoformat(), "before": self.before}
        return f"?{urlencode(said)}"


def choose(days: Days, *, tenant_id: str | None, day: str | None, before: str | int | None) -> Choice:
    """What was asked for, or what is nearest to it.

    A tenant that is not there gives way to the first one, a day without conversations to the
    last one before it, and no day to the newest.

    Args:
        days: What there is; at least one tenant.
        tenant_id: The tenant asked for.
        day: The day asked for, as ISO 8601 has it.
        before: How many days to compare with.
    """
    tenant = tenant_id if tenant_id is not None and tenant_id in days else next(iter(days))
    had = days[tenant]
    asked = _date(day) or had[0]
    return Choice(
        tenant_id=tenant,
        day=next((one for one in had if one <= asked), had[0]),
        before=next((one for one in BEFORE if str(one) == str(before)), BEFORE[0]),
    )


def choose_by_address(days: Days, search: str) -> Choice:
    """What an address asks for, such as ``?tenant=acme&day=2026-11-08&before=7``."""
    asked = {name: values[-1] for name, values in parse_qs(search.removeprefix("?")).items()}
    return choose(days, tenant_id=asked.get("tenant"), day=asked.get("day"), before=asked.get("before"))


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
