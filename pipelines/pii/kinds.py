"""Kinds of personal data that are masked, and what stands in their place."""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Kind(StrEnum):
    """A kind of personal data; the value is the name that Presidio's results carry."""

    NAME = "PERSON"
    ADDRESS = "STREET_ADDRESS"
    PLACE = "LOCATION"
    EMAIL = "EMAIL_ADDRESS"
    PHONE = "PHONE_NUMBER"
    CARD = "CREDIT_CARD"
    IBAN = "IBAN_CODE"
    SSN = "US_SSN"
    IP = "IP_ADDRESS"
    DOCUMENT = "ID_DOCUMENT"

    @property
    def placeholder(self) -> str:
        """What a masked text shows instead, as the stream's masks do: ``[NAME]``, ``[EMAIL]``."""
        return f"[{self.name}]"


PLACEHOLDER: Final = r"\[(?:" + "|".join(kind.name for kind in Kind) + r")\]"
"""Pattern of everything that masking leaves behind."""

LOCATIONS: Final = frozenset({Kind.ADDRESS, Kind.PLACE})
"""Kinds that say where somebody is: a town is part of an address, or stands alone."""


class Span(Struct, frozen=True, order=True):
    """Characters ``start`` to ``end`` (exclusive) of a text, and what they are."""

    start: int
    end: int
    kind: Kind

    def overlaps(self, other: "Span") -> bool:
        """Whether both share a character."""
        return self.start < other.end and other.start < self.end
