"""Compiles what the stream job runs for each record, against the very jars that it will run with."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from infra.local.errors import JarsError, PrerequisiteMissingError
from infra.local.prerequisites import find_java
from infra.local.settings import REPOSITORY

SOURCES: Final = REPOSITORY / "streaming" / "flink" / "java"
NAME: Final = "turnstone-stream.jar"
_OPTIONS: Final = ("--release", "17", "-Xlint:all,-processing,-serial,-classfile", "-Werror")


def build_stream_jar(jars_dir: Path, flink_home: Path, sources: Path = SOURCES) -> bool:
    """Puts the stream job's jar beside the jars of the cluster.

    Args:
        jars_dir: Folder of the jars; ``flink`` in it must be filled.
        flink_home: Flink's distribution.
        sources: Root of the Java sources.

    Returns:
        Whether it was compiled; False where the jar is of these sources and jars already.

    Raises:
        PrerequisiteMissingError: There is no Java compiler.
        JarsError: The sources do not compile.
    """
    folder = jars_dir / "flink"
    jar, stamp = folder / NAME, folder / f"{NAME}.sha256"
    classpath = [*sorted((flink_home / "lib").glob("*.jar")), *sorted(folder.glob("*.jar"))]
    classpath = [path for path in classpath if path != jar]
    files = sorted(sources.rglob("*.java"))
    wanted = _fingerprint(files, classpath)
    if jar.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        classes = Path(temporary) / "classes"
        _compile(files, classpath, classes)
        made = Path(temporary) / NAME
        _pack(classes, made)
        made.replace(jar)  # a cluster that runs keeps the one that it has opened
    stamp.write_text(wanted, encoding="utf-8")
    return True


def _fingerprint(files: list[Path], classpath: list[Path]) -> str:
    digest = hashlib.sha256("\n".join(path.name for path in classpath).encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _compile(files: list[Path], classpath: list[Path], classes: Path) -> None:
    compiler = Path(find_java()).with_name("javac")
    found = str(compiler) if compiler.exists() else shutil.which("javac")
    if found is None:
        raise PrerequisiteMissingError(
            f"{compiler} is missing: this is a Java without its compiler; install a JDK 17 "
            "(Debian: apt-get install openjdk-17-jdk-headless)"
        )
    path = os.pathsep.join(map(str, classpath))
    done = subprocess.run(
        [found, *_OPTIONS, "-d", str(classes), "-cp", path, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise JarsError(f"the stream job does not compile: {done.stderr.strip()[-2000:]}")


def _pack(classes: Path, jar: Path) -> None:
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(classes.rglob("*.class")):
            archive.write(path, path.relative_to(classes).as_posix())
