"""What a scenario is: traffic, customers, agents and what is planted into them, as typed structs.

A file of ``library/`` is one of them in TOML. Days are counted from the scenario's first day, from 0.
"""

from datetime import date
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct, field

from agent_runtime.scenarios.checking import problems
from agent_runtime.scenarios.errors import ScenarioError
from agent_runtime.scenarios.failures import Failure
from agent_runtime.scenarios.injecting import InjectionKind
from agent_runtime.simulation.drafts import Intent
from agent_runtime.simulation.wording import Persona

Share = Annotated[float, Meta(ge=0, le=1)]
Weight = Annotated[float, Meta(ge=0)]
Factor = Annotated[float, Meta(gt=0, le=100)]
Day = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a scenario: a field that it does not know is an error, not a wish unheard."""


class Traffic(Part, frozen=True, kw_only=True):
    """How many conversations begin, and when; UTC.

    Attributes:
        conversations_a_week: In the first week, beside those that are begun again.
        weeks: How many.
        hours: Weight of each hour of the day.
        weekdays: Weight of each day, Monday first.
        noise: How much an hour differs from its weight: the deviation of the logarithm.
        growth_a_week: 0.1 for a tenth more each week.
    """

    conversations_a_week: Annotated[int, Meta(ge=1, le=10_000_000)]
    weeks: Annotated[int, Meta(ge=1, le=520)]
    hours: Annotated[list[Weight], Meta(min_length=24, max_length=24)]
    weekdays: Annotated[list[Weight], Meta(min_length=7, max_length=7)]
    noise: Share = 0.1
    growth_a_week: Annotated[float, Meta(ge=-0.5, le=1)] = 0.0


class Tier(Part, frozen=True, kw_only=True):
    """Tenants of about one size.

    Attributes:
        name: What the tier is called.
        tenants: How many tenants are in it.
        later_h: Hours by which their customers' day is behind UTC's.
        intents: What their customers come with, where it differs from the scenario's.
    """

    name: Name
    tenants: Annotated[int, Meta(ge=1, le=10_000)]
    later_h: Annotated[int, Meta(ge=-12, le=12)] = 0
    intents: dict[Intent, Weight] = {}


class AgentVersion(Part, frozen=True, kw_only=True):
    """A version of the agent, and how well it does.

    Attributes:
        version: Its name in the events.
        model: Name of its model in the events.
        arm: Whether it is what others are compared with.
        from_day: The day on which it begins to serve.
        until_day: The day from which it serves no more; None where it stays.
        weight: How many of the customers it serves, against the weights of the others that serve on that
            day; a customer stays with a version while these do not change.
        slowness: How much longer its model takes than the usual.
        failures: How often it fails in which way, of the conversations in which it can.
        obeys_injections: How often it does what an injected text says.
    """

    version: Name
    model: Name = "scripted"
    arm: Literal["baseline", "candidate"] = "baseline"
    from_day: Day = 0
    until_day: Day | None = None
    weight: Annotated[float, Meta(gt=0)] = 1.0
    slowness: Factor = 1.0
    failures: dict[Failure, Share] = {}
    obeys_injections: Share = 0.0


class Incident(Part, frozen=True, kw_only=True, tag_field="kind"):
    """Something that goes on from a day to another, with no new version.

    Attributes:
        from_day: The first day.
        until_day: The day on which it is over; None where it stays.
    """

    from_day: Day
    until_day: Day | None = None


class NewProblem(Incident, frozen=True, kw_only=True, tag="new_problem"):
    """Customers come with what nobody knows: codes of gift cards are refused. It ends with a human.

    Attributes:
        share: Share of the conversations.
    """

    share: Share


class ToolOutage(Incident, frozen=True, kw_only=True, tag="tool_outage"):
    """A tool is not available.

    Attributes:
        tool: Which.
        share: Share of the conversations for which it is not.
    """

    tool: Literal["get_order_details", "search_help_center"]
    share: Share


class SlowModel(Incident, frozen=True, kw_only=True, tag="slow_model"):
    """The model takes longer.

    Attributes:
        factor: How many times as long.
    """

    factor: Factor


class ModelChange(Incident, frozen=True, kw_only=True, tag="model_change"):
    """Another model answers under the same version, and fails otherwise.

    Attributes:
        model: Its name in the events.
        failures: How often it fails, in place of the version's own rates where it says something.
    """

    model: Name
    failures: dict[Failure, Share]


class StaleArticle(Incident, frozen=True, kw_only=True, tag="stale_article"):
    """Articles of the help center tell rules that are no longer in force.

    Attributes:
        topic: The articles' topic.
    """

    topic: Literal["sending back", "delivery", "warranty", "points", "gift cards", "paying"]


AnyIncident = NewProblem | ToolOutage | SlowModel | ModelChange | StaleArticle


class Injections(Part, frozen=True, kw_only=True):
    """Texts that try to make the agent do something else.

    Attributes:
        share: Share of the conversations in which one can be.
        kinds: Weight of each kind.
    """

    share: Share = 0.0
    kinds: dict[InjectionKind, Weight] = field(
        default_factory=lambda: dict.fromkeys(get_args(InjectionKind), 1.0)
    )


class Help(Part, frozen=True, kw_only=True):
    """How well the help center is searched, and how customers click.

    A customer looks at place k of a list with probability ``k ** -position_bias`` and opens what was
    looked at with a probability that depends on the article alone: the position-based model
    (Joachims et al., Unbiased learning-to-rank with biased feedback, WSDM 2017).

    Attributes:
        shown: Articles in a list.
        noise: Deviation of a score from what the article deserves.
        position_bias: The exponent.
        opens: Chance that an article that was looked at is opened: to no point, of the topic, the answer.
    """

    shown: Annotated[int, Meta(ge=1, le=10)] = 5
    noise: Share = 0.12
    position_bias: Annotated[float, Meta(ge=0, le=3)] = 1.0
    opens: tuple[Share, Share, Share] = (0.05, 0.3, 0.85)


class Aftermath(Part, frozen=True, kw_only=True):
    """What comes after a conversation.

    Attributes:
        csat_share: Conversations, of those not abandoned, whose customer answers the survey, later.
        rating_share: Conversations whose customer rates them at once.
        graded_share: Conversations that are looked through for statements that are not true, an hour later.
        graded_sensitivity: Of those with such a statement, the share that is found.
        graded_false_alarms: Of the others, the share that is taken for one.
        again_served: Share of the customers who come back within a day although they were served.
        again_unserved: The same of those who were not.
    """

    csat_share: Share = 0.25
    rating_share: Share = 0.1
    graded_share: Share = 0.1
    graded_sensitivity: Share = 0.85
    graded_false_alarms: Share = 0.02
    again_served: Share = 0.03
    again_unserved: Share = 0.3


class Scenario(Part, frozen=True, kw_only=True):
    """Weeks of traffic and what is planted in it.

    Attributes:
        format: Version of the description.
        name: What the scenario is called.
        version: Raised when the file is changed: other numbers are other traffic.
        summary: What it is for.
        first_day: The first day, UTC.
        customers: Customers of each tenant.
        traffic: How many conversations, and when.
        size_exponent: Tenants' sizes fall with their rank to the power of minus this (Zipf).
        tiers: Tenants by size, the biggest first.
        intents: What customers come with, by weight.
        personas: How they talk, by weight.
        agents: Versions of the agent.
        incidents: What goes wrong with no new version.
        injections: Attempts to make the agent do something else.
        help: The help center and the clicks.
        aftermath: What comes after a conversation.

    Raises:
        ScenarioError: It contradicts itself; the message says where.
    """

    format: int
    name: Name
    version: Count
    summary: str
    first_day: date
    traffic: Traffic
    tiers: Annotated[list[Tier], Meta(min_length=1)]
    intents: dict[Intent, Weight]
    agents: Annotated[list[AgentVersion], Meta(min_length=1)]
    customers: Annotated[int, Meta(ge=1, le=100_000)] = 2_000
    size_exponent: Annotated[float, Meta(ge=0, le=3)] = 1.0
    personas: dict[Persona, Weight] = field(default_factory=lambda: dict.fromkeys(get_args(Persona), 1.0))
    incidents: list[AnyIncident] = []
    injections: Injections = Injections()
    help: Help = Help()
    aftermath: Aftermath = Aftermath()

    def __post_init__(self) -> None:
        """Refuses contradictions."""
        if found := list(problems(self)):
            raise ScenarioError("; ".join(found))

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return 7 * self.traffic.weeks

    @property
    def conversations(self) -> int:
        """How many conversations begin, beside those that are begun again."""
        growth = 1 + self.traffic.growth_a_week
        return round(
            sum(self.traffic.conversations_a_week * growth**week for week in range(self.traffic.weeks))
        )

    def agents_on(self, day: int) -> list[AgentVersion]:
        """The versions that serve on a day."""
        return [each for each in self.agents if lasts(each, day)]

    def incidents_on(self, day: int) -> list[AnyIncident]:
        """What goes wrong on a day."""
        return [each for each in self.incidents if lasts(each, day)]


def lasts(what: AgentVersion | Incident, day: int) -> bool:
    """Whether a day is one of those on which something is there."""
    return what.from_day <= day and (what.until_day is None or day < what.until_day)
