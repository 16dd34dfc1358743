"""The property files of a Kafka Connect worker and of the Iceberg sink in it."""

from pathlib import Path
from typing import Final

from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings
from tests.bench.peers.measured import COMMIT_INTERVAL_S, WORKERS

_BYTES: Final = "org.apache.kafka.connect.converters.ByteArrayConverter"
_TRANSFORMS: Final = "org.apache.kafka.connect.transforms"


def worker_properties(streaming: StreamingSettings, port: int, plugins: Path, folder: Path) -> dict[str, str]:
    """Settings of a standalone worker.

    Args:
        streaming: Where the broker is.
        port: Of its REST interface.
        plugins: A folder with one folder a plugin.
        folder: Where it keeps its state.
    """
    return {
        "bootstrap.servers": streaming.bootstrap_servers,
        "listeners": f"http://127.0.0.1:{port}",
        "key.converter": _BYTES,
        "value.converter": _BYTES,
        "offset.storage.file.filename": str(folder / "offsets"),
        # At the end of a topic a task sleeps that long, deaf to the sink's coordinator.
        "offset.flush.interval.ms": "1000",
        "plugin.path": str(plugins),
        "plugin.discovery": "service_load",
    }


def sink_properties(
    name: str, lake: LakeSettings, streaming: StreamingSettings, table: str, control_topic: str
) -> dict[str, str]:
    """Settings of the sink: every record's bytes and coordinates into a table of our catalog.

    Raises:
        ValueError: The catalog is not on SQLite.
    """
    if lake.catalog_path is None:
        raise ValueError(f"the peer runs on a SQLite catalog, not on {lake.catalog_url.get_backend_name()}")
    return {
        "name": name,
        "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
        "tasks.max": str(WORKERS),
        "topics": streaming.topic,
        "consumer.override.auto.offset.reset": "earliest",
        "iceberg.tables": table,
        "iceberg.control.topic": control_topic,
        "iceberg.control.commit.interval-ms": f"{COMMIT_INTERVAL_S * 1000:.0f}",
        "iceberg.kafka.bootstrap.servers": streaming.bootstrap_servers,
        "iceberg.catalog": lake.catalog_name,
        "iceberg.catalog.catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
        "iceberg.catalog.jdbc.schema-version": "V1",
        "iceberg.catalog.uri": f"jdbc:sqlite:{lake.catalog_path}?journal_mode=WAL&busy_timeout=60000",
        "iceberg.catalog.warehouse": lake.warehouse_uri,
        **_BYTES_TO_COLUMNS,
    }


def as_properties(settings: dict[str, str]) -> str:
    """Settings as the text of a Java properties file."""
    return "".join(f"{key}={value}\n" for key, value in settings.items())


_BYTES_TO_COLUMNS: Final = {
    "transforms": "wrap,locate",
    "transforms.wrap.type": f"{_TRANSFORMS}.HoistField$Value",
    "transforms.wrap.field": "record_value",
    "transforms.locate.type": f"{_TRANSFORMS}.InsertField$Value",
    "transforms.locate.topic.field": "topic",
    "transforms.locate.partition.field": "kafka_partition",
    "transforms.locate.offset.field": "kafka_offset",
    "transforms.locate.timestamp.field": "broker_time",
}
