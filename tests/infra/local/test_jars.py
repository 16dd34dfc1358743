import shutil
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from infra.local.errors import JarsError, PrerequisiteMissingError
from infra.local.jars import POMS, fetch_jars, fingerprint


@pytest.fixture
def poms(tmp_path: Path) -> Path:
    """Poms that ask for nothing: Maven reads them and fetches no jar."""
    folder = tmp_path / "poms"
    shutil.copytree(POMS, folder)
    for pom in folder.glob("*/pom.xml"):
        text = pom.read_text()
        start, end = text.index("<dependencies>"), text.index("</dependencies>")
        pom.write_text(text[:start] + text[end + len("</dependencies>") :])
    return folder


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def _filled(jars: Path, poms: Path) -> Path:
    jars.mkdir()
    (jars / "stamp").write_text(fingerprint(poms))
    return jars


@pytest.mark.usefixtures("no_programs")
def test_a_filled_folder_costs_nothing_and_needs_no_maven(tmp_path: Path) -> None:
    jars = _filled(tmp_path / "jars", POMS)

    started = time.process_time()
    assert fetch_jars(jars) is False
    assert time.process_time() - started < 0.1


def test_a_changed_version_makes_a_folder_stale(poms: Path) -> None:
    before = fingerprint(poms)
    pom = poms / "flink" / "pom.xml"
    pom.write_text(pom.read_text().replace("<version>1</version>", "<version>2</version>"))
    assert fingerprint(poms) != before


@pytest.mark.usefixtures("no_programs")
def test_without_maven_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteMissingError, match=r"Maven \(mvn\) is not on the PATH.*install Maven"):
        fetch_jars(tmp_path / "jars")


def test_a_failing_maven_leaves_no_stamp(tmp_path: Path, poms: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin" / "mvn"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho '[ERROR] Could not resolve dependencies for project x'\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/bin:/usr/bin")

    with pytest.raises(JarsError, match=r"exit 1.*Could not resolve dependencies.*reachable"):
        fetch_jars(tmp_path / "jars", poms)
    assert not (tmp_path / "jars" / "stamp").exists()


def test_every_version_is_exact_and_says_why() -> None:
    space = "{http://maven.apache.org/POM/4.0.0}"
    for module in ("broker", "flink"):
        text = (POMS / module / "pom.xml").read_text()
        dependencies = ET.fromstring(text).findall(f".//{space}dependency")
        assert dependencies
        assert text.count("<dependency>\n      <!--") == len(dependencies), "a reason for each pin"
        for dependency in dependencies:
            version = dependency.findtext(f"{space}version")
            assert version is not None
            assert version[0].isdigit()
            assert version.strip("[](),") == version
