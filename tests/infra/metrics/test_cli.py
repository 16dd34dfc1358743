"""The command, where nothing runs; the real stack is in test_backbone."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.metrics.cli import app


@pytest.fixture(autouse=True)
def _nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNSTONE_STREAMING_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("TURNSTONE_STREAMING_FLINK_REST_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("TURNSTONE_STREAMING_METRICS_DIR", str(tmp_path / "metrics"))


def test_a_look_at_nothing_says_what_is_silent() -> None:
    result = CliRunner().invoke(app, ["--once"])
    assert result.exit_code == 0
    assert "http://127.0.0.1:1 does not answer" in result.output


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["--prometheus", "--port", str(port)])
    assert result.exit_code == 1
    assert f"port {port} of 127.0.0.1" in result.output
    assert "--port" in result.output
