"""What makes two calls the same effect (ADR 016)."""

import hashlib
import unicodedata
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from agent_runtime.tools.declaration import Tool
from agent_runtime.tools.signature import IdempotencyKey

_encode: Final = msgspec.json.Encoder(order="sorted").encode


def canonical_arguments(tool: Tool[Any], arguments: Struct) -> str:
    """The arguments that make a call this effect, as JSON that is equal for equal ones.

    They are as the tool declares them: defaults are filled in, ``50`` is ``50.0`` where a float is
    declared, names are sorted, and text is in Unicode's composed form.
    """
    if tool.identity is None:
        text = _encode(arguments).decode()
    else:
        named = structs.asdict(arguments)
        text = _encode({name: named[name] for name in tool.identity}).decode()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def idempotency_key(
    *, conversation_id: str, turn: int, tool: str, arguments: str, occurrence: int
) -> IdempotencyKey:
    """The key of an effect: 32 hexadecimal digits.

    Neither the model's call id nor the place of the step goes in: a model that thinks again about the
    same message makes new ones, for the same effect.

    Args:
        conversation_id: Whose effect it is.
        turn: Customer messages so far when it was first asked for.
        tool: The tool's name.
        arguments: As :func:`canonical_arguments` has them.
        occurrence: Which one of the same effects asked for in that turn, from 1.
    """
    place = _encode([conversation_id, turn, tool, arguments, occurrence])
    return IdempotencyKey(hashlib.sha256(place).hexdigest()[:32])
