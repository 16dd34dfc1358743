"""The page tells every field of a scenario and every column of the truth."""

from pathlib import Path

import pytest
from msgspec import Struct

from agent_runtime.scenarios import Scenario, Shown, Truth
from agent_runtime.scenarios import description as d
from agent_runtime.scenarios.reading import scenario_names
from agent_runtime.scenarios.truth import Searched

PAGE = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text()


@pytest.mark.parametrize(
    "described",
    [
        *(Scenario, d.Traffic, d.Tier, d.AgentVersion, d.Injections, d.Help, d.Aftermath, d.NewProblem),
        *(d.ToolOutage, d.SlowModel, d.ModelChange, d.StaleArticle, Truth, Searched, Shown),
    ],
    ids=lambda each: each.__name__,
)
def test_every_field_is_on_the_page(described: type[Struct]) -> None:
    missing = [name for name in described.__struct_fields__ if f"`{name}`" not in PAGE]
    assert not missing


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE
