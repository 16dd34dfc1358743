"""The plan for a load: its arithmetic, and that it grows as it must."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.bench.scaling import DAY_S, Choices, Measured, page, plan

WAS = Measured(per_core=25_000, emit=100_000, log_bytes=100, bronze_bytes=40, silver_bytes=30, id_bytes=20)


@pytest.mark.spec("E5")
def test_a_plan_is_the_measured_cost_times_the_load() -> None:
    made = plan(WAS, Choices(load=0.5, interval_s=10, groups=4))

    assert made.cores == 40
    assert made.partitions == 80
    assert made.partitions % made.cores == 0
    assert made.producers == 10
    assert made.state_bytes == 500_000 * DAY_S * 20
    assert made.checkpoint_bytes == 500_000 * 10 * 20
    assert made.files_a_day == 2 * 40 * 4 * 8_640
    assert made.lake_bytes_a_day == 500_000 * DAY_S * 70


@given(events=st.floats(1_000, 5e6), more=st.floats(1.0, 10.0))
def test_more_load_never_takes_less(events: float, more: float) -> None:
    less, much = (plan(WAS, Choices(events=load)) for load in (events, events * more))
    assert much.cores >= less.cores
    assert much.cores * WAS.per_core * Choices().load >= events * more * 0.999
    assert much.partitions * Choices().partition >= events * more * 0.999
    assert much.files_a_day >= less.files_a_day


def test_the_page_says_what_the_figures_say() -> None:
    text = page(replace(WAS, per_core=50_000), Choices())
    assert "| cores of the task managers, one slot each | 17 |" in text
    assert "50,000 events a second and core" in text
