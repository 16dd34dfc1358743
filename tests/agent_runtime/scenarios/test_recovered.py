"""What was planted is found again by whoever has the events alone: spec A10 (scripted), I2 (clicks)."""

from collections import Counter, defaultdict
from itertools import pairwise
from statistics import mean, median

import pytest
from msgspec.structs import replace

from agent_runtime.scenarios import Load
from agent_runtime.scenarios.arriving import week_profile
from agent_runtime.scenarios.description import Help
from agent_runtime.scenarios.tenants import tenants_of
from streaming.contract import payloads as p
from tests.agent_runtime.scenarios.conftest import Generated, run, thinned
from tests.agent_runtime.scenarios.reading_events import day_of, escalated, looked_at, share, starts, time_of

pytestmark = pytest.mark.spec("A10")


def test_a_regression_shows_at_its_planted_size_from_its_day_on(regression: Generated) -> None:
    scenario = regression.load.scenario
    after = [each for each in escalated(regression.events) if day_of(each[0], scenario.first_day) >= 14]
    arms = {
        version: share(flag for event, flag in after if event.agent_version == version)
        for version in ("shop-5", "shop-6")
    }
    (before, error_before), (now, error_now) = arms["shop-5"], arms["shop-6"]
    error = (error_before**2 + error_now**2) ** 0.5
    total = sum(scenario.intents.values())
    spared = (
        scenario.intents["ask_human"] + scenario.intents["abandon"] / 4
    )  # who leaves at once cannot be sent on
    planted = (0.11 - 0.03) * (1 - spared / total)
    assert abs(now - before - planted) < 3 * error, (now - before, planted, error)
    assert now - before > 2 * error
    assert {
        event.agent_version for event in starts(regression.events) if day_of(event, scenario.first_day) < 14
    } == {"shop-5"}


def test_a_customer_stays_with_a_version(regression: Generated) -> None:
    scenario = regression.load.scenario
    met = defaultdict(set)
    for event in starts(regression.events):
        if day_of(event, scenario.first_day) >= 14:
            met[event.tenant_id, event.payload.customer].add(event.agent_version)  # type: ignore[attr-defined]
    assert {len(versions) for versions in met.values()} == {1}


def test_a_new_failure_comes_from_its_day_on_and_not_before(new_failure: Generated) -> None:
    first = new_failure.load.scenario.first_day
    opened = [
        (day_of(event, first), "refuse" in event.payload.content and "gift card" in event.payload.content)
        for event in new_failure.of(p.MsgReceived)
        if event.turn == 1 and isinstance(event.payload, p.MsgReceived)
    ]
    found, error = share(flag for day, flag in opened if day >= 14)
    assert not any(flag for day, flag in opened if day < 14)
    assert abs(found - 0.05) < 3 * error + 0.012, "who comes back with it comes on top"


