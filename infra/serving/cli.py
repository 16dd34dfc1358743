"""Commands of the model server on this machine."""

import sys
from typing import Annotated

import typer

from infra.local.console import console_for_people
from infra.local.settings import LocalSettings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Serve a small language model on this machine's CPU, in the foreground."""
    from infra.serving.errors import ServingMissingError
    from infra.serving.server import serve as become_server
    from infra.serving.settings import ServingSettings

    try:
        become_server(ServingSettings())
    except ServingMissingError as error:
        console_for_people().print(f"[bold red]{error}")
        raise typer.Exit(1) from error


@app.command(name="demo-live")
def demo_live(
    limit: Annotated[int, typer.Option(min=1, help="How many conversations.")] = 3,
) -> None:
    """Hold a few conversations with a live model."""
    from infra.serving.demo import run_live_demo

    log = LocalSettings().logs_dir / "vllm.log"
    sys.exit(run_live_demo(limit=limit, console=console_for_people(), log=log))
