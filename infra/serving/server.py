"""Starts vLLM with the model that ships in a package, and waits for it (spec A10, L1)."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx

from infra.serving.errors import ServerStoppedError, ServerTimeoutError, ServingMissingError
from infra.serving.settings import MODEL, ServingSettings

SHUTDOWN_S: Final = 20.0


def require_installed(settings: ServingSettings) -> None:
    """Checks that vLLM and the model are there.

    Raises:
        ServingMissingError: They are not; says what to do.
    """
    if not (settings.model_folder / "config.json").is_file():
        raise ServingMissingError(
            f"no model server at {settings.venv}: `make serve` installs vLLM and a model of 135 million "
            "parameters there (5 GB), or set TURNSTONE_SERVING_VENV"
        )


def command(settings: ServingSettings) -> list[str]:
    """Starts the server."""
    return [
        str(settings.python),
        *("-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(settings.model_folder), "--served-model-name", MODEL),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--dtype", "bfloat16", "--max-model-len", str(settings.context_tokens)),
        "--enforce-eager",  # nothing is compiled: on a CPU it costs minutes and wins little
    ]


def environment(settings: ServingSettings) -> dict[str, str]:
    """The server's environment: nothing is fetched, nothing is told to anybody."""
    return os.environ | {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": str(settings.kv_cache_gib),
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
    }


def serve(settings: ServingSettings) -> None:
    """Becomes the server: this process does not come back.

    Raises:
        ServingMissingError: It is not installed.
    """
    require_installed(settings)
    os.execve(settings.python, command(settings), environment(settings))  # noqa: S606 - our own server


def is_healthy(settings: ServingSettings) -> bool:
    """Whether a server answers there."""
    try:
        return httpx.get(f"{settings.root_url}/health", timeout=2.0, trust_env=False).is_success
    except httpx.TransportError:
        return False


@contextmanager
def running_server(settings: ServingSettings, log: Path) -> Iterator[None]:
    """A server while it is used; it is stopped with all its processes.

    Args:
        settings: Where it listens.
        log: The file that takes what it says.

    Raises:
        ServingMissingError: It is not installed.
        ServerStoppedError: It ended by itself.
        ServerTimeoutError: It did not become healthy in time.
    """
    require_installed(settings)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_leash(), *command(settings)],
            env=environment(settings),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait(settings, process, log)
        yield
    finally:
        _stop(process)


def _leash() -> list[str]:
    """What makes the kernel end the server when this process is killed, where there is such a thing."""
    return ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []


def _wait(settings: ServingSettings, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + settings.start_timeout_s
    while not is_healthy(settings):
        if process.poll() is not None:
            said = log.read_text(errors="replace")[-1_000:]
            raise ServerStoppedError(f"the model server ended with {process.returncode}; see {log}: {said}")
        if time.monotonic() > deadline:
            raise ServerTimeoutError(
                f"the model server was not healthy in {settings.start_timeout_s:g} s; see {log}, or raise "
                "TURNSTONE_SERVING_START_TIMEOUT_S"
            )
        time.sleep(0.5)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(SHUTDOWN_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its engine and workers, where some are left
    process.wait()
