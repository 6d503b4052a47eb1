"""Reading tables of policies.toml so that every error is told at once, with its place and a hint (TH-99)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lectern.nearest import nearest

_T = TypeVar("_T")


@dataclass
class Problems:
    """What is wrong with a file, each with a hint."""

    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str, hint: str) -> None:
        """Note one error."""
        self.found.append(f"{where}: {what} ({hint})")


@dataclass
class Values:
    """The values of one table, `where` it stands; what is not as it should be is noted and read as if left out."""

    where: str
    values: Mapping[str, Any]
    problems: Problems
    noted: set[str] = field(default_factory=set)

    def add(self, key: str, what: str, hint: str) -> None:
        """Note one error at a key."""
        self.noted.add(key)
        self.problems.add(f"{self.where}.{key}", what, hint)

    def know(self, keys: frozenset[str]) -> None:
        """Note every key that is none of those."""
        for key in self.values:
            if key not in keys:
                meant = nearest(key, keys)
                self.add(key, "unknown key", f"perhaps {meant}" if meant else f"known: {', '.join(sorted(keys))}")

    def typed(self, key: str, kind: type[_T], hint: str) -> _T | None:
        """Return the value of a key if it is of a kind, None otherwise."""
        value = self.values.get(key)
        if value is None or isinstance(value, kind):
            return value
        self.add(key, f"{value!r} is not what belongs here", hint)
        return None

    def strings(self, key: str, hint: str) -> list[str]:
        """Return the texts of a list, an empty one if it is none."""
        values = self.typed(key, list, hint) or []
        if all(isinstance(value, str) for value in values):
            return values
        self.add(key, "holds something that is no text", hint)
        return []

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Return one of the choices."""
        value = self.values.get(key, default)
        if value in choices:
            return str(value)
        self.add(key, f"{value!r} is unknown", "one of " + ", ".join(choices))
        return default
