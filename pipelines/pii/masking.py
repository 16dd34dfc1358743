"""Masks personal data in texts, documents and tables (spec F2)."""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.pii.documents import is_document, mask_documents
from pipelines.pii.reading import Readers, masked_plain

_LOG: Final = logging.getLogger(__name__)


def mask_texts(texts: Sequence[str], read: Callable[[Sequence[str]], list[str]] = masked_plain) -> list[str]:
    """Texts with placeholders instead of personal data; JSON documents stay JSON.

    Equal texts are read once. What is masked already stays as it is: masking twice is
    masking once. The language model is loaded with the first text, which takes seconds.

    Args:
        texts: Any texts; JSON objects and arrays among them are masked value by value.
        read: Masks those that are no documents.
    """
    distinct = list(dict.fromkeys(texts))
    documents = [text for text in distinct if is_document(text)]
    plain = list(dict.fromkeys(distinct).keys() - set(documents))
    new = dict(zip(plain, read(plain), strict=True))
    new |= zip(
        documents, mask_documents(documents, partial(mask_texts, read=read)) if documents else (), strict=True
    )
    return [new[text] for text in texts]


def mask_table(table: pa.Table, columns: Collection[str]) -> pa.Table:
    """A table with the texts of some columns masked; nulls stay null.

    Args:
        table: Any table.
        columns: Names of its columns of texts that may hold personal data.
    """
    started = time.perf_counter()
    chosen = [name for name in table.column_names if name in columns]
    distinct = {text for name in chosen for text in pc.unique(table.column(name)).to_pylist() if text}
    texts = sorted(distinct)
    with Readers() as read:
        new = dict(zip(texts, mask_texts(texts, read), strict=True))
    for name in chosen:
        field = table.schema.field(name)
        values = [new.get(text, text) for text in table.column(name).to_pylist()]
        table = table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))
    _LOG.info(
        "PII: %d of %d distinct texts in %s masked, %.1f s",
        sum(text != masked_text for text, masked_text in new.items()),
        len(texts),
        ", ".join(chosen),
        time.perf_counter() - started,
    )
    return table
