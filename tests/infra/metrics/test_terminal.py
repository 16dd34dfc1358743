"""The screen that people watch."""

import json
from io import StringIO

import msgspec
from rich.console import Console

from infra.metrics.backbone import Backbone
from infra.metrics.document import document
from infra.metrics.rates import Rates
from infra.metrics.terminal import screen
from tests.infra.metrics.made import NOW, full_backbone, silent_backbone


def _shown(backbone: Backbone, rates: Rates | None = None) -> str:
    console = Console(file=StringIO(), width=140)
    console.print(screen(backbone, rates or Rates(), checkpoint_limit_s=90))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return str(text)


def test_the_screen_has_what_backpressure_is_told_by() -> None:
    text = _shown(full_backbone())
    for expected in ("50 %", "msg_received 2", "lost 60 s ago", "100", "450", "90 %", "12.5 s", "1.2 MB"):
        assert expected in text
    assert max(len(line) for line in text.splitlines()) <= 140


def test_the_screen_of_a_silent_backbone_says_what_is_silent() -> None:
    text = _shown(silent_backbone())
    assert "does not answer" in text
    assert "no producer has run" in text


def test_a_lag_that_grows_says_how_fast() -> None:
    rates, backbone = Rates(), full_backbone()
    rates.observe(backbone)
    (stream,) = backbone.streams
    behind = [msgspec.structs.replace(lag, unread=lag.unread + 100, end=lag.end + 250) for lag in stream.lags]
    later = msgspec.structs.replace(
        backbone, at=NOW + 2, streams=[msgspec.structs.replace(stream, lags=behind)]
    )
    rates.observe(later)
    assert rates.per_second("agent.events/0") == 125
    assert rates.per_second("read a-job") == 150
    assert "300 (+100/s)" in _shown(later, rates)


def test_the_document_has_the_sums_beside_the_parts() -> None:
    told = json.loads(document(full_backbone()))
    (stream,) = told["streams"]
    assert (stream["unread"], stream["uncommitted"]) == (100, 450)
    assert (stream["checkpoint_age_s"], stream["watermark_delay_s"]) == (4, 12.5)
    assert stream["load"]["tasks"][0]["busy_ms_per_second"] == 900
    assert [each["presence"] for each in told["producers"]] == ["running", "ended", "lost"]
    assert json.loads(document(silent_backbone()))["streams"][0]["unread"] is None
