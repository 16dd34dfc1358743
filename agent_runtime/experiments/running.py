"""Experiments in a running agent: the document read, the agent configured by it, and what is told of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import structs

from agent_runtime.agent import Agent
from agent_runtime.errors import RegistryError
from agent_runtime.experiments.assignment import Assigner, bypass_records
from agent_runtime.experiments.registry import Config, Registry
from streaming.contract.payloads import Payload

StoreT = TypeVar("StoreT")

SETTINGS: Final[dict[str, Callable[[Any], bool]]] = {
    "policy": lambda value: isinstance(value, str),
    "context_tokens": lambda value: type(value) is int and value > 0,
    "max_steps": lambda value: type(value) is int and value > 0,
    "deadline_s": lambda value: type(value) in (int, float) and value > 0,
    "cost_usd": lambda value: type(value) in (int, float) and value > 0,
}
"""What an experiment may change of an agent, and what a value must be. Null stands for the agent's own."""
_OF_BOUNDS: Final = ("max_steps", "deadline_s", "cost_usd")


class RunningExperiments:
    """The experiments that a runtime was configured with.

    Args:
        registry: The document.

    Raises:
        RegistryError: It changes what no agent has, or to what cannot be.
    """

    def __init__(self, registry: Registry) -> None:
        if problems := list(_problems(registry)):
            raise RegistryError("; ".join(problems))
        self._assigner = Assigner(registry)
        self._fixes = bypass_records(registry)

    @classmethod
    def from_file(cls, path: Path) -> "RunningExperiments":
        """Reads a registry as JSON.

        Raises:
            RegistryError: There is no such file, or what it says makes no registry.
        """
        try:
            return cls(msgspec.json.decode(path.read_bytes(), type=Registry))
        except (OSError, msgspec.MsgspecError, RegistryError) as wrong:
            raise RegistryError(f"experiments of {path}: {wrong}") from wrong

    def meet(
        self, unit: str, agent: Agent[StoreT]
    ) -> tuple[Agent[StoreT], dict[str, str], Sequence[Payload]]:
        """What a customer gets.

        Args:
            unit: The customer's pseudonym.
            agent: The agent by itself.

        Returns:
            The agent as it is for this customer; variant by experiment, for the events' envelope; and what
            is told when the configuration is first used: exposures, and fixes that are no experiments.
        """
        assigned = self._assigner.assign(unit)
        return configured(agent, assigned.config), assigned.variants, [*assigned.exposures(), *self._fixes]


def configured(agent: Agent[StoreT], config: Config) -> Agent[StoreT]:
    """The agent with what the configuration changes; see :data:`SETTINGS`."""
    said = {name: value for name, value in config.items() if value is not None}
    bounds = {name: said.pop(name) for name in _OF_BOUNDS if name in said}
    return structs.replace(agent, bounds=structs.replace(agent.bounds, **bounds), **said)


def _problems(registry: Registry) -> list[str]:
    changes = {"the default": registry.default}
    changes |= {
        f"{experiment.key!r}, {variant.name!r}": variant.config
        for experiment in registry.experiments
        for variant in experiment.variants
    }
    changes |= {repr(one.key): one.config for one in registry.bypasses}
    return [
        f"{where} sets {name!r}, which no agent has; agents have {', '.join(SETTINGS)}"
        if name not in SETTINGS
        else f"{where} sets {name!r} to {value!r}"
        for where, config in changes.items()
        for name, value in config.items()
        if name not in SETTINGS or not (value is None or SETTINGS[name](value))
    ]
