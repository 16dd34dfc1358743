"""What Presidio asks: one recognizer each for numbers, addresses, and names of people and places."""

from collections.abc import Sequence
from typing import Any, ClassVar

from presidio_analyzer import LocalRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from pipelines.pii.addresses import find_addresses
from pipelines.pii.kinds import Kind, Span
from pipelines.pii.lexicon import Lexicon
from pipelines.pii.names import find_names
from pipelines.pii.numbers import find_numbers
from pipelines.pii.places import find_places, known_places
from pipelines.pii.tokens import Seen, Token, tokens_of

_SCORE = 0.85
"""Of every result: a rule either holds or it does not."""


class _Recognizer(LocalRecognizer):
    kinds: ClassVar[tuple[Kind, ...]]

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__(supported_entities=[kind.value for kind in self.kinds], name=type(self).__name__)

    def load(self) -> None:
        """Nothing is loaded late."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """What of the entities is in the text; those that the model sees are used where given."""
        seen: list[Any] = nlp_artifacts.entities if nlp_artifacts else []
        return [
            RecognizerResult(span.kind.value, span.start, span.end, _SCORE)
            for span in self._find(text, tokens_of(text), seen)
            if span.kind in entities
        ]

    def _find(self, text: str, tokens: Sequence[Token], seen: Sequence[Seen]) -> list[Span]:
        raise NotImplementedError


class NumberRecognizer(_Recognizer):
    """E-mail addresses, cards, accounts, phones, hosts, documents."""

    kinds = (Kind.EMAIL, Kind.PHONE, Kind.CARD, Kind.IBAN, Kind.SSN, Kind.IP, Kind.DOCUMENT)

    def _find(self, text: str, tokens: Sequence[Token], seen: Sequence[Seen]) -> list[Span]:  # noqa: ARG002
        return find_numbers(text)


class AddressRecognizer(_Recognizer):
    """Postal addresses and postcodes."""

    kinds = (Kind.ADDRESS,)

    def _find(self, text: str, tokens: Sequence[Token], seen: Sequence[Seen]) -> list[Span]:  # noqa: ARG002
        return find_addresses(text, tokens, self._lexicon)


class NameRecognizer(_Recognizer):
    """Names of people, and of towns, states and countries: what is one is not the other."""

    kinds = (Kind.NAME, Kind.PLACE)

    def _find(self, text: str, tokens: Sequence[Token], seen: Sequence[Seen]) -> list[Span]:
        places = list(known_places(text, tokens, self._lexicon))
        names = find_names(text, tokens, seen, self._lexicon, places)
        return names + find_places(text, tokens, seen, self._lexicon, places)


RECOGNIZERS = (NumberRecognizer, AddressRecognizer, NameRecognizer)
