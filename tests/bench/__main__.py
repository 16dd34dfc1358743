"""``python -m tests.bench [topic | topic/part ...]``: measures, and writes the topics' files."""

import signal
import sys
from collections.abc import Callable
from importlib import import_module

from tests.bench import record, scaling
from tests.bench.record import Row


def _rows(module: str) -> Callable[[], list[Row]]:
    """A part of a topic; its module is imported when it is measured: some load models, servers or plots."""

    def measure() -> list[Row]:
        rows: list[Row] = import_module(f"tests.bench.{module}").rows()
        return rows

    return measure


TOPICS: dict[str, dict[str, Callable[[], list[Row]]]] = {
    "demo": {"demo": _rows("demo")},
    "backbone": {part: _rows(part) for part in ("emit", "stream", "freshness", "dedupe")},
    "lakehouse": {"silver": _rows("silver"), "comparison": _rows("tracers.comparison")},
    "tables": {part: _rows(part) for part in ("pii", "layouts")},
    "runtime": {
        **{part: _rows(f"runtime.{part}") for part in ("steps", "crowd", "team", "effects")},
        **{part: _rows(part) for part in ("sessions", "models", "scenarios")},
    },
    "evals": {part: _rows(part) for part in ("experiments", "judge", "safety", "suites")},
}


def main(asked: list[str]) -> int:
    """Measures topics, or parts of some; all topics where none is named."""
    known = [*TOPICS, *(f"{topic}/{part}" for topic, parts in TOPICS.items() for part in parts)]
    if unknown := set(asked) - set(known):
        sys.stderr.write(f"nothing is called {', '.join(sorted(unknown))}; there are {', '.join(known)}\n")
        return 2
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # what was started ends as well
    for one in asked or TOPICS:
        topic, _, part = one.partition("/")
        command = f'make bench ARGS="{one}"'
        if part:
            path = record.replace(topic, _told(TOPICS[topic][part]), command)
        else:
            rows = [row for measure in TOPICS[topic].values() for row in _told(measure)]
            path = record.write(topic, rows, command)
        sys.stdout.write(f"{path}\n")
        if topic == "backbone":
            sys.stdout.write(f"{scaling.write_page()}\n")
    return 0


def _told(measure: Callable[[], list[Row]]) -> list[Row]:
    """The rows of a part, told when it is done: a topic takes up to half an hour."""
    rows = measure()
    sys.stderr.writelines(
        f"{row.id}: {row.result:,} {row.unit}, {row.what} {row.peers or ''}\n" for row in rows
    )
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
