"""The tools by which the agents of a team deal with each other (spec A9).

They belong to one conversation and one agent: they work on its seat there, whatever store the domain's
tools work on.
"""

import json
from typing import Any, Final, Protocol

from msgspec import Struct, structs

from agent_runtime.errors import ToolRefusal
from agent_runtime.supervisor import wording
from agent_runtime.supervisor.shared_state import Conflict, SharedState, Versioned
from agent_runtime.supervisor.team import TEAM, Specialist, Team
from agent_runtime.tools import Retry, Tool, tool

LONGEST_VALUE: Final = 4_000
"""Characters that may be shared under a key."""
_ONCE: Final = Retry(attempts=1)


class Desk(Protocol):
    """What the agents of a conversation have in common."""

    shared: SharedState

    async def delegate(self, to: Specialist[Any], task: str) -> str:
        """Has a task done, and answers the result."""
        ...

    def hand_off(self, to: Specialist[Any], summary: str) -> str:
        """Gives the customer to a specialist, after this call."""
        ...

    def hand_back(self, summary: str) -> str:
        """Gives the customer back to the head, after this call."""
        ...


class Seat(Struct, frozen=True):
    """Where a call comes from, and whom it is about."""

    desk: Desk
    name: str
    other: Any = None


@tool(effect="compute", permission=TEAM, retry=_ONCE, timeout_s=float("inf"))
async def delegate_to(seat: Seat, task: str) -> str:
    """Have {name} do something and read its answer. {purpose}

    It knows what is certain in this conversation, and the task, and nothing else.

    Args:
        task: All that it needs to know: what is to be done, and names, numbers and wishes that matter.
    """
    return await seat.desk.delegate(seat.other, task[: wording.LONGEST_TASK])


@tool(effect="compute", permission=TEAM, retry=_ONCE)
def hand_off_to(seat: Seat, summary: str) -> str:
    """Let {name} talk to the customer from now on, until it hands back. {purpose}

    Args:
        summary: What the customer wants, and what is known and done so far.
    """
    return seat.desk.hand_off(seat.other, summary[: wording.LONGEST_TASK])


@tool(effect="compute", permission=TEAM, retry=_ONCE)
def hand_back(seat: Seat, summary: str) -> str:
    """Give the customer back, because you are done or because it is not yours.

    Args:
        summary: What the customer wants, and what was done.
    """
    return seat.desk.hand_back(summary[: wording.LONGEST_TASK])


@tool(effect="compute", permission=TEAM, retry=_ONCE)
def read_shared(seat: Seat, key: str) -> str:
    """Read what the agents of this conversation share under a key: its value, version and writer.

    Args:
        key: Which.
    """
    return _told(_known(seat, key))


@tool(effect="compute", permission=TEAM, retry=_ONCE)
def write_shared(seat: Seat, key: str, value: str, version: int) -> str:
    """Write what the agents of this conversation share under a key.

    Not done where it has changed since you read it.

    Args:
        key: Which.
        value: The whole new value.
        version: The version that you read; 0 where nothing was written yet.
    """
    _known(seat, key)
    if len(value) > LONGEST_VALUE:
        raise ToolRefusal(wording.TOO_LONG.format(longest=LONGEST_VALUE))
    written = seat.desk.shared.write(key, value, read_version=version, writer=seat.name)
    if isinstance(written, Conflict):
        found = structs.asdict(written.found)
        raise ToolRefusal(wording.CONFLICT.format(key=key, **found))
    return _told(written)


def tools_of_head(desk: Desk, team: Team[Any]) -> list[Tool[Any]]:
    """Delegating to each specialist, handing off to those who talk, and what is shared."""
    name = team.head.name
    found = []
    for each in team:
        found.append(_about(delegate_to, Seat(desk, name, each)))
        if each.talks:
            found.append(_about(hand_off_to, Seat(desk, name, each)))
    return found + _shared(team, Seat(desk, name))


def tools_of_specialist(desk: Desk, team: Team[Any], name: str, *, talks: bool) -> list[Tool[Any]]:
    """What is shared, and the way back where it talks to the customer."""
    seat = Seat(desk, name)
    return ([_at(hand_back, seat)] if talks else []) + _shared(team, seat)


def _shared(team: Team[Any], seat: Seat) -> list[Tool[Any]]:
    return [_at(read_shared, seat), _at(write_shared, seat)] if team.shared else []


def _about(declared: Tool[Any], seat: Seat) -> Tool[Any]:
    """A tool for dealing with one specialist, named after it."""
    told = {"name": seat.other.agent.name, "purpose": seat.other.purpose}
    return structs.replace(
        _at(declared, seat),
        name=f"{declared.name}_{told['name']}",
        description=declared.description.format_map(told),
    )


def _at(declared: Tool[Any], seat: Seat) -> Tool[Any]:
    """A tool that works on a seat in place of the conversation's store."""
    if declared.is_async:

        async def wait(_store: Any, **arguments: Any) -> Any:
            return await declared.function(seat, **arguments)

        return structs.replace(declared, function=wait)

    def call(_store: Any, **arguments: Any) -> Any:
        return declared.function(seat, **arguments)

    return structs.replace(declared, function=call)


def _known(seat: Seat, key: str) -> Versioned:
    try:
        return seat.desk.shared.read(key)
    except KeyError:
        keys = ", ".join(seat.desk.shared.keys)
        raise ToolRefusal(wording.UNKNOWN_KEY.format(key=key, keys=keys)) from None


def _told(versioned: Versioned) -> str:
    return json.dumps(structs.asdict(versioned))
