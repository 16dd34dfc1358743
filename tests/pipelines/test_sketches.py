"""Sketches against exact quantiles, and the law that merging changes nothing."""

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sketches import define_sketches

pytestmark = pytest.mark.spec("F3")

MEASURED = st.one_of(
    st.floats(min_value=1e-6, max_value=1e12, allow_subnormal=False),
    st.integers(0, 5_000).map(float),
)


def _one(sql: str, *arguments: Any) -> Any:
    with duckdb.connect() as connection:
        define_sketches(connection)
        [row] = connection.execute(sql, arguments).fetchall()
    return row


@settings(deadline=None, max_examples=60)
@given(measured=st.lists(MEASURED, min_size=1, max_size=300), share=st.floats(0.01, 1))
def test_a_quantile_of_a_sketch_is_within_one_percent_of_the_exact_one(
    measured: list[float], share: float
) -> None:
    sql = """
        select sketch_quantile(sketch(v), $2), quantile_disc(v, $2::double)
        from (select unnest($1::double[]) as v)
    """.replace("$2::double", f"{share!r}").replace("$2", f"{share!r}")
    estimate, exact = _one(sql, measured)
    assert estimate == pytest.approx(exact, rel=0.01 + 1e-9, abs=1e-12)


@settings(deadline=None, max_examples=30)
@given(parts=st.lists(st.lists(MEASURED, max_size=40), min_size=1, max_size=6))
def test_sketches_of_parts_merge_into_the_sketch_of_the_whole(parts: list[list[float]]) -> None:
    sql = """
        with told as (
            select place, unnest(part) as v
            from (select unnest($1::double[][]) as part, generate_subscripts($1::double[][], 1) as place)
        ),
        sketches as (select place, sketch(v) as sketched from told group by place)
        select
            (select sketch_merge(list(sketched order by place desc)) from sketches),
            (select sketch(v) from told)
    """
    merged, whole = _one(sql, parts)
    assert (merged or None) == whole


def test_a_sketch_of_nothing_has_no_quantile() -> None:
    assert _one("select sketch(null::double), sketch_quantile(sketch(null::double), 0.5)") == (None, None)


def test_a_thousand_fold_range_needs_few_buckets() -> None:
    """The size of a sketch is bounded by the range of the values, not by how many there are."""
    sql = "select len(map_keys(sketch(v))) from (select unnest(generate_series(100, 100000)) as v)"
    assert _one(sql)[0] == pytest.approx(346, abs=2)
