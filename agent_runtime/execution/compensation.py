"""How an effect is taken back (spec A4)."""

from typing import Any

import msgspec

from agent_runtime.ledger import EffectRecord
from agent_runtime.messages import ToolCall
from agent_runtime.tools import Tool


def compensating_call(compensation: Tool[Any], record: EffectRecord) -> ToolCall | None:
    """The call that takes an effect back; None where not all of its arguments can be found.

    Each argument is the field of that name in the answer of the effect, or else the argument of that
    name in its call.

    Args:
        compensation: The tool that takes back.
        record: The effect.
    """
    known = msgspec.json.decode(record.call, type=dict[str, Any])
    try:
        answer = msgspec.json.decode(record.answer)
    except msgspec.DecodeError:
        answer = None
    if isinstance(answer, dict):
        known |= answer
    wanted = compensation.parameters["properties"]
    if not known.keys() >= {*compensation.parameters["required"]}:
        return None
    arguments = {name: known[name] for name in wanted if name in known}
    return ToolCall(f"undo_{record.key}", compensation.name, arguments)
