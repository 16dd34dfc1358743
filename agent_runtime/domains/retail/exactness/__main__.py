"""The command that replays all recorded runs and writes the report."""

from pathlib import Path
from typing import Annotated

import typer

from agent_runtime.domains.retail.exactness.reasons import explain_all
from agent_runtime.domains.retail.exactness.replaying import Replayer
from agent_runtime.domains.retail.exactness.report import markdown
from agent_runtime.domains.retail.shop import load_shop
from agent_runtime.domains.retail.store import RetailDatabase
from agent_runtime.recordings import Recordings


def main(
    recordings: Annotated[Path, typer.Option(help="The retail folder of the public data set.")],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("docs/replay.md"),
) -> None:
    """Replays all recorded runs, explains every difference, and fails where one has no explanation."""
    source = Recordings(recordings)
    replayer = Replayer(RetailDatabase(load_shop(recordings)))
    runs = explain_all(source, replayer)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(markdown(runs, replayer, source.tasks()), encoding="utf-8")
    unexplained = sum(len(run.unexplained()) for run in runs)
    typer.echo(f"{out}: {unexplained} differences without an explanation")
    raise typer.Exit(1 if unexplained else 0)


if __name__ == "__main__":
    typer.run(main)
