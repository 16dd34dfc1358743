"""Command of the reward audit."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

app = typer.Typer()

_FILE_WIDTH: Final = 160
"""Characters a line where the output is not a terminal."""


@app.command()
def audit_rewards(
    out: Annotated[Path | None, typer.Option(help="Write the page.")] = None,
    conversations: Annotated[Path | None, typer.Option(help="Write every conversation as CSV.")] = None,
) -> None:
    """Compute the rewards of recorded conversations again: which are wrong, and why.

    Ends with 1 where a wrong reward has no explanation.
    """
    from rich.console import Console

    from agent_runtime.errors import AgentRuntimeError
    from agent_runtime.settings import RuntimeSettings
    from analytics.reward_audit.audit import audit_rewards as audit
    from analytics.reward_audit.errors import RewardAuditError
    from analytics.reward_audit.findings import Cause
    from analytics.reward_audit.page import markdown, write_conversations
    from analytics.reward_audit.settings import RewardSettings
    from analytics.reward_audit.terminal import table

    try:
        runs = audit(recordings=RuntimeSettings().recordings, tau2_bench=RewardSettings().tau2_bench)
    except (RewardAuditError, AgentRuntimeError) as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from error
    Console(width=None if sys.stdout.isatty() else _FILE_WIDTH).print(table(runs))
    if out is not None:
        out.write_text(markdown(runs), encoding="utf-8")
    if conversations is not None:
        with conversations.open("w", encoding="utf-8", newline="") as file:
            write_conversations(runs, file)
    unexplained = sum(run.causes()[Cause.UNEXPLAINED] for run in runs)
    typer.echo(f"{unexplained} wrong rewards without an explanation")
    raise typer.Exit(1 if unexplained else 0)
