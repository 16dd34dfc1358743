"""Repeatable randomness: one generator a purpose, so that one draw more does not move all others."""

import random


def seeded(*parts: object) -> random.Random:
    """A generator that depends on nothing but ``parts``, the same in every process.

    Args:
        parts: What the generator is for, such as a seed, a purpose and an index.
    """
    return random.Random(":".join(str(part) for part in parts))  # noqa: S311 - simulation, not secrets
