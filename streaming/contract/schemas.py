"""JSON Schemas of the event types: one committed file a type and version (spec E1).

``python -m streaming.contract.schemas`` writes the files of the current versions and the
documentation page. It refuses a change that old events would not survive; such a change
needs a new version of the type.
"""

import inspect
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from streaming.contract.payloads import PAYLOADS, Payload
from streaming.errors import TerminalError

FOLDER: Final = Path(__file__).parent / "schemas"
PAGE: Final = Path(__file__).parents[2] / "docs" / "events.md"

Schema = dict[str, Any]


class IncompatibleSchemaError(TerminalError):
    """A change of a type that events already written would not fit."""


def payload_schema(payload: type[Payload]) -> Schema:
    """The JSON Schema (draft 2020-12) of a payload; unknown fields are allowed."""
    (reference,), definitions = msgspec.json.schema_components([payload])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:turnstone:event:{payload.TYPE}:{payload.VERSION}",
        "title": payload.TYPE,
        **reference,
        "$defs": definitions,
    }


def schema_file(payload: type[Payload], folder: Path = FOLDER) -> Path:
    """Where the schema of the payload's version is committed."""
    return folder / f"{payload.TYPE}.v{payload.VERSION}.json"


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Why events that fit ``old`` may not fit ``new``; empty where all of them do."""
    return list(_differences(_root(old), _root(new), old, new, "payload"))


def _differences(old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{at}.{name} became required"
    for name, old_property in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{at}.{name} was removed or renamed"
        else:
            yield from _differences(old_property, new["properties"][name], old_root, new_root, f"{at}.{name}")
    if lost := _types(old) - _types(new):
        yield f"{at} no longer allows {', '.join(sorted(lost))}"
    if lost := _values(old) - _values(new) if "enum" in new else set():
        yield f"{at} no longer allows the value {', '.join(sorted(lost))}"
    if new.get("minimum", -math.inf) > old.get("minimum", -math.inf):
        yield f"{at} has a narrower minimum"
    if new.get("maximum", math.inf) < old.get("maximum", math.inf):
        yield f"{at} has a narrower maximum"
    if "items" in old and "items" in new:
        yield from _differences(old["items"], new["items"], old_root, new_root, f"{at}[]")


def _values(schema: Schema) -> set[str]:
    return {json.dumps(value) for value in schema.get("enum", ())}


def _root(schema: Schema) -> Schema:
    return {"$ref": schema["$ref"]} if "$ref" in schema else schema


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _types(schema: Schema) -> set[str]:
    if "anyOf" in schema:
        return set().union(*(_types(option) for option in schema["anyOf"]))
    if "enum" in schema:
        return {"enum"}
    kind = schema.get("type")
    return {kind} if kind else set()


def write_schemas(folder: Path = FOLDER) -> list[Path]:
    """Writes the schema file of every type's current version.

    Raises:
        IncompatibleSchemaError: A committed version would change so that old events do not fit.
    """
    folder.mkdir(exist_ok=True)
    return [_write_schema(payload, folder) for payload in PAYLOADS.values()]


def _write_schema(payload: type[Payload], folder: Path) -> Path:
    path, schema = schema_file(payload, folder), payload_schema(payload)
    if path.exists() and (broken := incompatibilities(json.loads(path.read_text()), schema)):
        raise IncompatibleSchemaError(
            f"{path.name}: {'; '.join(broken)}. Undo it, or raise {payload.__name__}.VERSION"
        )
    path.write_text(json.dumps(schema, indent=2) + "\n")
    return path


def documentation() -> str:
    """The page that lists every event type with its fields."""
    lines = [
        "# Events",
        "",
        "Generated from the contract by `make docs`. The envelope is in the Kafka headers",
        "(CloudEvents 1.0, binary mode); the fields below are the JSON object in the value.",
    ]
    for payload in PAYLOADS.values():
        schema = payload_schema(payload)
        body = _resolved(_root(schema), schema)
        safety = " Never dropped by the producer." if payload.SAFETY else ""
        lines += [
            "",
            f"## `{payload.TYPE}` (version {payload.VERSION})",
            "",
            f"{inspect.cleandoc(body['description'])}{safety}",
        ]
        lines += ["", "| field | type | required |", "|---|---|---|"]
        for name, field in body["properties"].items():
            required = "yes" if name in body.get("required", ()) else "no"
            lines.append(f"| `{name}` | {_type_words(field, schema)} | {required} |")
    return "\n".join(lines) + "\n"


def _type_words(field: Schema, root: Schema) -> str:
    field = _resolved(field, root)
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "items" in field:
        return f"list of {_type_words(field['items'], root)}"
    return " or ".join(sorted(_types(field))) or "any"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{path}\n" for path in write_schemas()))
    PAGE.write_text(documentation())
