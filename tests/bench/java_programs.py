"""The Java programs of the benchmarks, compiled once a process against the jars of the cluster."""

import atexit
import os
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from infra.local.configuration import java_options
from infra.local.prerequisites import find_java
from infra.local.settings import LocalSettings
from infra.local.stream_jar import cluster_classpath, compile_java
from tests.bench.record import REPOSITORY

_SOURCES: Final = REPOSITORY / "tests" / "bench" / "java"


def output_of(program: str, heap: str, arguments: Iterable[object], folder: Path) -> list[str]:
    """Runs a program of ``turnstone.stream`` in a folder, with so much heap; returns its lines."""
    local = LocalSettings()
    stock = (local.flink_home / "conf" / "config.yaml").read_text(encoding="utf-8")
    command = [
        *(find_java(), *java_options(stock).split(), f"-Xmx{heap}"),
        *("-cp", os.pathsep.join(map(str, _classpath())), f"turnstone.stream.{program}"),
        *map(str, arguments),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@cache
def _classpath() -> list[Path]:
    local = LocalSettings()
    classpath = cluster_classpath(local.jars, local.flink_home)
    classes = tempfile.TemporaryDirectory(prefix="turnstone-bench-")
    atexit.register(classes.cleanup)
    compile_java(sorted(_SOURCES.rglob("*.java")), classpath, Path(classes.name))
    return [Path(classes.name), *classpath]
