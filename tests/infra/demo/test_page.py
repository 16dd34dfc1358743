"""The page of a report, also of one with nothing in it."""

import json
import re
from math import inf
from typing import Any

import pytest

from infra.demo.page import render_page
from infra.demo.report import DemoReport, HopBucket, Stations


def _report(waterfall: list[HopBucket]) -> DemoReport:
    counted = dict.fromkeys(Stations.__struct_fields__, 0)
    return DemoReport(
        source="nothing",
        conversations=0,
        stations=Stations(**counted),
        freshness=[],
        waterfall=waterfall,
        rewards=[],
        outcomes=[],
        seconds={},
        links={},
    )


def _heatmap(page: str) -> dict[str, Any]:
    figures = re.findall(r'Plotly\.newPlot\(\s*"[^"]+",\s*(\[.*?\]),\s*\{', page, re.DOTALL)
    [heatmap] = [data[0] for data in map(json.loads, figures) if data[0]["type"] == "heatmap"]
    return dict(heatmap)


@pytest.mark.spec("E7")
def test_the_waterfall_shows_the_share_of_each_hop_in_each_bucket() -> None:
    page = render_page(
        _report(
            [
                HopBucket(hop="hand_over_to_ack", up_to_s=0.01, events=30),
                HopBucket(hop="hand_over_to_ack", up_to_s=0.05, events=10),
                HopBucket(hop="stream_to_bronze", up_to_s=0.02, events=5),
            ]
        )
    )
    shown = _heatmap(page)
    assert shown["x"] == ["10 ms", "20 ms", "50 ms"]
    assert shown["y"] == ["hand over to ack", "stream to bronze"]
    assert shown["z"] == [[0.75, 0, 0.25], [0, 1, 0]]
    assert shown["customdata"] == [[30, 0, 10], [0, 5, 0]]


@pytest.mark.spec("E7")
def test_durations_are_told_in_units_that_people_read() -> None:
    edges = (0.0, 2e-3, 5.0, 5e4, 5e7, inf)
    page = render_page(_report([HopBucket(hop="hop", up_to_s=edge, events=1) for edge in edges]))
    assert {"0 ms", "2 ms", "5 s", "50000 s", "579 d", "more"} <= set(_heatmap(page)["x"])


def test_a_report_of_nothing_is_a_page() -> None:
    assert "The way of an event" in render_page(_report([]))
