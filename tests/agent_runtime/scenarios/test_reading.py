"""Files of scenarios: those of the package are sound, and what is wrong with others is told: spec A10."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.scenarios import Scenario, ScenarioError, read_scenario, scenario_names
from agent_runtime.scenarios.reading import LIBRARY, parse_scenario

pytestmark = pytest.mark.spec("A10")

STEADY = (LIBRARY / "steady.toml").read_text()
INCIDENT = '[[incidents]]\nkind = "new_problem"\nfrom_day = 3\nshare = 0.1\n'
GARBAGE = st.sampled_from(
    [
        *(
            '"x"',
            "-1",
            "1e9",
            "true",
            "[]",
            "{}",
            '""',
            "0",
            "nan",
            "inf",
            "[1, 2]",
            "1979-05-27",
            "",
            "= =",
            '"""',
        )
    ]
)


@pytest.mark.parametrize("name", scenario_names())
def test_the_scenarios_of_the_package_are_sound(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario.name == name
    assert scenario.summary
    assert scenario.first_day.weekday() == 0
    assert scenario.conversations >= 10_000


def test_the_package_has_the_scenarios_that_its_page_tells_of() -> None:
    assert scenario_names() == ["incidents", "injections", "new_failure", "regression", "steady"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(("weeks = 2", "weeks = 0"), "traffic.weeks: expected `int` >= 1", id="too-small"),
        pytest.param(
            ("weeks = 2", "wekks = 2"), "traffic: object contains unknown field `wekks`", id="misspelt"
        ),
        pytest.param(("weeks = 2\n", ""), "traffic: object missing required field `weeks`", id="missing"),
        pytest.param(("cancel = 14", 'cancel = "14"'), "intents.*: expected `float`, got `str`", id="type"),
        pytest.param(
            ("cancel = 14", "kancel = 14"), "intents: invalid enum value 'kancel'", id="no-such-intent"
        ),
        pytest.param(
            ("hours = [2, ", "hours = ["), "traffic.hours: expected `array` of length >= 24", id="hours"
        ),
        pytest.param(
            ("cancel = 14", "refused_card = 1"), "refused_card comes with an incident", id="not-alone"
        ),
        pytest.param(("wrong_answer = 0.02", "wrong_answer = 0.99"), "the rates add up to", id="rates"),
        pytest.param(("format = 1", "format = 2"), "format: 2 is not known", id="format"),
        pytest.param(("[traffic]", "[traffic"), "this is no TOML", id="no-toml"),
        pytest.param(('name = "starter"', 'name = "business"'), "'business' is the name of 2", id="twice"),
        pytest.param(('model = "scripted-a"', "from_day = 3"), "nobody serves.*from day 0 on", id="nobody"),
        pytest.param(
            ('model = "scripted-a"', "until_day = 0"), "it ends on day 0, before it begins", id="until"
        ),
        pytest.param(
            ("[intents]", INCIDENT.replace("3", "14") + "\n[intents]"), "take 3 weeks or more", id="late"
        ),
        pytest.param(
            ("[intents]", INCIDENT * 2 + "[intents]"), "2 of kind NewProblem at once", id="two-problems"
        ),
        pytest.param(
            ("[intents]", INCIDENT.replace("new_problem", "flood") + "[intents]"),
            re.escape("incidents[0]") + ".*invalid value 'flood'",
            id="no-such-incident",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: tuple[str, str], complaint: str) -> None:
    assert change[0] in STEADY
    with pytest.raises(ScenarioError, match=complaint):
        parse_scenario(STEADY.replace(*change))


def test_weights_of_nothing_are_refused() -> None:
    nothing = re.sub(r"hours = \[.*\]", f"hours = {[0] * 24}", STEADY)
    with pytest.raises(ScenarioError, match=re.escape("traffic.hours: every weight is 0")):
        parse_scenario(nothing)


def test_fewer_weeks_than_an_incident_needs_are_refused_and_more_are_not() -> None:
    with pytest.raises(ScenarioError, match=r"incidents\[0\]: it begins on day 14.*take 3 weeks or more"):
        read_scenario("new_failure", weeks=2)
    assert read_scenario("new_failure", weeks=5).days == 35


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no scenario 'unknown': take one of incidents, injections"):
        read_scenario("unknown")
    with pytest.raises(ScenarioError, match="no scenario"):
        read_scenario(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match=r"binary\.toml"):
        read_scenario(tmp_path / "binary.toml")


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(STEADY)
    assert read_scenario(path) == read_scenario("steady")


@given(place=st.integers(0, len(STEADY.splitlines()) - 1), garbage=GARBAGE)
@settings(max_examples=150, deadline=None)
def test_a_line_with_another_value_is_read_or_refused_with_a_reason(place: int, garbage: str) -> None:
    lines = STEADY.splitlines()
    name, equals, _ = lines[place].partition(" = ")
    lines[place] = f"{name} = {garbage}" if equals else garbage
    read_or_refused("\n".join(lines))


@given(dropped=st.integers(0, len(STEADY.splitlines()) - 1), seed=st.integers(0, 1_000))
@settings(max_examples=80, deadline=None)
def test_a_file_without_a_line_or_with_a_line_twice_is_read_or_refused(dropped: int, seed: int) -> None:
    lines = STEADY.splitlines()
    read_or_refused("\n".join(lines[:dropped] + lines[dropped + 1 :]))
    random.Random(seed).shuffle(lines)
    read_or_refused("\n".join(lines))


def read_or_refused(text: str) -> None:
    """Anything but a sound scenario or an error that says why fails the test."""
    try:
        scenario = parse_scenario(text)
    except ScenarioError as refused:
        told = str(refused)
    else:
        assert isinstance(scenario, Scenario)
        assert all(scenario.agents_on(day) for day in range(scenario.days))
        return
    assert re.search(r"\w+.*: .+; .+", told), told
