"""Prometheus' text format: spec E7."""

import re

from hypothesis import given
from hypothesis import strategies as st

from streaming.exposition import Family, Sample, exposition

_FAMILY = Family("turnstone_test", "gauge", "A test.")
_LINE = re.compile(r'turnstone_test\{label="((?:[^"\\\n]|\\["\\n])*)"\} 1')


def test_a_metric_without_values_is_announced() -> None:
    assert exposition([(_FAMILY, [])]) == "# HELP turnstone_test A test.\n# TYPE turnstone_test gauge\n"


def test_a_value_without_labels_has_no_braces() -> None:
    assert exposition([(_FAMILY, [Sample({}, 1.5)])]).endswith("\nturnstone_test 1.5\n")


@given(st.text())
def test_any_text_can_be_a_label_and_comes_back(value: str) -> None:
    line = (
        exposition([(_FAMILY, [Sample({"label": value}, 1)])]).split("\n", maxsplit=2)[2].removesuffix("\n")
    )
    match = _LINE.fullmatch(line)
    assert match is not None
    unescaped = re.sub(r"\\(.)", lambda each: {"n": "\n"}.get(each[1], each[1]), match[1])
    assert unescaped == value