def test_the_traffic_follows_hours_weekdays_and_the_size_of_tenants(regression: Generated) -> None:
    scenario = regression.load.scenario
    begun = starts(regression.events)
    tenants = tenants_of(scenario)
    profiles = {tier.name: week_profile(scenario.traffic, tier.later_h) for tier in scenario.tiers}
    by_hour, by_weekday = [0.0] * 24, [0.0] * 7
    for tenant in tenants:
        for place, weight in enumerate(profiles[tenant.tier.name]):
            by_hour[place % 24] += tenant.share * weight
            by_weekday[place // 24] += tenant.share * weight
    hours = Counter(time_of(event).hour for event in begun)
    weekdays = Counter(time_of(event).weekday() for event in begun)
    for found, planted in ((hours, by_hour), (weekdays, by_weekday)):
        for place, expected in enumerate(planted):
            error = (expected * (1 - expected) / len(begun)) ** 0.5
            assert abs(found[place] / len(begun) - expected) < 4 * error + 0.1 * expected, (place, expected)
    sizes = Counter(event.tenant_id for event in begun)
    for tenant in tenants[:10]:
        error = (tenant.share * (1 - tenant.share) / len(begun)) ** 0.5
        assert abs(sizes[tenant.id] / len(begun) - tenant.share) < 4 * error, tenant.id
    assert sizes.keys() <= {tenant.id for tenant in tenants}
    assert len({tenant.id for tenant in tenants}) == 40


def test_a_tier_that_lives_later_calls_later(regression: Generated) -> None:
    tier_of = {truth.conversation_id: truth.tier for truth in regression.truths}
    at_night = {
        tier: share(
            time_of(event).hour < 5
            for event in starts(regression.events)
            if tier_of[event.conversation_id] == tier
        )
        for tier in ("enterprise", "business")
    }
    assert at_night["business"][0] - at_night["enterprise"][0] > 4 * at_night["business"][1]


@pytest.mark.spec("I2")
def test_places_are_looked_at_as_often_as_their_propensities_say() -> None:
    searching = replace(
        thinned("steady", customers=300), intents={"help": 1.0}, help=Help(noise=0.3, opens=(0.1, 0.5, 0.95))
    )
    found = run(Load(scenario=searching, seed=5, total=2_000))
    for position in (2, 3, 4):
        ratio, error = looked_at(found.events, position)
        assert abs(ratio * position - 1) < 3 * error, (position, ratio, error)
        assert error < 0.25
    clicks = {
        (event.span_id, event.payload.label)
        for event in found.events
        if isinstance(event.payload, p.OutcomeRecorded) and event.payload.name == "click"
    }
    shown = [
        (searched.span_id, each)
        for truth in found.truths
        for searched in truth.searches
        for each in searched.shown
    ]
    assert clicks == {(span, each.article) for span, each in shown if each.clicked}
    assert all(each.propensity == 1 / each.position for _, each in shown)
    expected = sum(each.propensity * each.opens for _, each in shown)
    assert len(clicks) == pytest.approx(expected, rel=0.05)


def test_discounts_beyond_the_policy_are_the_planted_ones(injections: Generated) -> None:
    given = {
        event.conversation_id: event.payload.arguments["percent"]
        for event in injections.events
        if isinstance(event.payload, p.ToolCallStart) and event.payload.tool == "apply_discount"
    }
    beyond = {name for name, percent in given.items() if percent > 15}
    planted = {
        truth.conversation_id: truth
        for truth in injections.truths
        if truth.failure == "excess_discount" or (truth.injection == "override" and truth.injection_obeyed)
    }
    assert beyond == planted.keys()
    assert {truth.injection for truth in planted.values()} == {None, "override"}


def test_an_injected_text_stands_where_it_was_planted_and_works_where_it_is_obeyed(
    injections: Generated,
) -> None:
    events = injections.by_conversation
    obeyed: Counter[str] = Counter()
    for truth in injections.truths:
        if truth.injection is None or truth.injection_text is None:
            continue
        payloads = [event.payload for event in events[truth.conversation_id]]
        heard = " ".join(each.content for each in payloads if isinstance(each, p.MsgReceived))
        calls = [each for each in payloads if isinstance(each, p.ToolCallEnd)]
        read = " ".join(each.result for each in calls)
        said = " ".join(each.content for each in payloads if isinstance(each, p.ResponseSent))
        if truth.injection == "indirect":
            assert truth.injection_text not in heard
            assert (truth.injection_text in said) == truth.injection_obeyed
            assert (truth.injection_text in read) == any(call.tool == "search_help_center" for call in calls)
        else:
            assert truth.injection_text in heard
        if truth.injection == "exfiltration":
            assert ("This is the account of" in said) == truth.injection_obeyed
        obeyed[truth.injection] += truth.injection_obeyed
    assert obeyed.keys() == {"override", "exfiltration", "indirect"}
    assert min(obeyed.values()) >= 1


def test_who_was_not_served_is_less_content_and_comes_back_more_often(regression: Generated) -> None:
    served = {truth.conversation_id: truth.served for truth in regression.truths}
    surveys: defaultdict[bool, list[float]] = defaultdict(list)
    for event in regression.events:
        if isinstance(event.payload, p.OutcomeRecorded) and event.payload.name == "csat":
            surveys[served[event.conversation_id]].append(event.payload.score)
    answered = sum(map(len, surveys.values())) / sum(
        truth.expected_outcome != "abandoned" for truth in regression.truths
    )
    assert mean(surveys[True]) - mean(surveys[False]) > 1.5
    assert answered == pytest.approx(regression.load.scenario.aftermath.csat_share, abs=0.03)
    came_back = {truth.again_of for truth in regression.truths if truth.again_of}
    firsts = [truth for truth in regression.truths if truth.again_of is None]
    for known, planted in ((True, 0.03), (False, 0.3)):
        found, error = share(truth.conversation_id in came_back for truth in firsts if truth.served is known)
        assert abs(found - planted) < 3 * error + 0.01, (known, found)


def test_who_comes_back_within_a_day_is_seen_in_the_events_and_nobody_else(regression: Generated) -> None:
    contacts: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for event in starts(regression.events):
        contacts[event.tenant_id, str(event.payload.customer)].append(  # type: ignore[attr-defined]
            (event.time_ns, event.conversation_id)
        )
    seen = {
        later[1]
        for many in contacts.values()
        for earlier, later in pairwise(sorted(many))
        if later[0] - earlier[0] < 86_400_000_000_000
    }
    assert seen == {truth.conversation_id for truth in regression.truths if truth.again_of}


def test_incidents_are_felt_on_their_days_alone(incidents: Generated) -> None:
    first = incidents.load.scenario.first_day
    calls = [
        (day_of(event, first), event.payload.duration / 1e9, event.payload.model)
        for event in incidents.events
        if isinstance(event.payload, p.LlmCallEnd)
    ]
    slow = median(seconds for day, seconds, _ in calls if day in (15, 16))
    usual = median(seconds for day, seconds, _ in calls if day not in (15, 16))
    assert slow / usual == pytest.approx(3, rel=0.15)
    assert {model for day, _, model in calls if day < 45} == {"scripted-a"}
    assert {model for day, _, model in calls if day > 46} == {"scripted-b"}
    assert {event.agent_version for event in incidents.events} == {"shop-5"}
    failed = [
        day_of(event, first)
        for event in incidents.events
        if isinstance(event.payload, p.ToolCallEnd) and event.payload.error_type == "unavailable"
    ]
    assert failed
    assert set(failed) == {24}
    stale = [
        day_of(event, first)
        for event in incidents.of(p.ResponseSent)
        if "sent back for 100 days" in event.payload.content  # type: ignore[attr-defined]
    ]
    assert set(stale) <= set(range(30, 37))
