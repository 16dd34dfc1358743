"""The runtime's assignment, in SQL: who would be in which variant, without asking the runtime."""

from importlib.resources import files
from typing import Final

import duckdb
import pyarrow as pa

from agent_runtime.experiments.registry import Registry

_SQL: Final = files("analytics.experiments").joinpath("sql")
_BUCKET: Final = _SQL.joinpath("bucket.sql").read_text(encoding="utf-8")
_ASSIGNMENT: Final = _SQL.joinpath("assignment.sql").read_text(encoding="utf-8")


def define_bucket(connection: duckdb.DuckDBPyConnection) -> None:
    """Defines the macro ``bucket(salt, unit)`` on a connection."""
    connection.execute(_BUCKET)


def assign_units(connection: duckdb.DuckDBPyConnection, registry: Registry, units: pa.Table) -> pa.Table:
    """Experiment and variant of every unit that is in any.

    Args:
        connection: Any connection.
        registry: The experiments.
        units: Pseudonyms, in a column ``unit``.

    Returns:
        Columns unit, experiment, variant.
    """
    define_bucket(connection)
    connection.register("asked_units", units)
    connection.register("asked_slices", _slices(registry))
    connection.register("asked_arms", _arms(registry))
    return connection.sql(_ASSIGNMENT).to_arrow_table()


def _slices(registry: Registry) -> pa.Table:
    rows = [
        {
            "layer_salt": layer.bucket_salt,
            "first_bucket": experiment.first,
            "stop_bucket": experiment.stop,
            "experiment": experiment.key,
            "variant_salt": experiment.variant_salt,
        }
        for layer in registry.layers
        for experiment in layer.experiments
        if not registry.bypassed(experiment)
    ]
    texts = [(name, pa.string()) for name in ("layer_salt", "experiment", "variant_salt")]
    numbers = [(name, pa.int32()) for name in ("first_bucket", "stop_bucket")]
    return pa.Table.from_pylist(rows, pa.schema([*texts, *numbers]))


def _arms(registry: Registry) -> pa.Table:
    rows = list[dict[str, object]]()
    for experiment in registry.experiments:
        first = 0
        for variant in experiment.variants:
            bounds = {"first_bucket": first, "stop_bucket": first + variant.weight}
            rows.append({"experiment": experiment.key, "variant": variant.name, **bounds})
            first += variant.weight
    texts = [(name, pa.string()) for name in ("experiment", "variant")]
    numbers = [(name, pa.int32()) for name in ("first_bucket", "stop_bucket")]
    return pa.Table.from_pylist(rows, pa.schema([*texts, *numbers]))
