"""What the scripted agent knows at a point of a conversation, read from the context alone."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from agent_runtime.messages import Message, ToolCall
from agent_runtime.simulation.moves import CONFIRMATION_CUE, WRITES
from agent_runtime.simulation.understanding import Words, agrees, understand

Record = dict[str, Any]


class CaseFile(Struct, kw_only=True):
    """What is known.

    Attributes:
        words: What the customer said.
        user_id: The identified customer.
        profile: The customer's profile.
        failed_lookups: Arguments of the look-ups of a customer that found nobody.
        orders: Orders looked at by id.
        missing_orders: Ids that belong to no order.
        products: Products looked at by id.
        product_ids: Product ids by name, where they were listed.
        calculated: The last result of a calculation.
        articles: What the help center said, best first, where it was asked.
        written: The tool of the last write, if any.
        write_error: Why it was refused, if it was.
        confirmed: The answer to the request for confirmation; None before it.
    """

    words: Words
    user_id: str | None = None
    profile: Record | None = None
    failed_lookups: list[Record] = msgspec.field(default_factory=list)
    orders: dict[str, Record] = msgspec.field(default_factory=dict)
    missing_orders: set[str] = msgspec.field(default_factory=set)
    products: dict[str, Record] = msgspec.field(default_factory=dict)
    product_ids: dict[str, str] | None = None
    calculated: str | None = None
    articles: list[Record] | None = None
    written: str | None = None
    write_error: str | None = None
    confirmed: bool | None = None


def read_case(context: Sequence[Message]) -> CaseFile:
    """Reads a context, oldest message first."""
    case = CaseFile(words=understand([each.content for each in context if each.role == "user"]))
    for before, message in itertools.pairwise(context):
        if message.role == "tool" and message.tool_call:
            _note_result(case, message.tool_call, message.content)
        elif message.role == "user" and before.content.endswith(CONFIRMATION_CUE):
            case.confirmed = agrees(message.content)
    return case


def _note_result(case: CaseFile, call: ToolCall, result: str) -> None:
    note = _note_failure if result.startswith("Error") else _note_success
    note(case, call, result)


def _note_failure(case: CaseFile, call: ToolCall, result: str) -> None:
    match call.name:
        case "find_user_id_by_email" | "find_user_id_by_name_zip":
            case.failed_lookups.append(call.arguments)
        case "get_order_details":
            case.missing_orders.add(call.arguments["order_id"])
        case "search_help_center":
            case.articles = []
        case name if name in WRITES:
            case.written, case.write_error = name, result


def _note_success(case: CaseFile, call: ToolCall, result: str) -> None:
    match call.name:
        case "find_user_id_by_email" | "find_user_id_by_name_zip":
            case.user_id = result
        case "get_order_details":
            case.orders[call.arguments["order_id"]] = json.loads(result)
        case "calculate":
            case.calculated = result
        case "get_user_details":
            case.profile = json.loads(result)
        case "get_product_details":
            case.products[call.arguments["product_id"]] = json.loads(result)
        case "list_all_product_types":
            case.product_ids = json.loads(result)
        case "search_help_center":
            case.articles = json.loads(result)
        case name if name in WRITES:
            case.written, case.write_error = name, None
