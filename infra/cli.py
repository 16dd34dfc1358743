"""The `turnstone` command, composed of each room's own commands."""

import os
import sys
from typing import Annotated

import typer

from infra.local.console import console_for_people
from infra.local.settings import LocalSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


def main() -> None:
    """Tells every room where the stack of this machine is, then runs the command."""
    for name, value in LocalSettings().environment().items():
        os.environ.setdefault(name, value)
    _compose()
    app()


def _compose() -> None:
    from agent_runtime.cli import app as runtime
    from analytics.delivery.cli import app as canaries
    from analytics.evals.cli import app as evals
    from analytics.judge.cli import app as judging
    from analytics.reward_audit.cli import app as auditing
    from dagster_project.cli import app as orchestration
    from infra.local.cli import app as stack
    from infra.metrics.cli import app as watching
    from infra.serving.cli import app as serving
    from pipelines.cli import app as lake

    for room in (stack, watching, serving, runtime, lake, orchestration, auditing, judging):
        app.registered_commands += room.registered_commands
    app.add_typer(evals, name="eval")
    app.add_typer(canaries, name="canary")


@app.command()
def demo(
    limit: Annotated[int | None, typer.Option(min=1, help="Play the first conversations only.")] = None,
    simulated: Annotated[bool, typer.Option(help="Simulate, also where recordings are at hand.")] = False,
    keep: Annotated[bool, typer.Option(help="Leave the stack running.")] = False,
) -> None:
    """Run the main job and show its report."""
    from infra.demo.cli import run_demo

    sys.exit(run_demo(limit=limit, simulated=simulated, keep=keep, console=console_for_people()))
