"""The help center's search, and what customers click: a list is read from the top, and not to its end."""

import math
import random
import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.customers import Customer, CustomerMessage
from agent_runtime.emitter import Emitter
from agent_runtime.scenarios.description import Help
from agent_runtime.scenarios.tools import Found
from agent_runtime.scenarios.truth import Searched, Shown
from agent_runtime.simulation.help_center import ANSWERED_BY, ARTICLES, BY_ID
from streaming.contract import payloads as p

DATA_SOURCE: Final = "help_center"
ANSWER: Final = 2
"""Relevance of the article that answers."""
CLICK: Final = "click"
"""Name of the event's judgement: the article of its label was opened, out of the list of the same span."""
_SEARCH_NS: Final = 35_000_000
_READING_NS: Final = 8_000_000_000
_LEXICAL, _DESERVED, _LEAST = 0.35, 0.125, 0.2


def propensity(position: int, bias: float) -> float:
    """Chance that a customer looks at a place of a list, from 1."""
    return float(position**-bias)


@lru_cache(maxsize=4096)
def relevance(query: str, article_id: str) -> int:
    """How much an article is to the point: 2 where it is the answer, 1 of the same topic, 0 else."""
    answer = ANSWERED_BY.get(query)
    if answer is None:
        return 0
    return ANSWER if answer.id == article_id else int(answer.topic == BY_ID[article_id].topic)


class HelpSearch:
    """Searches the help center in one conversation, tells it as events, and lets the customer click.

    Args:
        settings: How well, and how customers click.
        rng: Where chance comes from.
        emitter: Where events go.
        clock: The conversation's.
        stale_topics: Topics whose articles tell what is no longer in force.
        injected: What somebody wrote below every article.
    """

    def __init__(
        self,
        settings: Help,
        rng: random.Random,
        *,
        emitter: Emitter,
        clock: Clock,
        stale_topics: frozenset[str] = frozenset(),
        injected: str = "",
    ) -> None:
        self.searched: list[Searched] = []
        """Lists that the customer saw."""
        self._settings = settings
        self._rng = rng
        self._emitter = emitter
        self._clock = clock
        self._stale_topics = stale_topics
        self._injected = injected
        self._unread: list[Searched] = []

    def __call__(self, query: str) -> list[Found]:
        """The best articles for a query."""
        span = self._emitter.span()
        self._emitter.emit(p.RetrievalQuery(query=query, data_source=DATA_SOURCE), span)
        ranked = self._ranked(query)
        self._clock.advance(_SEARCH_NS)
        hits = [p.RetrievedChunk(chunk_id=name, score=score) for score, name in ranked]
        self._emitter.emit(
            p.RetrievalResult(data_source=DATA_SOURCE, results=hits, duration=_SEARCH_NS), span
        )
        searched = Searched(
            turn=self._emitter.turn,
            span_id=span,
            query=query,
            shown=[self._shown(query, place, hit) for place, hit in enumerate(hits, start=1)],
        )
        self._unread.append(searched)
        return [self._found(each.chunk_id) for each in hits]

    def read(self) -> None:
        """The customer reads the newest lists and opens some articles of them."""
        for searched in self._unread:
            for shown in searched.shown:
                if shown.clicked:
                    self._clock.advance(_READING_NS)
                    opened = p.OutcomeRecorded(name=CLICK, score=1.0, label=shown.article)
                    self._emitter.emit(opened, searched.span_id)
        self.searched += self._unread
        self._unread = []

    def _ranked(self, query: str) -> list[tuple[float, str]]:
        noisy = [
            (self._score(query, article.id) + self._rng.gauss(0, self._settings.noise), article.id)
            for article in ARTICLES
        ]
        best = sorted(noisy, reverse=True)[: self._settings.shown]
        return [(round(min(max(score, 0.0), 1.0), 4), name) for score, name in best]

    @staticmethod
    def _score(query: str, article_id: str) -> float:
        return _LEAST + _LEXICAL * _similarity(query, article_id) + _DESERVED * relevance(query, article_id)

    def _shown(self, query: str, position: int, hit: p.RetrievedChunk) -> Shown:
        grade = relevance(query, hit.chunk_id)
        looked = propensity(position, self._settings.position_bias)
        opens = self._settings.opens[grade]
        return Shown(
            article=hit.chunk_id,
            position=position,
            relevance=grade,
            propensity=looked,
            opens=opens,
            clicked=self._rng.random() < looked * opens,
        )

    def _found(self, article_id: str) -> Found:
        article = BY_ID[article_id]
        text = article.outdated if article.topic in self._stale_topics else article.text
        return Found(article.id, article.title, f"{text}\n{self._injected}" if self._injected else text)


class ReadingCustomer:
    """A customer who reads what was found before answering.

    Args:
        customer: Who answers.
        read: Reads.
    """

    def __init__(self, customer: Customer, read: Callable[[], None]) -> None:
        self._customer = customer
        self._read = read

    def opening(self) -> CustomerMessage:
        """See :class:`agent_runtime.customers.Customer`."""
        return self._customer.opening()

    def reply(self, agent_text: str) -> CustomerMessage | None:
        """See :class:`agent_runtime.customers.Customer`."""
        self._read()
        return self._customer.reply(agent_text)


@lru_cache(maxsize=4096)
def _similarity(query: str, article_id: str) -> float:
    """Cosine of the words that both have."""
    article = BY_ID[article_id]
    return _cosine(_words(query), _words(f"{article.title} {article.text}"))


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[a-z]+", text.lower()))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(one[word] * other[word] for word in sorted(one))
    lengths = [math.sqrt(sum(count * count for count in words.values())) for words in (one, other)]
    return shared / (lengths[0] * lengths[1])
