"""Made-up people: who produces plants them in every partition, who masks must have removed them (spec F2)."""

import hashlib
import random
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final, Literal

from msgspec import Struct
from pydantic_settings import BaseSettings, SettingsConfigDict

CanaryKind = Literal["NAME", "ADDRESS", "EMAIL", "PHONE"]

STEM: Final = "quazo"
"""Every made-up word begins with it: a text without it, and without such a phone number, has no canary."""
PHONE_FORM: Final = r"\(\d{3}\) 555-\d{4}"
"""Pattern of every canary's phone number."""

_FIRST: Final = ("Amelia", "Daniel", "Fatima", "Henrik", "Isabella", "Lucas", "Mateo", "Olivia", "Sofia")
_ONSETS: Final = "bdfgklmnprstvz"
_VOWELS: Final = "aeiou"
_STREETS: Final = ("Street", "Avenue", "Lane", "Road", "Boulevard")
_TOWNS: Final = ("Denver, CO", "Seattle, WA", "Chicago, IL", "Houston, TX", "Boston, MA")
_SENTENCES: Final[dict[CanaryKind, tuple[str, ...]]] = {
    "NAME": ("My name is {}.", "This is {} speaking.", "The account is registered to {}."),
    "ADDRESS": ("Please send it to {}.", "I live at {}.", "My address is {}, thanks."),
    "EMAIL": ("You can write to {}.", "My email is {}."),
    "PHONE": ("Call me at {}.", "My phone number is {}.", "Reach me on {} please."),
}


class CanarySettings(BaseSettings):
    """Which made-up people are planted and looked for, by ``TURNSTONE_CANARY_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_CANARY_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    seed: str = "turnstone"
    """Says which people. Where it is empty, none are planted and none are looked for."""


class Canary(Struct, frozen=True):
    """Something personal that belongs to nobody.

    Attributes:
        kind: What it is.
        value: As it is planted.
        mark: Part of it that occurs nowhere else, in lower case: where that is, it leaked.
    """

    kind: CanaryKind
    value: str
    mark: str


def partition_of(day: date, tenant_id: str) -> str:
    """Key of a partition of silver: the UTC day on which its conversations began, and their tenant."""
    return f"{day.isoformat()}/{tenant_id}"


def day_of(time_ns: int) -> date:
    """The UTC day of a time in ns since the epoch."""
    return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC).date()


def canaries_of(seed: str, partition: str) -> tuple[Canary, ...]:
    """One canary a kind for a partition: a name, an address, an e-mail address, a phone number.

    The same seed and partition give the same ones, others give others.

    Args:
        seed: Says which set.
        partition: A key of :func:`partition_of`.
    """
    chosen = random.Random(hashlib.sha256(f"{seed}\0{partition}".encode()).digest())  # noqa: S311 - no secret
    family, street, account = _word(chosen), _word(chosen), _word(chosen)
    name = f"{chosen.choice(_FIRST)} {family.title()}"
    number = f"{chosen.randrange(10, 9_999)} {street.title()} {chosen.choice(_STREETS)}"
    address = f"{number}, {chosen.choice(_TOWNS)} {chosen.randrange(10_000, 99_999)}"
    email = f"{account}.{chosen.randrange(1_000, 9_999)}@example.com"
    phone = f"({chosen.randrange(201, 989)}) 555-{chosen.randrange(10_000):04d}"
    return (
        Canary("NAME", name, family),
        Canary("ADDRESS", address, street),
        Canary("EMAIL", email, email),
        Canary("PHONE", phone, phone),
    )


def planted(text: str, canaries: Iterable[Canary], seed: str) -> str:
    """The text with a sentence for each canary at its end.

    Args:
        text: What somebody said.
        canaries: What is planted; every one is.
        seed: Says which sentences.
    """
    chosen = random.Random(seed)  # noqa: S311 - no secret
    told = [chosen.choice(_SENTENCES[canary.kind]).format(canary.value) for canary in canaries]
    return " ".join((text, *told)).strip()


def _word(chosen: random.Random) -> str:
    """A word that no language has."""
    return STEM + "".join(chosen.choice(_ONSETS) + chosen.choice(_VOWELS) for _ in range(4))
