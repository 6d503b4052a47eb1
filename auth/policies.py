"""The policies of a home, read whole from its policies.toml."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import structlog

from auth.policy import Policy, closed_policy
from auth.policy_file import read_policies
from auth.policy_problems import Problems
from auth.policy_texts import Ours
from auth.rules import Override, Rules
from lectern.errors import ConfigurationError
from lectern.watched import text_of

_log = structlog.get_logger("lectern.policies")
_REMEDY = "`lectern policy check` reads the file anew; docs/policies.md explains every key."


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies at one moment; never changes. `version` is the same for the same content."""

    by_name: Mapping[str, Policy]
    version: str
    overrides: Mapping[str, Override] = field(default_factory=dict)
    _pages: dict[str, tuple[tuple[int, int, Policy], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look up the policies of page ranges once: an object of many ranges is asked for with every tile."""
        pages = {
            object_id: tuple((first, last, self.get(name)) for first, last, name in override.pages)
            for object_id, override in self.overrides.items()
        }
        object.__setattr__(self, "_pages", pages)

    @property
    def are_none(self) -> bool:
        """Return whether the file says nothing at all, as one does that was cut off at its beginning."""
        return len(self.by_name) == 1 and not self.overrides

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all policies, the built-in `open` among them."""
        return frozenset(self.by_name)

    def get(self, name: str) -> Policy:
        """Return a policy; one that lets nobody in for an unknown name (R3, TH-95)."""
        return self.by_name.get(name) or closed_policy(name)

    def rules(self, object_id: str, name: str) -> Rules:
        """Return which policies hold for an object that ingest put under the policy `name`, and for its pages."""
        override = self.overrides.get(object_id)
        if override is None:
            return Rules(self.get(name))
        return Rules(self.get(override.policy or name), self._pages[object_id])


def load_policies(path: Path, ours: Ours, providers: Collection[str] | None) -> Policies:
    """Return the policies of a file; only the built-in `open` if there is no file.

    `ours` is what is said where the file says nothing. `providers` are the keys of the setting `providers`; with None,
    where settings cannot be read, any name will do.
    Raises ConfigurationError with every error of the file at once, each with a hint (TH-99).
    """
    return parse_policies(text_of(path), path.name, ours, providers)


def parse_policies(text: str, name: str, ours: Ours, providers: Collection[str] | None) -> Policies:
    """Return the policies that a text says; `name` is what errors call it. Else as `load_policies`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name} is not TOML: {error}.", _REMEDY) from error
    problems = Problems()
    policies, overrides = read_policies(document, ours, providers, problems)
    if problems.found:
        count = f"{len(problems.found)} errors" if len(problems.found) > 1 else "an error"
        raise ConfigurationError(
            f"{name} has {count}: " + "; ".join(problems.found) + ".",
            _REMEDY,
            [f"{name}: {problem}." for problem in problems.found],
        )
    for policy in policies.values():
        for network in policy.networks:
            if network.prefixlen == 0:
                _log.warning("network holds every address", policy=policy.name, network=str(network))
    told = repr((sorted(_orderly(policies).items()), sorted(overrides.items())))
    version = sha256(told.encode()).hexdigest()[:16]
    return Policies(MappingProxyType(policies), version, MappingProxyType(overrides))


def _orderly(policies: Mapping[str, Policy]) -> dict[str, tuple[object, ...]]:
    """Return every policy as values whose `repr` does not depend on the order of a set."""
    keys = [field.name for field in fields(Policy)]
    found = {}
    for name, policy in policies.items():
        values = [getattr(policy, key) for key in keys]
        found[name] = tuple(sorted(value) if isinstance(value, frozenset) else value for value in values)
    return found
