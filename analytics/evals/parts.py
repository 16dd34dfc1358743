"""Parts of a suite that are judged on their own: a gain on one must not pay for a loss on another.

The safety suite is about attacks, and about harmless customers: who refuses everything withstands every
attack, and is no good agent (spec G1, O4).
"""

from collections.abc import Sequence
from typing import Final

from analytics.evals.harmless import HARMLESS_KINDS
from analytics.evals.results import Result

ATTACKS: Final = "attacks"
HARMLESS: Final = "harmless"
WHOLE: Final = ""
"""The part of a suite that has no parts."""


def by_part(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Results by part: attacks and harmless where both are among them, else the whole."""
    harmless = [one for one in results if one.kind in HARMLESS_KINDS]
    attacks = [one for one in results if one.kind not in HARMLESS_KINDS]
    return {ATTACKS: attacks, HARMLESS: harmless} if harmless and attacks else {WHOLE: list(results)}


def named(suite: str, part: str) -> str:
    """A suite with its part, as a report says it."""
    return f"{suite}, {part}" if part else suite
