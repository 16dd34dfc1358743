import configparser
import os
import socket
from pathlib import Path

import pytest

from infra.local.configuration import LONGEST_SOCKET_PATH, java_options, socket_path, write_configuration
from infra.local.errors import PrerequisiteMissingError
from infra.local.programs import programs
from infra.local.settings import REPOSITORY, LocalSettings
from infra.local.stack import LocalStack
from pipelines.settings import LakeSettings
from streaming.flink.settings import FlinkJobSettings
from streaming.settings import StreamingSettings


def test_every_room_is_told_of_the_same_stack(
    settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    streaming, lake, job = StreamingSettings(), LakeSettings(), FlinkJobSettings()

    assert LocalSettings().state_dir == settings.state_dir
    assert streaming.bootstrap_servers == f"127.0.0.1:{settings.kafka_port}"
    assert streaming.flink_rest_url == settings.flink_url
    assert streaming.receipts_dir == lake.receipts_dir
    assert str(lake.catalog_path) in job.catalog_uri
    assert lake.warehouse_uri == job.warehouse
    assert lake.catalog_name == job.catalog_name


def test_the_stack_hands_the_environment_to_each_rooms_settings(settings: LocalSettings) -> None:
    stack = LocalStack(settings)
    assert stack.streaming.bootstrap_servers == settings.bootstrap_servers
    assert stack.lake.catalog_path == settings.state_dir / "catalog.db"
    assert stack.job.checkpoints_dir == settings.state_dir / "checkpoints"
    assert stack.job.parallelism == settings.parallelism


def test_a_relative_state_folder_is_in_the_repository() -> None:
    assert LocalSettings(state_dir=Path("somewhere")).state_dir == REPOSITORY / "somewhere"


def test_a_long_state_path_gets_a_short_socket_that_everyone_finds(tmp_path: Path) -> None:
    short = Path("/tmp/state")
    assert socket_path(short) == short / "supervisor.sock"

    long = tmp_path / ("deep" * 30)
    path = socket_path(long)
    assert path == socket_path(long)
    assert path != socket_path(long / "er")
    assert len(os.fsencode(path)) <= LONGEST_SOCKET_PATH
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    path.unlink()


def test_the_stock_java_options_are_kept(settings: LocalSettings) -> None:
    write_configuration(settings)
    stock = (settings.flink_home / "conf" / "config.yaml").read_text()
    ours = (settings.config_dir / "flink" / "config.yaml").read_text()

    assert java_options(stock).count("--add-opens") > 10
    assert f"env.java.opts.all: {java_options(stock)}\n" in ours


def test_a_foreign_flink_is_refused() -> None:
    with pytest.raises(PrerequisiteMissingError, match=r"no env\.java\.opts\.all"):
        java_options("jobmanager:\n  bind-host: localhost\n")


def test_configuration_has_the_ports_of_the_settings(settings: LocalSettings) -> None:
    write_configuration(settings)

    kafka = (settings.config_dir / "server.properties").read_text()
    assert f"listeners=PLAINTEXT://127.0.0.1:{settings.kafka_port}," in kafka
    assert f"CONTROLLER://127.0.0.1:{settings.kafka_controller_port}\n" in kafka
    flink = (settings.config_dir / "flink" / "config.yaml").read_text()
    assert f"rest.port: {settings.flink_rest_port}\n" in flink
    assert f"jobmanager.rpc.port: {settings.flink_rpc_port}\n" in flink


@pytest.mark.spec("E5")
def test_the_cluster_has_as_many_slots_as_the_job_needs(settings: LocalSettings) -> None:
    write_configuration(settings)
    flink = (settings.config_dir / "flink" / "config.yaml").read_text()
    assert f"taskmanager.numberOfTaskSlots: {LocalStack(settings).job.parallelism}\n" in flink


def test_every_program_is_under_the_supervisor_and_starts_when_told(settings: LocalSettings) -> None:
    write_configuration(settings)
    parser = configparser.RawConfigParser()
    parser.read(settings.config_dir / "supervisord.conf")

    for program in programs(settings):
        section = f"program:{program.name}"
        assert parser.get(section, "command") == program.command
        assert parser.get(section, "autostart") == "false"
        assert parser.get(section, "autorestart") == "true"
        assert parser.get(section, "killasgroup") == "true"
    assert len(parser.sections()) == 3 + len(programs(settings))
