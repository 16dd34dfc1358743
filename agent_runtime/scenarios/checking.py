"""Contradictions of a scenario that its types alone do not forbid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agent_runtime.scenarios.description import AgentVersion, Incident, Scenario
    from agent_runtime.scenarios.failures import Failure
    from agent_runtime.simulation.drafts import Intent

FORMAT: Final = 1
"""Version of the description; raised when an older file would not be read as it was meant."""
ONLY_IN_INCIDENTS: Final = frozenset({"refused_card"})
"""Intents that come with an incident alone."""


def problems(scenario: Scenario) -> Iterator[str]:
    """What is wrong, each with its place and the way out; nothing where the scenario is sound."""
    if scenario.format != FORMAT:
        yield f"format: {scenario.format} is not known; this version reads format {FORMAT}"
    yield from _weights("traffic.hours", scenario.traffic.hours)
    yield from _weights("traffic.weekdays", scenario.traffic.weekdays)
    yield from _weights("personas", scenario.personas.values())
    yield from _weights("injections.kinds", scenario.injections.kinds.values())
    yield from _intents("intents", scenario.intents)
    for place, tier in enumerate(scenario.tiers):
        if tier.intents:
            yield from _intents(f"tiers[{place}].intents", tier.intents)
    yield from _twice("tiers", (tier.name for tier in scenario.tiers))
    yield from _periods("agents", scenario.agents, scenario)
    yield from _periods("incidents", scenario.incidents, scenario)
    yield from _rates(scenario)
    yield from _days(scenario)


def _weights(where: str, weights: Iterable[float]) -> Iterator[str]:
    if sum(weights) <= 0:
        yield f"{where}: every weight is 0; give at least one that is more"


def _intents(where: str, weights: Mapping[Intent, float]) -> Iterator[str]:
    yield from _weights(where, weights.values())
    for intent in sorted(ONLY_IN_INCIDENTS & weights.keys()):
        yield f"{where}: {intent} comes with an incident of kind new_problem alone; remove it here"


def _twice(where: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{where}: {name!r} is the name of {times}; rename all but one"


def _periods(where: str, many: Sequence[AgentVersion | Incident], scenario: Scenario) -> Iterator[str]:
    for place, each in enumerate(many):
        here = f"{where}[{place}]"
        if each.until_day is not None and each.until_day <= each.from_day:
            yield (
                f"{here}: it ends on day {each.until_day}, before it begins on day {each.from_day}; "
                "until_day is the first day without it"
            )
        if each.from_day >= scenario.days:
            yield (
                f"{here}: it begins on day {each.from_day}, but the scenario has {scenario.days} days; "
                f"take {each.from_day // 7 + 1} weeks or more, or begin earlier"
            )


def _rates(scenario: Scenario) -> Iterator[str]:
    named = [(f"agents[{place}].failures", agent.failures) for place, agent in enumerate(scenario.agents)]
    for place, incident in enumerate(scenario.incidents):
        changed: Mapping[Failure, float] = getattr(incident, "failures", {})
        named += [
            (f"incidents[{place}].failures with those of {agent.version}", agent.failures | dict(changed))
            for agent in scenario.agents
        ]
    for where, rates in named:
        if (total := sum(rates.values())) > 1:
            yield f"{where}: the rates add up to {total:g}, more than 1; lower them"


def _days(scenario: Scenario) -> Iterator[str]:
    """What is wrong on single days; each is told for the first of them."""
    told = set[str]()
    for day in range(scenario.days):
        for what in _day(scenario, day):
            if what not in told:
                told.add(what)
                yield f"{what} (from day {day} on)"


def _day(scenario: Scenario, day: int) -> Iterator[str]:
    versions = Counter(agent.version for agent in scenario.agents_on(day))
    if not versions:
        yield "agents: nobody serves; let one begin earlier or end later"
    for version, times in versions.items():
        if times > 1:
            yield f"agents: {version!r} serves {times} times on one day; rename one, or end it earlier"
    kinds = Counter(type(incident).__name__ for incident in scenario.incidents_on(day))
    for kind in ("NewProblem", "ModelChange"):
        if kinds[kind] > 1:
            yield f"incidents: {kinds[kind]} of kind {kind} at once; end one before the other begins"
