"""``python -m tests.bench [topic ...]``: measures the topics and writes their files."""

import signal
import sys
from collections.abc import Callable

from tests.bench import dedupe, demo, emit, freshness, layouts, scaling, silver, stream
from tests.bench.record import Row, write
from tests.bench.tracers import comparison


def backbone() -> list[Row]:
    """The way of an event: producer, stream, deduplication."""
    return _one_after_another(emit.rows, stream.rows, freshness.rows, dedupe.rows)


def tables() -> list[Row]:
    """What masking finds and misses, and what a layout of files costs."""
    from tests.bench import pii  # noqa: PLC0415 - it loads language models

    return _one_after_another(pii.rows, layouts.rows)


def lakehouse() -> list[Row]:
    """Silver and gold, and what users pick instead."""
    return _one_after_another(silver.rows, comparison.rows)


def _one_after_another(*parts: Callable[[], list[Row]]) -> list[Row]:
    """The rows of all parts, told as each is done: a topic takes up to half an hour."""
    found = list[Row]()
    for part in parts:
        rows = part()
        sys.stderr.writelines(
            f"{row.id}: {row.result:,} {row.unit}, {row.what} {row.peers or ''}\n" for row in rows
        )
        found += rows
    return found


def runtime() -> list[Row]:
    """The agent runtime: steps, a crowd, a team, effects under faults, sessions, model clients, scenarios."""
    from tests.bench import models, scenarios, sessions  # noqa: PLC0415 - they load servers and clients
    from tests.bench.runtime import crowd, effects, steps, team  # noqa: PLC0415 - they play conversations

    return _one_after_another(
        steps.rows, crowd.rows, team.rows, effects.rows, sessions.rows, models.rows, scenarios.rows
    )


def evals() -> list[Row]:
    """Experiments and canaries: assignment, statistics, decisions."""
    from tests.bench import evals as measured  # noqa: PLC0415 - plotting and statistics take seconds to load

    return measured.rows()


TOPICS: dict[str, Callable[[], list[Row]]] = {
    "demo": demo.rows,
    "backbone": backbone,
    "lakehouse": lakehouse,
    "tables": tables,
    "runtime": runtime,
    "evals": evals,
}


def main(topics: list[str]) -> int:
    """Measures topics; all of them where none is named."""
    if unknown := set(topics) - set(TOPICS):
        sys.stderr.write(f"no such topic: {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}\n")
        return 2
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # what was started ends as well
    for topic in topics or TOPICS:
        path = write(topic, TOPICS[topic](), command=f'make bench ARGS="{topic}"')
        sys.stdout.write(f"{path}\n")
        if topic == "backbone":
            sys.stdout.write(f"{scaling.write_page()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
