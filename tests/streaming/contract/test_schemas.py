"""One versioned schema file a type, checked for backward compatibility: spec E1."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from streaming.contract.payloads import PAYLOADS, ConversationEnded, MsgReceived, Payload, ToolCallEnd
from streaming.contract.schemas import (
    FOLDER,
    PAGE,
    IncompatibleSchemaError,
    documentation,
    incompatibilities,
    payload_schema,
    schema_file,
    write_schemas,
)

KINDS = sorted(PAYLOADS.values(), key=lambda kind: kind.TYPE)


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return body


@pytest.mark.spec("E1")
@pytest.mark.parametrize("payload", KINDS, ids=lambda kind: kind.TYPE)
def test_the_committed_schema_is_the_one_of_the_code(payload: type[Payload]) -> None:
    assert json.loads(schema_file(payload).read_text()) == payload_schema(payload), "run `make docs`"


@pytest.mark.spec("E1")
def test_every_committed_version_is_still_readable_by_the_current_one() -> None:
    for path in FOLDER.glob("*.json"):
        kind = path.name.partition(".v")[0]
        assert kind in PAYLOADS, f"{path.name}: a type cannot be taken back while its events are kept"
        assert incompatibilities(json.loads(path.read_text()), payload_schema(PAYLOADS[kind])) == []


def test_the_documentation_page_is_the_one_of_the_code() -> None:
    assert PAGE.read_text() == documentation(), "run `make docs`"


@pytest.mark.spec("E1")
def test_what_is_emitted_fits_its_schema() -> None:
    payload = ToolCallEnd(tool="t", call_id="c", effect="read", ok=True, result="{}", duration=1)
    jsonschema.validate(json.loads(msgspec.json.encode(payload)), payload_schema(ToolCallEnd))


@pytest.mark.spec("E1")
def test_a_schema_refuses_what_lacks_a_required_field() -> None:
    with pytest.raises(jsonschema.ValidationError, match="required"):
        jsonschema.validate({}, payload_schema(MsgReceived))


def _require_more(schema: dict[str, Any]) -> None:
    fields(schema)["properties"]["cx.new"] = {"type": "string"}
    fields(schema)["required"].append("cx.new")


def _remove(schema: dict[str, Any]) -> None:
    del fields(schema)["properties"]["cx.reason"]


def _retype(schema: dict[str, Any]) -> None:
    fields(schema)["properties"]["cx.steps"]["type"] = "string"


def _lose_value(schema: dict[str, Any]) -> None:
    fields(schema)["properties"]["cx.outcome"]["enum"].remove("failed")


def _narrow(schema: dict[str, Any]) -> None:
    fields(schema)["properties"]["cx.turns"]["minimum"] = 5


@pytest.mark.spec("E1")
@pytest.mark.parametrize("change", [_require_more, _remove, _retype, _lose_value, _narrow])
def test_a_breaking_change_is_found(change: Any) -> None:
    old, new = payload_schema(ConversationEnded), payload_schema(ConversationEnded)
    change(new)
    assert incompatibilities(old, new)


@pytest.mark.spec("E1")
def test_a_new_optional_field_is_no_breaking_change() -> None:
    old, new = payload_schema(ConversationEnded), payload_schema(ConversationEnded)
    fields(new)["properties"]["cx.new"] = {"type": "string"}
    assert incompatibilities(old, new) == []


@pytest.mark.spec("E1")
def test_writing_refuses_to_break_a_committed_version(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    stricter = payload_schema(MsgReceived)
    fields(stricter)["properties"]["cx.gone"] = {"type": "string"}
    schema_file(MsgReceived, tmp_path).write_text(json.dumps(stricter))
    with pytest.raises(IncompatibleSchemaError, match=r"cx\.gone was removed"):
        write_schemas(tmp_path)
