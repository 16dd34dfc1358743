"""Fetches the jars of the stack with Maven, once."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from infra.local.errors import JarsError, PrerequisiteMissingError

POMS: Final = Path(__file__).parent / "jars"


def fetch_jars(jars_dir: Path, poms: Path = POMS) -> bool:
    """Fills a folder with the jars that the poms name, one folder a module.

    Args:
        jars_dir: Where the jars go.
        poms: The aggregating ``pom.xml`` and its modules.

    Returns:
        Whether anything was fetched; False where the folder already answers these poms.

    Raises:
        PrerequisiteMissingError: Maven is not installed.
        JarsError: Maven failed.
    """
    stamp = jars_dir / "stamp"
    wanted = fingerprint(poms)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    if shutil.which("mvn") is None:
        raise PrerequisiteMissingError(
            f"Maven (mvn) is not on the PATH, and {jars_dir} lacks the jars of the stack; "
            "install Maven 3.8 or newer (Debian: apt-get install maven)"
        )
    shutil.rmtree(jars_dir, ignore_errors=True)
    jars_dir.mkdir(parents=True)
    _copy_dependencies(poms, jars_dir)
    stamp.write_text(wanted, encoding="utf-8")
    return True


def fingerprint(poms: Path) -> str:
    """The SHA-256 of all poms, by which a filled folder is told from a stale one."""
    digest = hashlib.sha256()
    for pom in sorted(poms.rglob("pom.xml")):
        digest.update(pom.read_bytes())
    return digest.hexdigest()


def _copy_dependencies(poms: Path, jars_dir: Path) -> None:
    run = subprocess.run(
        [
            "mvn",
            "--batch-mode",
            "--quiet",
            "--no-transfer-progress",
            f"--file={poms / 'pom.xml'}",
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={jars_dir}/${{project.artifactId}}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        reasons = [line for line in (run.stdout + run.stderr).splitlines() if "ERROR" in line]
        raise JarsError(
            f"Maven could not fetch the jars of {poms / 'pom.xml'} (exit {run.returncode}): "
            f"{' '.join(reasons[:2]) or 'no reason given'}; is the artifact repository reachable?"
        )
