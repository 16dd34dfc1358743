"""What the agents of a conversation share: values by key, written by compare-and-set (spec A9).

One process at a time works on a conversation (spec A8), and a write does not wait for anything: no other
one comes between its look at the version and its change.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct


class Versioned(Struct, frozen=True, kw_only=True):
    """A value and where it stands.

    Attributes:
        value: What was written; empty before the first write.
        version: Writes so far.
        writer: Who wrote last; empty before the first write.
    """

    value: str = ""
    version: int = 0
    writer: str = ""


class Conflict(Struct, frozen=True):
    """A write that came too late: what stands there instead of what its writer had read."""

    found: Versioned


class SharedState:
    """Values by key.

    Args:
        keys: What there is to share; other keys do not exist.
        values: What was written so far.
    """

    def __init__(self, keys: Iterable[str], values: Mapping[str, Versioned] | None = None) -> None:
        self._values = dict.fromkeys(keys, Versioned())
        self.resume(values or {})

    @property
    def keys(self) -> tuple[str, ...]:
        """What there is to share."""
        return tuple(self._values)

    def read(self, key: str) -> Versioned:
        """What stands under a key.

        Raises:
            KeyError: Nothing is shared under it.
        """
        return self._values[key]

    def write(self, key: str, value: str, *, read_version: int, writer: str) -> Versioned | Conflict:
        """Writes a value in place of the one that was read.

        Args:
            key: Where.
            value: What.
            read_version: The version that the writer read before it made up its mind.
            writer: Who writes.

        Returns:
            What stands there now; a conflict where another write came first, and nothing was changed.

        Raises:
            KeyError: Nothing is shared under the key.
        """
        found = self._values[key]
        if found.version != read_version:
            return Conflict(found)
        self._values[key] = Versioned(value=value, version=read_version + 1, writer=writer)
        return self._values[key]

    def snapshot(self) -> dict[str, Versioned]:
        """What was written, to be put away."""
        return {key: each for key, each in self._values.items() if each.version}

    def resume(self, values: Mapping[str, Versioned]) -> None:
        """Takes up what was put away; keys that are shared no longer are left out."""
        self._values |= {key: each for key, each in values.items() if key in self._values}
