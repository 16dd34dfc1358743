"""SQL assigns users as the runtime does."""

import json

import duckdb
import pyarrow as pa
import pytest

from agent_runtime.experiments.assignment import Assigner
from agent_runtime.experiments.registry import Experiment, Layer, Registry, Variant
from analytics.experiments.assigned import assign_units, define_bucket
from infra.local.settings import REPOSITORY

pytestmark = pytest.mark.spec("H1")
VECTORS = REPOSITORY / "tests" / "agent_runtime" / "experiments" / "buckets.json"


def test_sql_finds_the_buckets_of_the_shared_vectors() -> None:
    connection = duckdb.connect()
    define_bucket(connection)
    for case in json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]:
        [(found,)] = connection.execute("select bucket(?, ?)", [case["salt"], case["unit"]]).fetchall()
        assert found == case["bucket"], case


def test_sql_and_runtime_agree_on_every_user_of_a_registry() -> None:
    thirds = tuple(Variant(name=name, weight=weight) for name, weight in (("a", 334), ("b", 333), ("c", 333)))
    halves = tuple(Variant(name=name, weight=500) for name in ("a", "b"))
    experiments = (
        Experiment(key="one", first=0, stop=250, variants=thirds),
        Experiment(key="two", first=400, stop=1000, variants=halves),
    )
    other = Experiment(key="three", first=0, stop=1000, variants=halves, salt="again")
    registry = Registry(
        default={},
        layers=(Layer(key="first", experiments=experiments), Layer(key="second", experiments=(other,))),
    )
    users = [f"user-{number}" for number in range(5_000)] + ["Zoë", "", "a:b"]

    found = assign_units(duckdb.connect(), registry, pa.table({"unit": users})).to_pylist()

    assigner = Assigner(registry)
    expected = {(user, key, name) for user in users for key, name in assigner.variants(user).items()}
    assert {(row["unit"], row["experiment"], row["variant"]) for row in found} == expected
    assert len(found) == len(expected)
