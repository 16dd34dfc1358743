"""What the stream job makes of records, asked of its own Java code without a cluster."""

import base64
import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from infra.local.prerequisites import find_java
from infra.local.settings import LocalSettings
from streaming.flink.settings import FlinkJobSettings
from streaming.settings import StreamingSettings
from tests.stack import RawRecord


class Judge:
    """A running ``turnstone.stream.Judge``."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, record: RawRecord) -> dict[str, Any]:
        """The reason why a record is no event, or its columns in silver."""
        assert self._process.stdin
        assert self._process.stdout
        asked = {
            "headers": [[name, _base64(value)] for name, value in record.headers],
            "value": _base64(record.value),
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def judge() -> Iterator[Judge]:
    """Starts one; it ends with the block."""
    settings = LocalSettings()
    jars = [settings.flink_home / "lib" / "*", settings.jars / "flink" / "*"]
    command = [find_java(), "-XX:TieredStopAtLevel=1", "-cp", _path(jars), "turnstone.stream.Judge"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin
    process.stdin.write(FlinkJobSettings().job_spec(StreamingSettings()).to_json() + "\n")
    try:
        yield Judge(process)
    finally:
        process.communicate()


def _path(parts: Iterable[object]) -> str:
    return ":".join(map(str, parts))


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
