"""The language model behind Presidio: spaCy's named entities, and nothing else of it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import spacy
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.tokens import Doc

from pipelines.pii.lexicon import Lexicon
from pipelines.pii.tokens import Seen, tokens_of

_UNUSED: Final = ["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer"]
_ABBREVIATED: Final = 4
_SENTENCE: Final = re.compile(r"[^\n]+?(?:(?<=[^\W\d_]{3})[.!?](?=[ \t]+[A-Z])|$)", re.MULTILINE)


class EntityModel(NlpEngine):
    """Runs the model's entity recognizer on the lines that may name somebody or some place.

    That is decided by the lexicon: a line without a capitalised word that could be a name
    has none that the rules would believe, so the model does not read it. The artifacts'
    entities are :class:`pipelines.pii.tokens.Seen`, in characters of the text.

    Args:
        name: The installed spaCy model; nothing is fetched.
    """

    engine_name = "spacy-entities"
    is_available = True

    def __init__(self, name: str) -> None:
        self._nlp = spacy.load(name, disable=_UNUSED)
        self._nothing = Doc(self._nlp.vocab)
        self.lexicon = Lexicon(self._nlp)

    def load(self) -> None:
        """Nothing is loaded late."""

    def is_loaded(self) -> bool:
        """Always."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """The entities of one text."""
        return next(iter(self.process_batch([text], language)))[1]

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,
        batch_size: int = 64,
        n_process: int = 1,
        **_: object,
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """The entities of many texts, in their order."""
        given = [str(text) for text in texts]
        lines = [self._lines_to_read(text) for text in given]
        read = self._nlp.pipe(
            (text[start:end] for text, some in zip(given, lines, strict=True) for start, end in some),
            batch_size=batch_size,
            n_process=n_process,
        )
        for text, some in zip(given, lines, strict=True):
            seen = [
                Seen(start + entity.start_char, start + entity.end_char, entity.label_)
                for start, _ in some
                for entity in next(read).ents
            ]
            yield text, self._artifacts(seen, language)

    def is_stopword(self, word: str, language: str) -> bool:  # noqa: ARG002
        """Whether a word only joins others."""
        return self.lexicon.function_word(word)

    def is_punct(self, word: str, language: str) -> bool:  # noqa: ARG002
        """Whether a word is punctuation."""
        return not any(c.isalnum() for c in word)

    def get_supported_entities(self) -> list[str]:
        """The labels of the model."""
        return list(self._nlp.get_pipe("ner").labels)  # type: ignore[attr-defined]

    def get_supported_languages(self) -> list[str]:
        """English alone."""
        return ["en"]

    def _lines_to_read(self, text: str) -> list[tuple[int, int]]:
        """Where the lines are in which a capitalised word could be a name of a person or a place."""
        wanted = [
            token.start for token in tokens_of(text) if token.capital and self._worth_reading(token.text)
        ]
        if not wanted:
            return []
        lines = (match.span() for match in _SENTENCE.finditer(text))
        return [line for line in lines if any(line[0] <= start < line[1] for start in wanted)]

    def _worth_reading(self, word: str) -> bool:
        """Whether the model's opinion of a word counts; abbreviations are nobody, whatever it says."""
        abbreviated = word.isupper() and len(word) <= _ABBREVIATED and not self.lexicon.first_name(word)
        return word.isalpha() and not abbreviated and not self.lexicon.ordinary(word)

    def _artifacts(self, seen: list[Any], language: str) -> NlpArtifacts:
        return NlpArtifacts(
            entities=seen,
            tokens=self._nothing,
            tokens_indices=[],
            lemmas=[],
            nlp_engine=self,
            language=language,
        )
