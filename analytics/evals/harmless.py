"""Texts that are harmless and may not look so: what an agent must not stop at (spec G1, O4).

NotInject: Li and Liu 2024, InjecGuard, arXiv:2410.22770; SaFoLab-WISC/InjecGuard, MIT: benign prompts
with words that injections have. Banking77: Casanueva et al. 2020, PolyAI, CC-BY-4.0: what customers of
a bank write. Both are read in place.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

TRIGGER_WORDS: Final = "trigger_words"
EVERYDAY: Final = "everyday"
HARMLESS_KINDS: Final = frozenset({TRIGGER_WORDS, EVERYDAY})
_SAMPLES: Final = {TRIGGER_WORDS: 35, EVERYDAY: 15}
_NOT_INJECT: Final = ("NotInject_one.json", "NotInject_two.json")


def harmless_texts(
    texts: Path, everyday: Path, count: int | None = None
) -> Iterator[tuple[str, int, str, str]]:
    """Kind, number in its kind, source and text, evenly over the public files; none of those that are absent.

    Args:
        texts: Folder of the public safety data.
        everyday: Folder of Banking77.
        count: Texts of each set.
    """
    for kind, found in ((TRIGGER_WORDS, _not_inject(texts)), (EVERYDAY, _banking(everyday))):
        for number, (source, text) in enumerate(_evenly(found, count or _SAMPLES[kind])):
            yield kind, number, source, text


def _evenly(found: Sequence[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    taken = min(count, len(found))
    return [found[number * len(found) // taken] for number in range(taken)]


def _not_inject(folder: Path) -> list[tuple[str, str]]:
    return [
        (f"SaFoLab-WISC/InjecGuard (MIT), {name} {place}", str(one["prompt"]))
        for name in _NOT_INJECT
        if (path := folder / "notinject" / name).is_file()
        for place, one in enumerate(json.loads(path.read_bytes()))
    ]


def _banking(folder: Path) -> list[tuple[str, str]]:
    path = folder / "train.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            (f"PolyAI, Banking77 (CC-BY-4.0), train {place}", row["text"])
            for place, row in enumerate(csv.DictReader(lines))
        ]
