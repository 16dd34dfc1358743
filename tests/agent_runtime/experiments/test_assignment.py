"""Who is in which experiment: shared vectors, exclusion, stickiness, layering, fixes for everybody."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from agent_runtime.errors import RegistryError
from agent_runtime.experiments.assignment import Assigner, bypass_records, moved_users
from agent_runtime.experiments.buckets import bucketing
from agent_runtime.experiments.registry import Bypass, Experiment, Layer, Registry, Variant
from streaming.contract.payloads import ExperimentExposure

pytestmark = pytest.mark.spec("H1")

VECTORS = json.loads((Path(__file__).parent / "buckets.json").read_text(encoding="utf-8"))["cases"]
DEFAULT = {"tone": "plain", "model": "small", "refund_limit": 100}
FIX = Bypass(
    key="limit-refunds",
    kind="safety",
    config={"refund_limit": 0},
    reason="refunds were paid twice",
    approved_by="on-call",
    at=datetime(2026, 11, 2, 9, tzinfo=UTC),
)


def experiment(key: str, first: int, stop: int, config: dict[str, object]) -> Experiment:
    control, treatment = Variant(name="control", weight=500), Variant(name="new", weight=500, config=config)
    return Experiment(key=key, first=first, stop=stop, variants=(control, treatment))


WARM = experiment("warm", 0, 300, {"tone": "warm"})
BRIEF = experiment("brief", 300, 1000, {"tone": "brief"})
BIG = experiment("big", 0, 1000, {"model": "big"})


def registry(*layers: Layer, bypasses: tuple[Bypass, ...] = ()) -> Registry:
    return Registry(default=DEFAULT, layers=layers, bypasses=bypasses)


TONE = Layer(key="layer.tone", experiments=(WARM, BRIEF))
ALONE = msgspec.structs.replace(WARM, variants=WARM.variants[:1])
BOTH = registry(TONE, Layer(key="layer.model", experiments=(BIG,)))
USERS = [f"customer-{number}" for number in range(20_000)]


def test_buckets_are_those_of_another_tool() -> None:
    assert {c["bucket"] for c in VECTORS} == {bucketing(c["salt"])(c["unit"].encode()) for c in VECTORS}
    for case in VECTORS:
        assert bucketing(case["salt"])(case["unit"].encode()) == case["bucket"]


def test_users_spread_evenly_over_the_buckets() -> None:
    counts = Counter(bucketing("layer.tone")(f"u{number}".encode()) for number in range(200_000))
    statistic = sum((counts[i] - 200) ** 2 / 200 for i in range(1000))
    assert chi2.ppf(0.001, 999) < statistic < chi2.ppf(0.999, 999)


def test_a_user_is_in_one_experiment_of_a_layer_and_layers_are_independent() -> None:
    assigner = Assigner(BOTH)
    met = [assigner.variants(user) for user in USERS]
    assert all(len({"warm", "brief"} & one.keys()) == 1 for one in met)
    assert sum("warm" in one for one in met) / len(met) == pytest.approx(0.3, abs=0.015)
    both = Counter((one.get("warm"), one["big"]) for one in met if "warm" in one)
    expected = sum(both.values()) / 4
    assert sum((n - expected) ** 2 / expected for n in both.values()) < chi2.ppf(0.999, 3)


@given(unit=st.text(), stop=st.integers(301, 1000))
def test_whoever_is_in_an_experiment_stays_in_their_variant_when_it_grows(unit: str, stop: int) -> None:
    before = registry(Layer(key="layer.tone", experiments=(WARM,)))
    grown = msgspec.structs.replace(WARM, stop=stop)
    after = registry(Layer(key="layer.tone", experiments=(grown,)))
    assert moved_users(before, after) == []
    was = Assigner(before).variants(unit)
    assert was.items() <= Assigner(after).variants(unit).items()
    assert Assigner(before).variants(unit) == was


def test_a_change_that_would_move_users_is_named() -> None:
    salted = msgspec.structs.replace(WARM, salt="again", first=10)
    after = registry(Layer(key="layer.tone", experiments=(salted, BRIEF)))
    assert moved_users(registry(TONE), after) == [
        "'warm' changed its salt",
        "'warm' changed buckets that it had",
    ]


def test_the_configuration_is_the_default_then_the_variants_and_is_told_with_the_exposure() -> None:
    assigner = Assigner(BOTH)
    found = {
        (one.variants.get("warm"), one.variants["big"]): one for one in map(assigner.assign, USERS[:200])
    }
    both = found["new", "new"]
    assert both.config == {"tone": "warm", "model": "big", "refund_limit": 100}
    assert found["control", "control"].config == DEFAULT
    assert both.exposures() == [
        ExperimentExposure(experiment="warm", variant="new", unit=both.unit),
        ExperimentExposure(experiment="big", variant="new", unit=both.unit),
    ]


@pytest.mark.spec("H4")
def test_a_safety_fix_is_for_everybody_at_once_and_is_on_record() -> None:
    assigner = Assigner(registry(TONE, bypasses=(FIX,)))
    assert {assigner.assign(user).config["refund_limit"] for user in USERS[:500]} == {0}
    [record] = bypass_records(registry(TONE, bypasses=(FIX,)))
    assert record.decision == "experiment_bypass:limit-refunds"
    assert record.actor == "on-call"
    assert record.reason == "safety: refunds were paid twice (100 % of users since 2026-11-02T09:00:00+00:00)"


@pytest.mark.spec("H4")
def test_a_fix_ends_an_experiment_on_the_same_setting_and_no_other() -> None:
    limits = experiment("limits", 0, 1000, {"refund_limit": 500})
    one = registry(TONE, Layer(key="layer.limits", experiments=(limits,)), bypasses=(FIX,))
    assert one.bypassed(limits) == (FIX,)
    assert one.bypassed(WARM) == ()
    assert {key for user in USERS[:200] for key in Assigner(one).variants(user)} == {"warm", "brief"}


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        ((Layer(key="a", experiments=(WARM, experiment("x", 299, 400, {}))),), "share buckets"),
        ((TONE, Layer(key="b", experiments=(experiment("x", 0, 10, {"tone": "c"}),))), "both change tone"),
        ((Layer(key="a", experiments=(experiment("x", 0, 10, {"colour": "red"}),)),), "no default"),
        ((Layer(key="a", experiments=(experiment("x", 10, 10, {}),)),), "no buckets"),
        ((Layer(key="a:b", experiments=(WARM,)),), "is no name"),
        ((Layer(key="warm", experiments=(WARM,)),), "is the salt of two"),
        (
            (Layer(key="a", experiments=(ALONE,)),),
            "add up",
        ),
    ],
)
def test_a_registry_that_contradicts_itself_is_refused(layers: tuple[Layer, ...], problem: str) -> None:
    with pytest.raises(RegistryError, match=problem):
        registry(*layers)


def test_a_runtime_reads_the_registry_as_a_document() -> None:
    document = msgspec.json.encode(registry(TONE, bypasses=(FIX,)))
    assert msgspec.json.decode(document, type=Registry) == registry(TONE, bypasses=(FIX,))
