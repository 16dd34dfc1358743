from pathlib import Path

import pytest

from infra.local.ports import free_ports
from infra.local.settings import LocalSettings


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    """A stack that never runs, on free ports."""
    kafka, controller, rest, rpc, dagster = free_ports(5)
    return LocalSettings(
        state_dir=tmp_path / "state",
        jars_dir=tmp_path / "jars",
        kafka_port=kafka,
        kafka_controller_port=controller,
        flink_rest_port=rest,
        flink_rpc_port=rpc,
        dagster_port=dagster,
    )
