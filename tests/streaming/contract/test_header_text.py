"""Headers as one text: bad texts are told, readers in SQL find a header."""

import duckdb
import pytest

from streaming.contract.header_text import decode_headers, encode_headers
from streaming.errors import MalformedEventError

HEADERS = [("ce_type", b"error"), ("ce_type", b"again"), ("raw", b"\xff\x00"), ("none", None), ("é", b'"\\')]


@pytest.mark.spec("F1")
def test_order_repetition_and_bytes_are_kept() -> None:
    assert decode_headers(encode_headers(HEADERS)) == HEADERS


def test_sql_reads_a_header_by_its_name() -> None:
    text = encode_headers([("ce_type", b"error"), ("ce_tenantid", b"acme"), ("none", None)])
    found = duckdb.execute("select $1 ->> 'ce_type', $1 ->> 'ce_tenantid', $1 ->> 'none'", [text]).fetchone()
    assert found == ("error", "acme", None)


@pytest.mark.parametrize(
    "text", ["", "[]", '["a"]', '{"a":1}', '{"a":{"base64":"§"}}', '{"a":{"b":"c"}}', "nul"]
)
def test_another_text_is_refused_with_what_it_is(text: str) -> None:
    with pytest.raises(MalformedEventError, match="headers are not a JSON object"):
        decode_headers(text)
