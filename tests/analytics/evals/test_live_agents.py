"""An agent at an endpoint: really asked, really timed: spec G1."""

from collections.abc import Iterator

import pytest

from analytics.evals.agents import AgentConfig, Live
from analytics.evals.evidence import evidence_of
from analytics.evals.running import hold_suite
from analytics.evals.suites import Loaded
from tests.agent_runtime.models.misbehaving import MisbehavingEndpoint, misbehaving_endpoint, says


@pytest.fixture(scope="module")
def endpoint() -> Iterator[MisbehavingEndpoint]:
    with misbehaving_endpoint() as served:
        yield served


@pytest.mark.spec("G1")
async def test_an_agent_at_an_endpoint_is_held_at_the_clock_and_its_first_tokens_are_measured(
    golden: Loaded, endpoint: MisbehavingEndpoint
) -> None:
    endpoint.will(says("I am afraid not. Is there anything else that I can do for you?"))
    agent = AgentConfig(
        version="live", model=Live(name="polite", base_url=endpoint.base_url), policy="Refuse."
    )
    held = await hold_suite(golden.suite.first(6), golden.world, agent, run_id="test", trials=range(2))
    assert len(held) == 12
    assert {body["model"] for body in endpoint.asked} == {"polite"}
    assert endpoint.asked[0]["messages"][0]["content"] == "Refuse."
    for one in held:
        evidence = await evidence_of(one.events, one.case, golden.world)
        assert not evidence.estimated
        assert len(one.first_token_ms) == len(evidence.response_ms) >= 1
        assert all(
            0 < first <= turn for first, turn in zip(one.first_token_ms, evidence.response_ms, strict=True)
        )
