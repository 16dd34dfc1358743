"""The command that shows and serves the backbone's state."""

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from infra.local.console import console_for_people
from infra.local.settings import LocalSettings

if TYPE_CHECKING:
    from infra.metrics.backbone import Watcher

app = typer.Typer()


@app.command()
def metrics(
    once: Annotated[bool, typer.Option(help="Look once and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write JSON, a line a look.")] = False,
    prometheus: Annotated[bool, typer.Option(help="Serve Prometheus' text on /metrics.")] = False,
    port: Annotated[int | None, typer.Option(help="Port to serve on.")] = None,
    interval: Annotated[float, typer.Option(min=0.5, help="Seconds between two looks.")] = 1.0,
) -> None:
    """Watch lag, rates, buffers, drops, checkpoints and watermark of the running stack."""
    from infra.metrics.backbone import Watcher
    from streaming.settings import StreamingSettings

    with (
        suppress(KeyboardInterrupt),
        Watcher(StreamingSettings(), _job_names()) as watcher,
    ):
        if prometheus:
            _serve(watcher, LocalSettings().metrics_port if port is None else port)
        elif json:
            _write(watcher, once, interval)
        else:
            _show(watcher, once, interval)


def _job_names() -> tuple[str, ...]:
    """The stream job, and the session job where the stack has it."""
    from streaming.flink.settings import FlinkJobSettings

    jobs = FlinkJobSettings()
    return (jobs.job_name, jobs.session_job_name) if LocalSettings().sessions else (jobs.job_name,)


def _serve(watcher: "Watcher", port: int) -> None:
    from infra.metrics.families import metrics_page
    from infra.metrics.server import metrics_server

    console, host = console_for_people(), LocalSettings().host
    try:
        server = metrics_server(host, port, lambda: metrics_page(watcher.look()))
    except OSError as taken:
        console.print(
            f"[bold red]port {port} of {host} cannot be had[/]: {taken.strerror}; say another by --port"
        )
        raise typer.Exit(1) from taken
    with server:
        console.print(f"http://{host}:{server.server_address[1]}/metrics (Ctrl-C ends)")
        server.serve_forever()


def _write(watcher: "Watcher", once: bool, interval: float) -> None:
    from infra.metrics.document import document

    while True:
        sys.stdout.write(document(watcher.look()).decode() + "\n")
        sys.stdout.flush()
        if once:
            return
        time.sleep(interval)


def _show(watcher: "Watcher", once: bool, interval: float) -> None:
    from rich.live import Live

    from infra.metrics.rates import Rates
    from infra.metrics.terminal import screen
    from streaming.flink.settings import FlinkJobSettings

    limit_s, rates, console = FlinkJobSettings().oldest_checkpoint_s, Rates(), console_for_people()
    if once:
        backbone = watcher.look()
        console.print(screen(backbone, rates, limit_s))
        return
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        while True:
            backbone = watcher.look()
            rates.observe(backbone)
            live.update(screen(backbone, rates, limit_s), refresh=True)
            time.sleep(interval)
