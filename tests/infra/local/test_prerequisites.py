from pathlib import Path

import pytest

from infra.local.errors import PrerequisiteMissingError
from infra.local.prerequisites import java_major, require_flink, require_jdk
from infra.local.settings import LocalSettings


def fake_java(folder: Path, version: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{version}' >&2\n")
    java.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("answer", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("command not found", None),
    ],
)
def test_the_major_version_is_read_from_what_java_prints(answer: str, major: int | None) -> None:
    assert java_major(answer) == major


def test_without_java_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(
        PrerequisiteMissingError, match=r"no java on the PATH and no JAVA_HOME: install JDK 17"
    ):
        require_jdk({"PATH": str(tmp_path)})


def test_an_old_java_is_refused_by_its_version(tmp_path: Path) -> None:
    home = fake_java(tmp_path, 'openjdk version "11.0.2" 2019-01-15')
    with pytest.raises(PrerequisiteMissingError, match=r"is Java 11; Kafka and Flink need 17 or newer"):
        require_jdk({"JAVA_HOME": str(home)})


def test_a_java_home_without_java_is_named(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteMissingError, match=rf"JAVA_HOME is {tmp_path}, which has no bin/java"):
        require_jdk({"JAVA_HOME": str(tmp_path)})


def test_java_home_wins_over_the_path(tmp_path: Path) -> None:
    new = fake_java(tmp_path / "new", 'openjdk version "21.0.1"')
    old = fake_java(tmp_path / "old", 'openjdk version "11.0.2"')
    assert require_jdk({"JAVA_HOME": str(new), "PATH": str(old / "bin")}) == 21


def test_without_the_flink_environment_the_error_says_how_to_make_it(tmp_path: Path) -> None:
    settings = LocalSettings(flink_venv=tmp_path / "nothing")
    with pytest.raises(PrerequisiteMissingError, match=r"run `make setup`"):
        require_flink(settings)
