"""What the scripted agent does next: a state machine over what it knows.

Identify the customer, look up what is asked about, check that it may be done, ask for
confirmation, act, report. Arguments of tools come from the customer's words and from
the results of tools.
"""

from collections.abc import Sequence

from agent_runtime.messages import Message
from agent_runtime.models.scripted import Step
from agent_runtime.simulation.case import CaseFile, Record, read_case
from agent_runtime.simulation.moves import (
    ANYTHING_ELSE,
    Move,
    Plan,
    execute,
    look_up,
    propose,
    report,
    say,
    transfer,
)
from agent_runtime.simulation.procedures import PROCEDURES


def next_step(context: Sequence[Message]) -> Step:
    """The policy without faults; see :data:`agent_runtime.models.scripted.Policy`."""
    return next_move(read_case(context)).step


def next_move(case: CaseFile) -> Move:
    """What a careful agent does, knowing this."""
    if case.write_error:
        return transfer(f"The request was refused: {case.write_error}")
    if case.written:
        return report(case.written)
    if case.words.wish == "human":
        return transfer("The customer asks for a human.")
    if case.user_id is None:
        return _identify(case)
    if case.profile is None:
        return look_up("get_user_details", user_id=case.user_id)
    return _serve(case, case.profile)


def _serve(case: CaseFile, profile: Record) -> Move:
    if case.words.wish is None:
        return say("Thank you, I have found your account. How can I help you?")
    decided = PROCEDURES[case.words.wish](case, profile)
    return _carry_out(decided, case) if isinstance(decided, Plan) else decided


def _carry_out(plan: Plan, case: CaseFile) -> Move:
    if case.confirmed is None:
        return propose(plan)
    return execute(plan) if case.confirmed else say(f"Then I leave everything as it is. {ANYTHING_ELSE}")


def _identify(case: CaseFile) -> Move:
    by_email = {"email": case.words.email}
    if case.words.email and by_email not in case.failed_lookups:
        return look_up("find_user_id_by_email", email=case.words.email)
    if case.words.name_zip:
        first, last, code = case.words.name_zip
        by_name = {"first_name": first, "last_name": last, "zip": code}
        if by_name not in case.failed_lookups:
            return look_up("find_user_id_by_name_zip", **by_name)
        return transfer("The customer could not be identified.")
    if case.failed_lookups:
        return say("I found no account. What are your first and last name and your zip code?")
    return say("Gladly. What is the email address of your account, or your full name and zip code?")
