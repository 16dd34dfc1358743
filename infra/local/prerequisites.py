"""What must be on the machine before the stack can start."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.local.errors import PrerequisiteMissingError
from infra.local.settings import LocalSettings

OLDEST_JDK: Final = 17
_INSTALL_JDK: Final = f"install JDK {OLDEST_JDK} (Debian: apt-get install openjdk-17-jdk-headless)"


def require_all(settings: LocalSettings) -> None:
    """Checks Java and PyFlink's environment.

    Raises:
        PrerequisiteMissingError: Something is missing or too old; says what to do.
    """
    require_jdk()
    require_flink(settings)


def require_jdk(environment: Mapping[str, str] = os.environ) -> int:
    """The major version of the Java that the stack will use.

    Args:
        environment: Where ``JAVA_HOME`` and ``PATH`` are read; ``JAVA_HOME`` wins, as for Flink.

    Raises:
        PrerequisiteMissingError: There is none, or it is older than 17.
    """
    java = find_java(environment)
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = java_major(answer)
    if version is None:
        raise PrerequisiteMissingError(f"{java} -version says {answer.strip()[:200]!r}; {_INSTALL_JDK}")
    if version < OLDEST_JDK:
        raise PrerequisiteMissingError(
            f"{java} is Java {version}; Kafka and Flink need {OLDEST_JDK} or newer: {_INSTALL_JDK}, "
            "or point JAVA_HOME at one"
        )
    return version


def find_java(environment: Mapping[str, str] = os.environ) -> str:
    """The ``java`` of ``JAVA_HOME``, else of ``PATH``.

    Raises:
        PrerequisiteMissingError: There is none.
    """
    home = environment.get("JAVA_HOME")
    if home:
        java = Path(home) / "bin" / "java"
        if not java.exists():
            raise PrerequisiteMissingError(f"JAVA_HOME is {home}, which has no bin/java: {_INSTALL_JDK}")
        return str(java)
    found = shutil.which("java", path=environment.get("PATH"))
    if found is None:
        raise PrerequisiteMissingError(f"no java on the PATH and no JAVA_HOME: {_INSTALL_JDK}")
    return found


def java_major(answer: str) -> int | None:
    """The major version in what ``java -version`` prints; 8 for the old form ``1.8``."""
    match = re.search(r'version "(?:1\.)?(\d+)', answer)
    return int(match[1]) if match else None


def require_flink(settings: LocalSettings) -> None:
    """Checks that PyFlink's environment is there.

    Raises:
        PrerequisiteMissingError: It is not.
    """
    script = settings.flink_home / "bin" / "jobmanager.sh"
    if not script.exists():
        raise PrerequisiteMissingError(
            f"PyFlink's environment is not at {settings.flink_venv} ({script} is missing): run `make setup`, "
            "or set TURNSTONE_LOCAL_FLINK_VENV"
        )
