"""The planted truth: a row for each conversation, beside the events and never in them."""

from typing import Final

import pyarrow as pa
from msgspec import Struct, structs

from agent_runtime.scenarios.failures import Failure
from agent_runtime.scenarios.injecting import InjectionKind
from agent_runtime.simulation.drafts import Intent
from agent_runtime.simulation.wording import Persona
from streaming.contract.payloads import Outcome


class Shown(Struct, frozen=True, kw_only=True):
    """An article of a list.

    Attributes:
        article: Its id, ``chunk_id`` of the event.
        position: Its place, from 1.
        relevance: 2 where it is the answer, 1 of the same topic, 0 else.
        propensity: Chance that the customer looked at the place, whatever stands there.
        opens: Chance that the article is opened where it was looked at.
        clicked: Whether it was opened.
    """

    article: str
    position: int
    relevance: int
    propensity: float
    opens: float
    clicked: bool


class Searched(Struct, frozen=True, kw_only=True):
    """A list of articles that a customer saw.

    Attributes:
        turn: The customer's message that it answers.
        span_id: Span of the events of the search, and of the clicks.
        query: What was searched.
        shown: The articles, best first.
    """

    turn: int
    span_id: str
    query: str
    shown: list[Shown]


class Truth(Struct, frozen=True, kw_only=True):
    """What is true of a conversation.

    Attributes:
        conversation_id: As in the events.
        scenario: Name of the scenario.
        scenario_version: Its version.
        seed: What it was drawn with.
        number: Place of the conversation; one that was begun again has that of the first.
        tenant_id: The company.
        tier: The company's tier.
        customer: The customer's pseudonym, as in the events.
        user_id: The customer's id in the shop, as in tool calls.
        started_at_ns: When it began, ns since the epoch, UTC.
        day: Day of the scenario, from 0.
        intent: What it is about.
        persona: How the customer talks.
        difficulty: How many obstacles there are: 0, 1, 2 or more.
        agent_version: Who serves.
        arm: baseline or candidate.
        failure: The planted failure of the agent.
        incident: What went wrong with no new version and could be felt in this conversation.
        injection: Kind of the attempt to make the agent do something else.
        injection_text: Its words.
        injection_obeyed: Whether the agent does what it says.
        discount_asked: Percent.
        discount_allowed: Percent that the policy allows of it.
        expected_outcome: How it ends.
        served: Whether the customer gets what is right.
        untrue: Whether the agent says what is not true.
        expected_actions: Calls that are right, as JSON: a list of name and arguments.
        expected_outputs: What the agent has to say.
        again_of: The conversation of which the customer comes back.
        searches: Lists of articles that the customer saw, with clicks and their propensities.
    """

    conversation_id: str
    scenario: str
    scenario_version: int
    seed: int
    number: int
    tenant_id: str
    tier: str
    customer: str
    user_id: str
    started_at_ns: int
    day: int
    intent: Intent
    persona: Persona
    difficulty: int
    agent_version: str
    arm: str
    failure: Failure | None
    incident: str | None
    injection: InjectionKind | None
    injection_text: str | None
    injection_obeyed: bool
    discount_asked: int | None
    discount_allowed: int | None
    expected_outcome: Outcome
    served: bool
    untrue: bool
    expected_actions: str
    expected_outputs: list[str]
    again_of: str | None
    searches: list[Searched]


_SHOWN: Final = pa.struct(
    [
        pa.field("article", pa.string(), nullable=False),
        pa.field("position", pa.int32(), nullable=False),
        pa.field("relevance", pa.int32(), nullable=False),
        pa.field("propensity", pa.float64(), nullable=False),
        pa.field("opens", pa.float64(), nullable=False),
        pa.field("clicked", pa.bool_(), nullable=False),
    ]
)
_SEARCHED: Final = pa.struct(
    [
        pa.field("turn", pa.int32(), nullable=False),
        pa.field("span_id", pa.string(), nullable=False),
        pa.field("query", pa.string(), nullable=False),
        pa.field("shown", pa.list_(_SHOWN), nullable=False),
    ]
)
_OTHERS: Final[dict[str, pa.DataType]] = {
    **dict.fromkeys(
        ("scenario_version", "day", "difficulty", "discount_asked", "discount_allowed"), pa.int32()
    ),
    **dict.fromkeys(("seed", "number", "started_at_ns"), pa.int64()),
    **dict.fromkeys(("injection_obeyed", "served", "untrue"), pa.bool_()),
    "expected_outputs": pa.list_(pa.string()),
    "searches": pa.list_(_SEARCHED),
}
_MAY_BE_NULL: Final = frozenset(
    {"failure", "incident", "injection", "injection_text", "discount_asked", "discount_allowed", "again_of"}
)
SCHEMA: Final = pa.schema(
    [
        pa.field(name, _OTHERS.get(name, pa.string()), nullable=name in _MAY_BE_NULL)
        for name in Truth.__struct_fields__
    ]
)
"""The table's columns: the fields of :class:`Truth`, a text where nothing else is said."""


def truth_table(rows: list[Truth]) -> pa.Table:
    """Rows as a table."""
    return pa.Table.from_pylist([_plain(row) for row in rows], SCHEMA)


def _plain(row: Truth) -> dict[str, object]:
    searches = [
        {**structs.asdict(each), "shown": [structs.asdict(shown) for shown in each.shown]}
        for each in row.searches
    ]
    return {**structs.asdict(row), "searches": searches}
