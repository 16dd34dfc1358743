"""The address keeps the choice, and a choice that is not there becomes the nearest one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.dashboard.choice import BEFORE, Choice, choose, choose_by_address

DAYS = {"acme": [date(2025, 3, 9), date(2025, 3, 7), date(2025, 3, 1)], "globex": [date(2025, 3, 8)]}


@given(
    tenant=st.text(min_size=1),
    day=st.dates(),
    before=st.sampled_from(BEFORE),
)
def test_an_address_says_what_was_chosen(tenant: str, day: date, before: int) -> None:
    choice = Choice(tenant_id=tenant, day=day, before=before)
    assert choose_by_address({tenant: [day]}, choice.search) == choice


@pytest.mark.parametrize(
    ("search", "tenant", "day"),
    [
        ("", "acme", date(2025, 3, 9)),
        ("?tenant=globex", "globex", date(2025, 3, 8)),
        ("?tenant=nobody", "acme", date(2025, 3, 9)),
        ("?day=2025-03-08", "acme", date(2025, 3, 7)),
        ("?day=2020-01-01", "acme", date(2025, 3, 9)),
        ("?day=soon&before=lots", "acme", date(2025, 3, 9)),
    ],
)
def test_what_is_not_there_becomes_the_nearest(search: str, tenant: str, day: date) -> None:
    assert choose_by_address(DAYS, search) == Choice(tenant_id=tenant, day=day, before=7)


def test_the_days_before_end_with_the_day_before() -> None:
    choice = choose(DAYS, tenant_id="acme", day="2025-03-09", before=14)
    assert choice.day - choice.first_day == timedelta(days=14)
