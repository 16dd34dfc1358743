"""When a call is made again: exponential back-off with full jitter (spec A2, A3)."""

from collections.abc import Callable
from typing import Any

from agent_runtime.backoff import full_jitter_s
from agent_runtime.execution.delivery import Delivered
from agent_runtime.tools import Retry, Tool


def wait_ns(retry: Retry, failures: int, draw: Callable[[], float]) -> int:
    """How long to wait before the next call, ns.

    Args:
        retry: What the tool declares.
        failures: Calls that failed so far, from 1.
        draw: A number from 0 to 1.
    """
    wait_s = full_jitter_s(failures, first_s=retry.base_s, longest_s=retry.cap_s, drawn=draw())
    return int(wait_s * 1e9)


def may_retry(tool: Tool[Any], delivered: Delivered, attempts: int) -> bool:
    """Whether a call that is known not to have happened is made again without asking anybody.

    Args:
        tool: What was called.
        delivered: What the last call came back with.
        attempts: Calls so far.
    """
    passing = ("transient",) if tool.effect == "write" else ("transient", "timeout", "lost")
    return delivered.fate in passing and attempts < tool.retry.attempts
