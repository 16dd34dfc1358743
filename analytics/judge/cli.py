"""Command of the judges."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

app = typer.Typer()

_FILE_WIDTH: Final = 160
"""Characters a line where the output is not a terminal."""


@app.command()
def judge_agreement(
    out: Annotated[Path | None, typer.Option(help="Write the page.")] = None,
) -> None:
    """Hold recorded judges against the truth: agreement beyond chance, biases, and whether they may gate."""
    import asyncio

    from rich.console import Console

    from analytics.judge.errors import JudgeError
    from analytics.judge.page import markdown
    from analytics.judge.report import judge_report
    from analytics.judge.settings import JudgeSettings
    from analytics.judge.terminal import table

    try:
        report = asyncio.run(judge_report(JudgeSettings()))
    except JudgeError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from error
    Console(width=None if sys.stdout.isatty() else _FILE_WIDTH).print(table(report.judges))
    if out is not None:
        out.write_text(markdown(report), encoding="utf-8")
