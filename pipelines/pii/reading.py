"""Reads plain texts with the language model, in several processes where there are many (spec F2)."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from types import TracebackType
from typing import Final, Self

from pipelines.pii.spans import masked

_WORTH: Final = 4_000
"""Texts below which it takes longer to load the model once more than to read them alone."""
_PIECE: Final = 500
"""Texts that a process reads at a time."""


class Readers:
    """Masks plain texts on all cores; its processes end with the block.

    They start with the first texts that are many: each loads the language model, which takes
    seconds and some 400 MB. A daemonic process, which may have no children, reads alone.

    Args:
        processes: How many; as many as this process has cores unless given.
    """

    def __init__(self, processes: int | None = None) -> None:
        alone = multiprocessing.current_process().daemon
        self._processes = 1 if alone else processes or len(os.sched_getaffinity(0))
        self._pool: ProcessPoolExecutor | None = None

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """The texts with placeholders instead of personal data."""
        if self._processes == 1 or len(texts) < _WORTH:
            return masked_plain(texts)
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=spawn)
        pieces = [texts[start : start + _PIECE] for start in range(0, len(texts), _PIECE)]
        return list(chain.from_iterable(self._pool.map(masked_plain, pieces)))

    def __enter__(self) -> Self:
        """Readers that end with the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def masked_plain(texts: Sequence[str]) -> list[str]:
    """Texts masked until nothing is found any more: what is left of a text may be read anew."""
    from pipelines.pii.detection import find_spans  # noqa: PLC0415 - it loads the language model

    new = list(texts)
    waiting = [n for n, text in enumerate(texts) if any(c.isalnum() for c in text)]
    while waiting:
        found = dict(zip(waiting, find_spans([new[n] for n in waiting]), strict=True))
        waiting = [n for n in waiting if found[n]]
        for n in waiting:
            new[n] = masked(new[n], found[n])
    return new
