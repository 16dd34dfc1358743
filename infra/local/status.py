"""What runs, where, and how healthy it is: the rows of ``make status``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from infra.local import programs
from infra.local.probes import Health, Probes
from infra.local.settings import LocalSettings
from infra.local.supervisor import ProcessInfo

NOT_RUNNING = "not running"


@dataclass(frozen=True)
class ProgramStatus:
    """One row: a program of the stack, or the catalog, which is a file.

    Attributes:
        program: Its name.
        state: The supervisor's word, lower case, or "not running".
        address: Where it can be reached.
        healthy: What its probe found; False where it does not run.
        detail: The same in words.
        pid: Its process, None where there is none.
        uptime_s: Seconds since its start, None where it does not run.
    """

    program: str
    state: str
    address: str
    healthy: bool
    detail: str
    pid: int | None
    uptime_s: float | None


def describe(
    settings: LocalSettings, probes: Probes, processes: dict[str, ProcessInfo], now: float
) -> list[ProgramStatus]:
    """All rows, the stream first; programs that run on request only if they run.

    Args:
        settings: Ports and folders.
        probes: The probes to ask.
        processes: What the supervisor says; empty where it does not run.
        now: Seconds since the epoch.
    """
    parts: dict[str, tuple[str, Callable[[], Health] | None]] = {
        programs.KAFKA: (settings.bootstrap_servers, probes.broker),
        programs.JOB_MANAGER: (settings.flink_url, probes.job_manager),
        programs.TASK_MANAGER: ("", probes.task_manager),
        programs.JOB: (f"{settings.flink_url}/#/job/running", probes.job),
        programs.SESSIONS: (f"{settings.flink_url}/#/job/running", probes.sessions),
        programs.DBT_SERVER: ("", None),
        programs.DAGSTER_WEBSERVER: (settings.dagster_url, probes.dagster),
        programs.DAGSTER_DAEMON: ("", None),
    }
    shown = [name for name in parts if name in programs.STREAM or (name in processes and processes[name].pid)]
    with ThreadPoolExecutor(len(shown) + 1) as pool:
        catalog = pool.submit(probes.catalog)
        rows = list(pool.map(lambda name: _row(name, *parts[name], processes.get(name), now), shown))
    health = catalog.result()
    file = ProgramStatus("catalog", "file", str(settings.state_dir / "catalog.db"), *health, None, None)
    return [*rows, file]


def _row(
    name: str, address: str, probe: Callable[[], Health] | None, process: ProcessInfo | None, now: float
) -> ProgramStatus:
    if process is None or not process.pid:
        state = process.state.lower() if process else NOT_RUNNING
        return ProgramStatus(name, state, address, False, "run `make up`", None, None)
    health = probe() if probe else Health(process.state == "RUNNING", "runs")
    uptime = now - process.started if process.started else None
    return ProgramStatus(name, process.state.lower(), address, *health, process.pid, uptime)
