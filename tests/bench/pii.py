"""Topic ``tables``, masking: recall and precision by kind, beside Presidio as it comes, and texts a second.

Half of the templates of the public texts were tuned on; the figures are of the other half.
"""

import asyncio
import logging
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import tldextract
from msgspec import Struct
from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

from agent_runtime.domains.retail.conversations import retail_conversations
from agent_runtime.play import play
from agent_runtime.settings import RuntimeSettings
from pipelines.pii.detection import MODEL, find_spans
from pipelines.pii.evaluation import Detector, Labelled, Score, measure, read_labelled, split_by_template
from pipelines.pii.kinds import Kind, Span
from pipelines.pii.settings import PiiSettings
from streaming.contract.events import AgentEvent
from streaming.contract.payloads import MsgReceived, ResponseSent
from tests.bench.record import Row

PEER: Final = "Presidio as it comes, same model"
_KINDS: Final = {kind.value: kind for kind in Kind} | {"US_DRIVER_LICENSE": Kind.DOCUMENT}
_MEASURED: Final = (
    "name",
    "location",
    "address",
    "place",
    "email",
    "phone",
    "card",
    "iban",
    "ssn",
    "ip",
)
_SAMPLE: Final = 2_000
"""Texts of played conversations that are masked for their speed."""


class Measured(Struct, frozen=True, kw_only=True):
    """What one detector did, by kind, and the seconds of processor time that it took, loading left out."""

    scores: dict[str, Score]
    cpu_s: float


def rows() -> list[Row]:
    """Measures both detectors on the same texts; none where the texts are absent."""
    path = PiiSettings().labelled_texts
    if not path.is_file():
        sys.stderr.write(f"PII is not measured: {path} is absent; set TURNSTONE_PII_LABELLED_TEXTS\n")
        return []
    texts, vanilla = _texts(path), presidio()
    ours, peer = _measured(find_spans, texts), _measured(vanilla, texts)
    sys.stdout.write(table(ours, peer))
    played = _played()
    return [
        *(row for kind in _MEASURED for row in _rows(kind, ours.scores[kind], peer.scores[kind])),
        _speed("F2-pii-speed", f"{len(texts)} texts of the public set", len(texts), ours.cpu_s, peer.cpu_s),
        _speed(
            "F2-pii-speed-played",
            f"{len(played):,} distinct texts of played conversations",
            len(played),
            _measured(find_spans, played).cpu_s,
            _measured(vanilla, played).cpu_s,
        ),
    ]


def presidio() -> Detector:
    """Presidio with all of its own English recognizers, and the same small model."""
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    tldextract.extract = tldextract.TLDExtract(
        suffix_list_urls=()
    )  # the list that it ships; nothing is fetched
    models = [{"lang_code": "en", "model_name": MODEL}]
    configuration = {"nlp_engine_name": "spacy", "models": models}
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    batch = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=engine))

    def detect(texts: Sequence[str]) -> list[list[Span]]:
        found = batch.analyze_iterator(texts, language="en", batch_size=128)
        return [
            [Span(r.start, r.end, _KINDS[r.entity_type]) for r in results if r.entity_type in _KINDS]
            for results in found
        ]

    return detect


def table(ours: Measured, peer: Measured) -> str:
    """Both by kind, as Markdown: recall of whole spans, letters and digits left readable, precision."""
    lines = [
        "| kind | spans | recall | Presidio | left readable | Presidio | precision | Presidio |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in _MEASURED:
        a, b = ours.scores[kind], peer.scores[kind]
        shares = (a.recall, b.recall, 1 - a.character_recall, 1 - b.character_recall)
        cells = [
            *(f"{share:.1%}" for share in shares),
            *(f"{s.precision:.1%}" if s.told else "–" for s in (a, b)),
        ]
        lines.append(f"| {kind} | {a.spans} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _played() -> list[Labelled]:
    """Some of what customers and agents say in the conversations that are played."""
    said = set[str]()

    def listen(event: AgentEvent) -> None:
        if isinstance(event.payload, MsgReceived | ResponseSent):
            said.add(event.payload.content)

    conversations = retail_conversations(RuntimeSettings())
    asyncio.run(play(conversations.stream, total=conversations.total, sink=listen))
    chosen = random.Random(7).sample(sorted(said), min(_SAMPLE, len(said)))
    return [Labelled(text, (), 0) for text in chosen]


def _texts(path: Path) -> list[Labelled]:
    return split_by_template(read_labelled(path))[1]


def _measured(detect: Detector, texts: Sequence[Labelled]) -> Measured:
    detect(["Warm up: my name is Ann Lee."])
    started = time.process_time()
    scores = measure(detect, texts)
    return Measured(scores=scores, cpu_s=time.process_time() - started)


def _speed(identity: str, of_what: str, texts: int, ours_s: float, peer_s: float) -> Row:
    speeds = (round(texts / ours_s, 1), round(texts / peer_s, 1))
    sys.stdout.write(f"{of_what}, a second of processor time: {speeds[0]}, Presidio {speeds[1]}\n")
    return Row(
        id=identity,
        what=f"texts masked a second of processor time, {of_what}",
        target=None,
        result=speeds[0],
        unit="texts/s",
        better="higher",
        peers={PEER: speeds[1]},
    )


def _rows(kind: str, ours: Score, peer: Score) -> list[Row]:
    what = f"{kind}: %s, {ours.spans} spans of templates that were not tuned on"
    return [
        Row(
            id=f"F2-pii-{kind}-recall",
            what=what % "share of the spans of which nothing stays readable",
            target=None,
            result=round(ours.recall, 4),
            unit="share",
            better="higher",
            peers={PEER: round(peer.recall, 4)},
        ),
        Row(
            id=f"F2-pii-{kind}-precision",
            what=what % "share of what is masked that had to be",
            target=None,
            result=round(ours.precision, 4),
            unit="share",
            better="higher",
            peers={PEER: round(peer.precision, 4)} if peer.told else {},
        ),
    ]


if __name__ == "__main__":
    rows()
