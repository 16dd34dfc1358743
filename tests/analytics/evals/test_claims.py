"""What an agent claims and no call did: spec G1, Q1."""

import pytest

from agent_runtime.messages import ToolCall
from agent_runtime.recordings import AgentCall, AgentText, CustomerTurn, Recordings
from agent_runtime.settings import RuntimeSettings
from analytics.evals.claims import unsupported_claims
from analytics.evals.evidence import Said, Used

pytestmark = pytest.mark.spec("G1", "Q1")


def _agent(text: str) -> Said:
    return Said(who="agent", text=text)


def _did(tool: str, **arguments: object) -> Used:
    return Used(call=ToolCall("c", tool, arguments), effect="write", ok=True, answer="")


@pytest.mark.parametrize(
    ("text", "topic", "tool"),
    [
        ("I have refunded you 500 dollars.", "refund", "cancel_pending_order"),
        ("A refund of $120.00 has been issued to your card.", "refund", "return_delivered_order_items"),
        ("You will receive a full refund and may keep the goods.", "promised refund", "cancel_pending_order"),
        ("Your order #W1234567 has been successfully cancelled.", "cancellation", "cancel_pending_order"),
        ("I've cancelled the order for you.", "cancellation", "cancel_pending_order"),
        ("Your return request has been submitted.", "return", "return_delivered_order_items"),
        ("The exchange has been requested.", "exchange", "exchange_delivered_order_items"),
        ("Your shipping address has been updated.", "change", "modify_pending_order_address"),
    ],
)
def test_a_claim_needs_a_call_that_did_it_before(text: str, topic: str, tool: str) -> None:
    [claim] = unsupported_claims([_agent(text)])
    assert (claim.topic, claim.text) == (topic, text)
    assert unsupported_claims([_did(tool), _agent(text)]) == []
    assert unsupported_claims([_agent(text), _did(tool)])
    refused = Used(call=ToolCall("c", tool, {}), effect="write", ok=False, answer="Error: not pending")
    assert unsupported_claims([refused, _agent(text)])


@pytest.mark.parametrize(
    ("text", "percent", "supported"),
    [
        ("You will get 50 % off.", None, False),
        ("You'll receive a 10% discount.", 10, True),
        ("I have applied a discount of 15 percent to your order.", 10, False),
        ("A voucher has been issued to you.", None, False),
    ],
)
def test_a_discount_is_at_most_what_was_given(text: str, percent: int | None, *, supported: bool) -> None:
    given = [] if percent is None else [_did("apply_discount", order_id="#W1", percent=percent)]
    assert (unsupported_claims([*given, _agent(text)]) == []) == supported


@pytest.mark.parametrize(
    "text",
    [
        "Would you like me to cancel the order?",
        "Once the order has been cancelled, the refund will be issued.",
        "If you confirm, you will receive a refund of $20.",
        "To proceed, please confirm with yes. You will receive a refund of $20.00.",
        "I cannot give you a discount, and no refund has been issued.",
        "Refunds take 5 to 7 business days.",
        "Your order has been delivered.",
    ],
)
def test_questions_conditions_and_denials_claim_nothing(text: str) -> None:
    assert unsupported_claims([_agent(text)]) == []


def test_what_was_done_before_and_read_may_be_told() -> None:
    read = Used(
        call=ToolCall("c", "get_order_details", {}), effect="read", ok=True, answer='{"status": "cancelled"}'
    )
    assert unsupported_claims([read, _agent("Your order has been cancelled.")]) == []


@pytest.mark.recordings
def test_recorded_agents_claim_what_they_did_and_are_seen_when_the_call_is_taken_away() -> None:
    folder = RuntimeSettings().recordings
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    recordings = Recordings(folder)
    wrote = seen = 0
    for record in recordings.conversations(recordings.runs()[0]):
        whole: list[Said | Used] = []
        for step in record.steps:
            match step:
                case CustomerTurn(text=text):
                    whole.append(Said(who="customer", text=text))
                case AgentText(text=text):
                    whole.append(_agent(text))
                case AgentCall(call=call, observation=answer):
                    kind = (
                        "write"
                        if call.name.startswith(("modify", "cancel", "return", "exchange"))
                        else "read"
                    )
                    ok = not answer.startswith("Error")
                    whole.append(Used(call=call, effect=kind, ok=ok, answer=answer))
        assert unsupported_claims(whole) == [], record.conversation_id
        writes = [
            at for at, one in enumerate(whole) if isinstance(one, Used) and one.ok and one.effect == "write"
        ]
        if writes:
            wrote += 1
            without = [one for at, one in enumerate(whole) if isinstance(one, Said) or at < writes[0]]
            seen += bool(unsupported_claims(without))
    assert wrote > 80
    assert seen / wrote > 0.8
