"""The experiments that are on, stated in code, and what each changes of the configuration (spec H1, H4)."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from typing import Any, Final, Literal

from msgspec import Struct

from agent_runtime.errors import RegistryError
from agent_runtime.experiments.buckets import BUCKETS

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")

Config = dict[str, Any]
"""Values by the name of the setting; a setting is replaced as a whole."""


class Variant(Struct, frozen=True, kw_only=True):
    """One arm of an experiment.

    Attributes:
        name: Its name; the first variant of an experiment is the control.
        weight: Of the experiment's 1000 buckets, how many are its.
        config: What it changes; nothing for a control.
    """

    name: str
    weight: int
    config: Config = {}


class Experiment(Struct, frozen=True, kw_only=True):
    """A question, on some buckets of a layer.

    Attributes:
        key: Its name, also in events.
        first: The first bucket of the layer that is in it.
        stop: The bucket behind the last one. It may be raised while the experiment runs.
        variants: The control, then the treatments; their weights add up to 1000.
        salt: Decides the variant; the key unless said.
    """

    key: str
    first: int
    stop: int
    variants: tuple[Variant, ...]
    salt: str = ""

    @property
    def variant_salt(self) -> str:
        """What the variant's bucket is hashed with."""
        return self.salt or self.key

    @property
    def settings(self) -> frozenset[str]:
        """The settings that any variant changes."""
        return frozenset(name for variant in self.variants for name in variant.config)


class Layer(Struct, frozen=True, kw_only=True):
    """Experiments that exclude each other: a user is in one of them at most.

    Attributes:
        key: Its name.
        experiments: On buckets that do not overlap.
        salt: Decides the bucket; the key unless said.
    """

    key: str
    experiments: tuple[Experiment, ...]
    salt: str = ""

    @property
    def bucket_salt(self) -> str:
        """What the layer's bucket is hashed with."""
        return self.salt or self.key

    @property
    def settings(self) -> frozenset[str]:
        """The settings that any of its experiments changes."""
        return frozenset(name for experiment in self.experiments for name in experiment.settings)


class Bypass(Struct, frozen=True, kw_only=True):
    """A fix that is for everybody at once, and is no experiment (spec H4).

    Attributes:
        key: Its name.
        kind: Why it may bypass: it makes the agent safer, or it mends a plain bug.
        config: What it changes, whatever any experiment says.
        reason: What was wrong.
        approved_by: Who answers for it.
        at: When it came into force.
    """

    key: str
    kind: Literal["safety", "bug"]
    config: Config
    reason: str
    approved_by: str
    at: datetime


class Registry(Struct, frozen=True, kw_only=True):
    """All of it. As JSON it is the document that a runtime is configured with.

    Raises:
        RegistryError: It contradicts itself; the message says where.
    """

    default: Config
    layers: tuple[Layer, ...] = ()
    bypasses: tuple[Bypass, ...] = ()

    def __post_init__(self) -> None:
        """Refuses contradictions."""
        if problems := list(_problems(self)):
            raise RegistryError("; ".join(problems))

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The experiments of all layers."""
        return tuple(experiment for layer in self.layers for experiment in layer.experiments)

    def bypassed(self, experiment: Experiment) -> tuple[Bypass, ...]:
        """The fixes that took a setting away from an experiment, which has ended with the first of them."""
        return tuple(one for one in self.bypasses if experiment.settings & one.config.keys())


def _problems(registry: Registry) -> Iterator[str]:
    names = [layer.key for layer in registry.layers]
    names += [experiment.key for experiment in registry.experiments]
    names += [one.key for one in registry.bypasses]
    salts = [layer.bucket_salt for layer in registry.layers]
    salts += [experiment.variant_salt for experiment in registry.experiments]
    for what, values in (("name", names), ("salt", salts)):
        yield from (f"{value!r} is the {what} of two" for value in _twice(values))
        yield from (f"{value!r} is no {what}" for value in values if not _KEY.fullmatch(value))
    for layer in registry.layers:
        yield from _layer_problems(layer)
    for one, other in combinations(registry.layers, 2):
        if shared := one.settings & other.settings:
            yield f"layers {one.key!r} and {other.key!r} both change {', '.join(sorted(shared))}"
    changed = [(layer.key, layer.settings) for layer in registry.layers]
    changed += [(one.key, frozenset(one.config)) for one in registry.bypasses]
    for key, settings in changed:
        if unknown := settings - registry.default.keys():
            yield f"{key!r} changes {', '.join(sorted(unknown))}, which has no default"


def _layer_problems(layer: Layer) -> Iterator[str]:
    for experiment in layer.experiments:
        if not 0 <= experiment.first < experiment.stop <= BUCKETS:
            yield f"{experiment.key!r} has no buckets: {experiment.first} to {experiment.stop} of {BUCKETS}"
        if len(experiment.variants) < 2 or _twice([one.name for one in experiment.variants]):
            yield f"{experiment.key!r} needs two variants or more, each with a name of its own"
        if min((one.weight for one in experiment.variants), default=0) < 1:
            yield f"{experiment.key!r} has a variant with a weight below 1"
        if (total := sum(one.weight for one in experiment.variants)) != BUCKETS:
            yield f"the weights of {experiment.key!r} add up to {total}, not {BUCKETS}"
    for one, other in combinations(layer.experiments, 2):
        if one.first < other.stop and other.first < one.stop:
            yield f"{one.key!r} and {other.key!r} share buckets of layer {layer.key!r}"


def _twice(values: list[str]) -> set[str]:
    return {value for value in values if values.count(value) > 1}
