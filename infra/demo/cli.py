"""Runs the demo for a person: progress, report, page, and the stack stopped at the end."""

import sys
import webbrowser
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from agent_runtime.domains.retail.conversations import retail_conversations
from agent_runtime.errors import AgentRuntimeError
from agent_runtime.settings import RuntimeSettings
from infra.demo.errors import DemoError
from infra.demo.page import render_page
from infra.demo.report import DemoReport
from infra.demo.run import Demo
from infra.demo.terminal import print_report
from infra.local.errors import LocalStackError
from infra.local.settings import LocalSettings
from infra.local.stack import LocalStack

PAGE: Final = "demo/report.html"
"""The page, below the state folder; the same as JSON lies beside it."""


def run_demo(*, limit: int | None, simulated: bool, keep: bool, console: Console) -> int:
    """Runs the demo and stops what it started.

    On a terminal it waits before it stops the stack, so that the links can be followed.

    Returns:
        The exit status: 0 where every event arrived once.
    """
    settings = LocalSettings()
    stack = LocalStack(settings, on_progress=lambda name, state: console.print(f"[dim]{name}: {state}"))
    try:
        conversations = retail_conversations(RuntimeSettings(), simulated=simulated)
        if limit is not None:
            conversations = conversations.first(limit)
        console.print(conversations.source)
        report = Demo(stack, conversations, console).run()
        _show(report, settings.state_dir / PAGE, console)
        if not keep:
            _wait_for_reader(stack, console)
    except (AgentRuntimeError, DemoError, LocalStackError) as error:
        console.print(f"[bold red]{type(error).__name__}[/]: {error}")
        return 1
    finally:
        if not keep:
            stack.down()
    return 0 if report.faultless else 1


def _show(report: DemoReport, page: Path, console: Console) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render_page(report))
    page.with_suffix(".json").write_bytes(msgspec.json.encode(report))
    print_report(report, console)
    console.print(f"The report with charts: {page}")


def _wait_for_reader(stack: LocalStack, console: Console) -> None:
    if not (sys.stdin.isatty() and console.is_terminal):
        console.print("Stopping the stack; `make dev` brings it back with these tables and opens Dagster.")
        return
    stack.start_dagster()
    webbrowser.open((stack.settings.state_dir / PAGE).as_uri())
    console.input("Press Enter to stop the stack (`make dev` brings it back with these tables). ")
