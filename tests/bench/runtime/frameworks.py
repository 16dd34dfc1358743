"""The same conversations in other runtimes, in the same run."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.bench.record import REPOSITORY

PYTHON: Final = REPOSITORY / ".peers" / "frameworks" / "bin" / "python"
WORKER: Final = Path(__file__).parent / "frameworks_worker.py"
NAMES: Final = ("openai-agents", "LangGraph", "pydantic-ai", "smolagents")
_LIMIT_S: Final = 300


def step_ms_of_frameworks(lengths: Sequence[int]) -> dict[str, dict[str, float]]:
    """Milliseconds a step by framework and length; empty, with a message, where they are not set up."""
    if not PYTHON.exists():
        sys.stderr.write(f"{PYTHON.relative_to(REPOSITORY)} is not there: run `make frameworks` first\n")
        return {}
    return {name: _measured(name, lengths) for name in NAMES}


def _measured(name: str, lengths: Sequence[int]) -> dict[str, float]:
    run = subprocess.run(
        [PYTHON, WORKER, name, *map(str, lengths)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
    )
    if run.returncode != 0:
        message = f"{name}: {run.stderr[-2_000:]}"
        raise RuntimeError(message)
    return msgspec.json.decode(run.stdout, type=dict[str, float])
