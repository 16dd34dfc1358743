"""Reads scenarios: those of the package by name, others from a file."""

import re
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from agent_runtime.scenarios.description import Scenario
from agent_runtime.scenarios.errors import ScenarioError

LIBRARY: Final = Path(__file__).parent / "library"
_PLACE: Final = re.compile(r" - at `(?P<place>[^`]+)`(?: in `(?P<inside>[^`]+)`)?$")


def scenario_names() -> list[str]:
    """Names of the scenarios that come with the package."""
    return sorted(path.stem for path in LIBRARY.glob("*.toml"))


def read_scenario(name: str | Path, *, weeks: int | None = None) -> Scenario:
    """Reads a scenario.

    Args:
        name: One of the package, or the path of a TOML file.
        weeks: How many, in place of what the file says.

    Raises:
        ScenarioError: There is none, it is no TOML, a field is missing, unknown or out of range, or the
            scenario contradicts itself. The message says where and what to do.
    """
    path = LIBRARY / f"{name}.toml" if str(name) in scenario_names() else Path(name)
    try:
        scenario = parse_scenario(path.read_text(encoding="utf-8"))
        if weeks is not None:
            scenario = replace(scenario, traffic=replace(scenario.traffic, weeks=weeks))
    except (FileNotFoundError, IsADirectoryError) as error:
        known = ", ".join(scenario_names())
        raise ScenarioError(
            f"there is no scenario {str(name)!r}: take one of {known}, or a TOML file"
        ) from error
    except (UnicodeDecodeError, ScenarioError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    return scenario


def parse_scenario(text: str) -> Scenario:
    """A scenario from the text of its file.

    Raises:
        ScenarioError: As :func:`read_scenario`.
    """
    try:
        return msgspec.toml.decode(text, type=Scenario, strict=True)
    except msgspec.ValidationError as error:
        raise ScenarioError(_told(str(error))) from error
    except msgspec.DecodeError as error:
        raise ScenarioError(f"this is no TOML: {error}; mend the line") from error


def _told(message: str) -> str:
    """The message with the place in front, and where the fields are described."""
    found = _PLACE.search(message)
    what = _PLACE.sub("", message)
    place = ((found["inside"] or found["place"]) if found else "$").removeprefix("$").removeprefix(".")
    return f"{place or 'the file'}: {what[:1].lower()}{what[1:]}; docs/scenarios.md lists the fields"
