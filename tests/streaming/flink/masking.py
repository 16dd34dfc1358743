"""What the job's patterns make of a text: Python's reading of ``PersonalData.java``."""

import re

from streaming.flink.masks import MASKS

PATTERNS = [(re.compile(mask.pattern, re.ASCII), mask.replacement) for mask in MASKS]


def masked(text: str) -> str:
    """A text without structured personal data."""
    (email, address), *numbers = PATTERNS
    text = email.sub(address, text)
    while any(pattern.search(text) for pattern, _ in numbers):
        for pattern, replacement in numbers:
            text = pattern.sub(replacement, text)
    return text
