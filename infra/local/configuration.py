"""Writes the configuration of every program into the state folder."""

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.local.errors import PrerequisiteMissingError
from infra.local.programs import programs
from infra.local.settings import REPOSITORY, LocalSettings

LONGEST_SOCKET_PATH: Final = 100
"""Bytes; the kernel takes 107, and supervisord binds to a name some bytes longer first."""

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 - configuration files, not pages
)


def socket_path(state_dir: Path) -> Path:
    """Where the supervisor listens: in the state folder, or, where that path is too long, a short one.

    The short one depends on the state folder alone, so that every process finds it.
    """
    path = state_dir / "supervisor.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(state_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"turnstone-{os.getuid()}-{digest}.sock"


def write_configuration(settings: LocalSettings) -> None:
    """Renders all templates for a stack, and makes the folders that they name."""
    flink = settings.config_dir / "flink"
    shutil.rmtree(settings.state_dir / "tmp", ignore_errors=True)  # what a killed process left
    for folder in (flink, settings.logs_dir / "flink", settings.state_dir / "tmp", settings.dagster_home):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("pids", "checkpoints", "session-checkpoints", "receipts", "warehouse"):
        (settings.state_dir / name).mkdir(exist_ok=True)
    values = _values(settings)
    _write("server.properties", settings.config_dir, values)
    _write("supervisord.conf", settings.config_dir, values)
    _write("config.yaml", flink, values)
    _write("log4j-console.properties", flink, values)
    shutil.copy(settings.flink_home / "conf" / "log4j-cli.properties", flink)


def java_options(stock_config: str) -> str:
    """The value of ``env.java.opts.all`` in the stock ``config.yaml`` of Flink's distribution.

    Raises:
        PrerequisiteMissingError: It has none: this is not the Flink that we know.
    """
    match = re.search(r"^\s+all:\s*(--add-\S.*)$", stock_config, re.MULTILINE)
    if match is None:
        raise PrerequisiteMissingError(
            "Flink's own config.yaml has no env.java.opts.all; is PyFlink's environment another version? "
            "Run `make setup`"
        )
    return match[1].strip()


def _values(settings: LocalSettings) -> dict[str, Any]:
    stock = (settings.flink_home / "conf" / "config.yaml").read_text(encoding="utf-8")
    return {
        **settings.model_dump(),
        "java_options": java_options(stock),
        "logs_dir": settings.logs_dir,
        "programs": programs(settings),
        "repository": REPOSITORY,
        "slots": settings.slots,
        "socket": socket_path(settings.state_dir),
    }


def _write(name: str, folder: Path, values: dict[str, Any]) -> None:
    text = _templates.get_template(f"{name}.j2").render(values)
    (folder / name).write_text(text, encoding="utf-8")
