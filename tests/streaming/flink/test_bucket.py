"""Flink SQL assigns users to the same buckets as the runtime."""

import json
import subprocess
from pathlib import Path

import pytest

from infra.local.configuration import java_options
from infra.local.prerequisites import find_java
from infra.local.settings import REPOSITORY, LocalSettings
from infra.local.stream_jar import cluster_classpath, compile_java

VECTORS = REPOSITORY / "tests" / "agent_runtime" / "experiments" / "buckets.json"
SOURCE = Path(__file__).parent / "java" / "turnstone" / "stream" / "BucketInSql.java"


@pytest.mark.spec("H1")
def test_flink_sql_finds_the_buckets_of_the_shared_vectors(tmp_path: Path) -> None:
    cases = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]
    values = ", ".join(f"({i}, {_quoted(c['salt'])}, {_quoted(c['unit'])})" for i, c in enumerate(cases))
    statement = tmp_path / "statement.sql"
    statement.write_text(f"select place, bucket(salt, unit) from (values {values}) as t (place, salt, unit)")

    printed = run_sql(statement, tmp_path)

    found = dict(map(int, line.split("\t")) for line in printed.splitlines())
    assert found == {i: case["bucket"] for i, case in enumerate(cases)}


def run_sql(statement: Path, folder: Path) -> str:
    local = LocalSettings()
    classpath = cluster_classpath(local.jars, local.flink_home)
    compile_java([SOURCE], classpath, folder)
    path = ":".join(map(str, [folder, *classpath]))
    options = java_options((local.flink_home / "conf" / "config.yaml").read_text(encoding="utf-8")).split()
    command = [find_java(), *options, "-XX:TieredStopAtLevel=1", "-cp", path, "turnstone.stream.BucketInSql"]
    done = subprocess.run([*command, str(statement)], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
