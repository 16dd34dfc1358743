"""The backbone's state as Prometheus sees it: spec E7."""

import pytest

from infra.metrics.families import measured, metrics_page
from tests.infra.metrics.made import JOB, full_backbone, silent_backbone
from tests.infra.metrics.page import scrape, values


@pytest.mark.spec("E7")
def test_lag_buffer_drops_and_watermark_delay_are_told() -> None:
    page = metrics_page(full_backbone())
    assert values(page, "turnstone_stream_unread_records", job=JOB) == [100, 0]
    assert values(page, "turnstone_stream_uncommitted_records", partition="0") == [400]
    assert values(page, "turnstone_producer_buffer_fill_ratio", producer="runs") == [0.5]
    assert values(page, "turnstone_producer_events_dropped_total", producer="runs", type="msg_received") == [
        2
    ]
    assert values(page, "turnstone_stream_watermark_delay_seconds", job=JOB) == [12.5]


def test_units_are_seconds_bytes_and_shares() -> None:
    page = metrics_page(full_backbone())
    told = {each.name.removeprefix("turnstone_stream_"): each.value for each in scrape(page)}
    assert told["busy_ratio"] == 0.9
    assert told["backpressured_ratio"] == 0.25
    assert told["checkpoint_age_seconds"] == 4
    assert told["checkpoint_duration_seconds"] == 0.31
    assert told["checkpoint_size_bytes"] == 1_200_000
    assert told["uptime_seconds"] == 3_600


def test_of_a_producer_that_is_gone_only_what_it_counted_is_told() -> None:
    page = metrics_page(full_backbone())
    presence = {
        each.labels["producer"]: each.value
        for each in scrape(page)
        if each.name.endswith("_up") and "producer" in each.labels
    }
    assert presence == {"runs": 1, "over": 0, "gone": -1}
    assert len(values(page, "turnstone_producer_events_acked_total")) == 3
    assert len(values(page, "turnstone_producer_events_in_flight")) == 1


def test_what_does_not_answer_is_down_and_has_no_values() -> None:
    page = metrics_page(silent_backbone())
    assert [(each.name, each.value) for each in scrape(page)] == [
        ("turnstone_broker_up", 0),
        ("turnstone_stream_up", 0),
    ]


def test_every_metric_is_announced_once_with_its_kind_whatever_is_known() -> None:
    for backbone in (full_backbone(), silent_backbone()):
        names = [family.name for family, _ in measured(backbone)]
        assert len(names) == len(set(names))
        for family, samples in measured(backbone):
            assert (family.kind == "counter") == family.name.endswith("_total"), family.name
            assert len({tuple(sorted(sample.labels.items())) for sample in samples}) == len(samples)


def test_all_of_a_full_backbone_has_values() -> None:
    assert [family.name for family, samples in measured(full_backbone()) if not samples] == []
