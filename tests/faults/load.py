"""``python -m tests.faults.load``: a producer process that emits at a steady rate until told to end.

SIGTERM ends it, after a drain. It finds the stack by the environment, keeps receipts as any producer
does, and prints what it did as JSON.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from threading import Event
from types import FrameType
from typing import Any

import msgspec

from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id, span_id_of, trace_id_of
from streaming.contract.payloads import MsgReceived, Payload, ResponseSent, ToolCallStart
from streaming.producer import EventProducer
from streaming.settings import StreamingSettings

CONVERSATIONS = 40
TENANTS = 2


def event(number: int, time_ns: int) -> AgentEvent:
    """The next event of one of some conversations; its id is new each time."""
    conversation = f"conversation-{number % CONVERSATIONS}"
    trace = trace_id_of(conversation)
    return AgentEvent(
        id=live_event_id(time_ns),
        time_ns=time_ns,
        conversation_id=conversation,
        tenant_id=f"tenant-{number % TENANTS}",
        turn=number // CONVERSATIONS,
        trace_id=trace,
        span_id=span_id_of(trace, number),
        agent_version="v1",
        payload=_payload(number),
    )


def _payload(number: int) -> Payload:
    match number % 3:
        case 0:
            return MsgReceived(content=f"message {number} about #W2378156")
        case 1:
            return ResponseSent(content=f"answer {number}", duration=number)
        case _:
            return ToolCallStart(
                tool="get_order", call_id=f"c{number}", arguments={"n": number}, effect="read"
            )


def emit(seconds: float, per_second: float, ahead_s: float = 0.0, buffer: int = 100_000) -> dict[str, Any]:
    """Emits for a while or until SIGTERM, then drains.

    Args:
        seconds: How long at most.
        per_second: Events a second, as long as the broker takes them.
        ahead_s: How wrong the clock is that dates the events; negative is behind.
        buffer: Events that may wait for the broker.
    """
    end = Event()

    def terminated(_signal: int, _frame: FrameType | None) -> None:
        end.set()

    signal.signal(signal.SIGTERM, terminated)
    with EventProducer(StreamingSettings(buffer_events=buffer)) as producer:
        started = time.monotonic()
        for number in count():
            if end.is_set() or time.monotonic() - started > seconds:
                break
            ahead = started + number / per_second - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            producer.emit(event(number, time.time_ns() + int(ahead_s * 1e9)))
        producer.drain(120)
    result: dict[str, Any] = msgspec.to_builtins(producer.counts)
    return result


class Load:
    """A producer process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.expected = 0
        """The exit status it should end with; a test that kills it says so."""

    def end(self) -> None:
        """Asks it to drain and end."""
        if self.process.poll() is None:
            self.process.terminate()

    def finish(self, timeout_s: float = 240.0) -> None:
        """Waits until it has emitted and drained, and fails where it failed."""
        output, trouble = self.process.communicate(timeout=timeout_s)
        assert self.process.returncode == self.expected, f"the producer failed: {output}{trouble}"


@contextmanager
def load(environment: Mapping[str, str], *arguments: str) -> Iterator[Load]:
    """Runs a producer process; it is gone when the block ends, whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.load", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Load(process)
    try:
        yield running
        running.finish()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=900)
    parser.add_argument("--per-second", type=float, default=500)
    parser.add_argument("--ahead-s", type=float, default=0)
    parser.add_argument("--buffer", type=int, default=100_000)
    given = parser.parse_args()
    counts = emit(given.seconds, given.per_second, given.ahead_s, given.buffer)
    sys.stdout.write(msgspec.json.encode(counts).decode() + "\n")


if __name__ == "__main__":
    main()
