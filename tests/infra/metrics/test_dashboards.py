"""Dashboard, alerts and page of documentation speak of the metrics that there are: spec E7."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.local.settings import REPOSITORY, LocalSettings
from infra.metrics.families import measured, metrics_page
from streaming.flink.settings import FlinkJobSettings
from tests.infra.metrics.made import full_backbone
from tests.infra.metrics.page import scrape

_METRIC = re.compile(r"\bturnstone_[a-z_]+\b")
_LABELS_USED = re.compile(r"(?:by|on) \(([^)]*)\)|\{([^}]*)\}")
_DASHBOARD = REPOSITORY / "infra" / "grafana" / "backbone.json"
_PROMETHEUS = REPOSITORY / "infra" / "prometheus"


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def _alerts() -> list[dict[str, Any]]:
    return [rule for group in _yaml(_PROMETHEUS / "alerts.yml")["groups"] for rule in group["rules"]]


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in json.loads(_DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def _questions() -> Iterator[tuple[str, str, str]]:
    """What is asked, where, and the text that is made of the answer."""
    for panel in _panels():
        for target in panel["targets"]:
            yield f"panel {panel['title']}", target["expr"], target["legendFormat"]
    for rule in _alerts():
        yield f"alert {rule['alert']}", rule["expr"], rule["annotations"]["summary"]


@pytest.mark.spec("E7")
def test_every_metric_that_dashboard_and_alerts_ask_for_is_emitted() -> None:
    emitted = {each.name for each in scrape(metrics_page(full_backbone()))}
    for where, asked, _ in _questions():
        names = set(_METRIC.findall(asked))
        assert names, f"{where} asks for nothing"
        assert names <= emitted, f"{where}: {names - emitted} is never emitted"


@pytest.mark.spec("E7")
def test_every_label_that_dashboard_and_alerts_use_is_there() -> None:
    labels = {each.name: set(each.labels) for each in scrape(metrics_page(full_backbone()))}
    for where, asked, text in _questions():
        known = set.union(*(labels[name] for name in _METRIC.findall(asked)))
        used = set(re.findall(r"\{\{ ?(?:\$labels\.)?(\w+) ?\}\}", text))
        for grouped, matched in _LABELS_USED.findall(asked):
            used |= set(re.findall(r"\w+", grouped)) | set(re.findall(r"(\w+)[=!]", matched))
        assert used <= known, f"{where}: no label {used - known}"


def test_every_metric_has_a_place_on_the_dashboard_and_in_the_documentation() -> None:
    names = {family.name for family, _ in measured(full_backbone())}
    shown = {
        name for panel in _panels() for each in panel["targets"] for name in _METRIC.findall(each["expr"])
    }
    documented = set(_METRIC.findall((REPOSITORY / "docs" / "metrics.md").read_text()))
    assert shown == names
    assert documented == names


def test_panels_do_not_overlap_and_have_a_source() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(_DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in _panels())


def test_every_alert_is_explained() -> None:
    page = (REPOSITORY / "docs" / "metrics.md").read_text()
    for rule in _alerts():
        assert f"`{rule['alert']}`" in page
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_prometheus_scrapes_where_the_command_serves_and_reads_the_alerts() -> None:
    configured = _yaml(_PROMETHEUS / "prometheus.yml")
    (job,) = configured["scrape_configs"]
    default = LocalSettings.model_fields
    assert job["static_configs"][0]["targets"] == [
        f"{default['host'].default}:{default['metrics_port'].default}"
    ]
    assert job["honor_labels"], "or `job` would be the scrape's name"
    assert configured["rule_files"] == ["alerts.yml"]


def test_a_checkpoint_is_too_old_for_the_alert_when_it_is_for_the_status() -> None:
    (rule,) = [rule for rule in _alerts() if rule["alert"] == "CheckpointTooOld"]
    interval = LocalSettings.model_fields["checkpoint_interval_s"].default
    oldest = FlinkJobSettings(checkpoint_interval_s=interval).oldest_checkpoint_s
    assert rule["expr"] == f"turnstone_stream_checkpoint_age_seconds > {oldest:g}"
