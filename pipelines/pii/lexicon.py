"""Which words are ordinary English, which are names of people, which of places."""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from types import ModuleType
from typing import Any, Final

from faker.providers import address, date_time, person
from spacy.language import Language

_CONTRACTED: Final = re.compile(r"['’](?:m|ll|d|ve|re|s|t)$")
_EXCLAIMED: Final = re.compile(
    r"a+h+|a+w+|h+m+|u+m+|u+h+|o+h+|o{2,}|oo+ps|(?:ha)+|ya+y|no+pe|yu+p|na+h|wo+w|whoa|ugh+"
)
_ENDINGS: Final = (
    ("ies", "y"),
    ("ied", "y"),
    ("es", ""),
    ("s", ""),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
    ("er", ""),
    ("er", "e"),
    ("est", ""),
    ("ness", ""),
    ("less", ""),
    ("y", ""),
)
_PARTS: Final = re.compile(r"\. |[ -]")
"""What parts the words of a place's name."""
_CITIES: Final = ("cities", "city_names", "cities_name")


class Lexicon:
    """Words by what they can be. Answers do not depend on case.

    Ordinary English is what the spaCy model's lemmatizer knows; names and towns are the ones
    of Faker, in some sixty languages.

    Args:
        nlp: The English pipeline, with its lemmatizer.
    """

    def __init__(self, nlp: Language) -> None:
        index = nlp.get_pipe("lemmatizer").lookups.get_table("lemma_index")  # type: ignore[attr-defined]
        exceptions = nlp.get_pipe("lemmatizer").lookups.get_table("lemma_exc")  # type: ignore[attr-defined]
        self._nouns = frozenset(index["noun"]) | frozenset(exceptions["noun"])
        others = (set(table[kind]) for table in (index, exceptions) for kind in ("verb", "adj", "adv"))
        self._others = frozenset(nlp.Defaults.stop_words).union(*others, words("ordinary"))
        self._functions = frozenset(nlp.Defaults.stop_words) | (
            words("ordinary") - words("streets") - words("units")
        )
        self._products = words("products")
        self._given = words("given")
        first, last = _people()
        self._first, self._last, self._towns = first | self._given, last, _towns()
        self._countries = _countries() | words("regions")
        self._longest = dict[str, int]()
        for name in self._towns | self._countries:
            parts = _PARTS.split(name)
            self._longest[parts[0]] = max(len(parts), self._longest.get(parts[0], 0))

    @cache  # noqa: B019 - one lexicon a process, and few different words
    def ordinary(self, word: str) -> bool:
        """Whether a word is ordinary English (or a product's) before it is anybody's name."""
        low = _CONTRACTED.sub("", word.lower())
        if low in self._products or _EXCLAIMED.fullmatch(low):
            return True
        if low in self._first or low in self._last or low in self._towns or low in self._countries:
            return low in self._others and low not in self._given
        if "-" in low:
            return all(self.ordinary(part) for part in low.split("-") if part)
        return self.known(low)

    def function_word(self, word: str) -> bool:
        """Whether a word only joins others or opens a sentence."""
        return _CONTRACTED.sub("", word.lower()) in self._functions

    def known(self, word: str) -> bool:
        """Whether a word is one of a dictionary at all."""
        return any(w in self._nouns or w in self._others for w in _stems(word.lower()))

    def product(self, word: str) -> bool:
        """Whether a word is the name of a product, a company or a tool of shops."""
        return word.lower() in self._products

    def first_name(self, word: str) -> bool:
        """Whether somebody is called so."""
        return any(part in self._first for part in (word.lower(), *word.lower().split("-")))

    def last_name(self, word: str) -> bool:
        """Whether a family is called so."""
        return any(part in self._last for part in (word.lower(), *word.lower().split("-")))

    def town(self, words: str) -> bool:
        """Whether a town is called so."""
        return words.lower() in self._towns

    @cache  # noqa: B019 - as above
    def longest_place(self, word: str) -> int:
        """Of how many words a place at most consists whose name begins with this one; 0 where none does.

        An unknown word with a capital letter may be any place's.
        """
        return self._longest.get(word.lower(), 0) or int(word[0].isupper() and self.unknown(word))

    @cache  # noqa: B019 - as above
    def may_name(self, word: str) -> bool:
        """Whether a word may be part of a name without anything else that says so; a title counts."""
        whole = all(c.isalpha() or c in "-'’" for c in word)
        return whole and (word.lower() in words("titles") or not self.ordinary(word))

    @cache  # noqa: B019 - as above
    def unknown(self, word: str) -> bool:
        """Whether a word is in no dictionary and no first name, so that it can be the name of any place."""
        known = self.known(word) or self.product(word) or self.first_name(word)
        return word.isalpha() and len(word) > 4 and not known

    def country(self, words: str) -> bool:
        """Whether a country, or a state of the USA, is called so."""
        return words.lower() in self._countries


@cache
def words(name: str) -> frozenset[str]:
    """The lines of ``pipelines/pii/words/<name>.txt``, comments left out."""
    text = resources.files("pipelines.pii").joinpath(f"words/{name}.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _stems(word: str) -> Iterator[str]:
    yield word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            stem = word.removesuffix(ending) + instead
            yield stem
            if len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]


def _people() -> tuple[frozenset[str], frozenset[str]]:
    first, last = set[str](), set[str]()
    for provider in _providers(person):
        for name in dir(provider):
            for prefix, into in (("first_name", first), ("last_name", last)):
                if name.startswith(prefix):
                    into.update(_texts(getattr(provider, name)))
    return frozenset(first), frozenset(last)


def _towns() -> frozenset[str]:
    listed = (getattr(provider, name, ()) for provider in _providers(address) for name in _CITIES)
    capitals = (each.capital for each in date_time.Provider.countries)
    return frozenset(text for texts in (*listed, [*capitals]) for text in _texts(texts)) | words("towns")


def _countries() -> frozenset[str]:
    english = importlib.import_module("faker.providers.address.en").Provider
    american = importlib.import_module("faker.providers.address.en_US").Provider
    return frozenset(_texts(english.countries)) | frozenset(_texts(american.states))


def _providers(package: ModuleType) -> Iterator[Any]:
    for module in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{module.name}").Provider


def _texts(listed: Any) -> Iterable[str]:
    if not isinstance(listed, tuple | list | set | dict):
        return ()
    return (text.lower() for text in listed if isinstance(text, str) and len(text) > 1)
