"""``python -m tests.bench [topic ...]``: measures the topics and writes their files."""

import sys
from collections.abc import Callable

from tests.bench import dedupe, demo, emit, freshness, layouts, scaling, silver, stream
from tests.bench.record import Row, write
from tests.bench.tracers import comparison


def backbone() -> list[Row]:
    """The way of an event: producer, stream, deduplication."""
    return [*emit.rows(), *stream.rows(), *freshness.rows(), *dedupe.rows()]


def tables() -> list[Row]:
    """What masking finds and misses, and what a layout of files costs."""
    from tests.bench import pii  # noqa: PLC0415 - it loads language models

    return [*pii.rows(), *layouts.rows()]


def lakehouse() -> list[Row]:
    """Silver and gold, and what users pick instead."""
    return [*silver.rows(), *comparison.rows()]


def evals() -> list[Row]:
    """Experiments and canaries: assignment, statistics, decisions."""
    from tests.bench import evals as measured  # noqa: PLC0415 - plotting and statistics take seconds to load

    return measured.rows()


TOPICS: dict[str, Callable[[], list[Row]]] = {
    "demo": demo.rows,
    "backbone": backbone,
    "lakehouse": lakehouse,
    "tables": tables,
    "evals": evals,
}


def main(topics: list[str]) -> int:
    """Measures topics; all of them where none is named."""
    if unknown := set(topics) - set(TOPICS):
        sys.stderr.write(f"no such topic: {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}\n")
        return 2
    for topic in topics or TOPICS:
        path = write(topic, TOPICS[topic](), command=f'make bench ARGS="{topic}"')
        sys.stdout.write(f"{path}\n")
        if topic == "backbone":
            sys.stdout.write(f"{scaling.write_page()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
