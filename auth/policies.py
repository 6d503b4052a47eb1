"""The policies of a home: read whole, replaced whole, and kept when the file breaks (TH-99)."""

import threading
import time
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import structlog

from auth.audit import Event, Happening, Refusal
from auth.policy import Policy, closed_policy
from auth.policy_file import read_policies
from auth.policy_problems import Problems
from auth.policy_texts import Ours
from auth.rules import Override, Rules
from lectern.errors import ConfigurationError

_log = structlog.get_logger("lectern.policies")
_LOOK_EVERY_SECONDS = 1.0
_REMEDY = "`lectern policy check` reads the file anew; docs/policies.md explains every key."

FileState = tuple[int, int, int, int] | None


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


def load_policies(
    path: Path,
    ours: Ours,
    providers: Collection[str] | None,
) -> Policies:
    """Return the policies of a file; only the built-in `open` if there is no file.

    `ours` is what is said where the file says nothing. `providers` are the keys of the setting `providers`; with None,
    where settings cannot be read, any name will do.
    Raises ConfigurationError with every error of the file at once, each with a hint (TH-99).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}.", "Make it a readable UTF-8 file.") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path.name} is not TOML: {error}.", _REMEDY) from error
    problems = Problems()
    policies, overrides = read_policies(document, ours, providers, problems)
    if problems.found:
        count = f"{len(problems.found)} errors" if len(problems.found) > 1 else "an error"
        raise ConfigurationError(
            f"{path.name} has {count}: " + "; ".join(problems.found) + ".",
            _REMEDY,
            [f"{path.name}: {problem}" for problem in problems.found],
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


class PolicyBook:
    """The policies in force. The file is looked at once a second at most; opening the book reads nothing."""

    def __init__(
        self,
        path: Path,
        ours: Ours,
        providers: Collection[str] | None,
        *,
        elapsed: Callable[[], float] = time.monotonic,
        told: Callable[[Happening], object] | None = None,
    ) -> None:
        """Take what `load_policies` takes, a clock that never goes back, and who hears of readings."""
        self._told = told or (lambda _: None)
        self._path = path
        self._ours = ours
        self._providers = providers
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._policies: Policies | None = None
        self._seen: FileState = None
        self._looked = 0.0

    def current(self) -> Policies:
        """Return the policies in force, at most two seconds behind the file (DESIGN section 6).

        A file that broke after the first reading is logged, and the old policies stay (TH-99). Raises
        ConfigurationError if the first reading fails.
        """
        policies = self._policies
        now = self._elapsed()
        if policies is not None and now - self._looked < _LOOK_EVERY_SECONDS:
            return policies
        with self._lock:
            if self._policies is None:
                self._seen = self._state()
                self._policies = load_policies(self._path, self._ours, self._providers)
            elif now - self._looked >= _LOOK_EVERY_SECONDS:
                self._look_again()
            self._looked = now
            return self._policies

    def _look_again(self) -> None:
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        if state is None:
            _log.error("policies.toml is gone; the policies read before stay in force")
            self._told(Happening(Event.POLICIES, granted=False, reason=Refusal.UNKNOWN))
            return
        try:
            self._policies = load_policies(self._path, self._ours, self._providers)
        except ConfigurationError as error:
            _log.error("policies.toml is broken; the policies read before stay in force", detail=str(error))
            self._told(Happening(Event.POLICIES, granted=False, reason=Refusal.BROKEN))
        else:
            _log.info("policies read", version=self._policies.version)
            self._told(Happening(Event.POLICIES, granted=True, about=f"version {self._policies.version}"))

    def _state(self) -> FileState:
        try:
            found = self._path.stat()
        except OSError:
            return None
        # a file that may be read again has changed only its ctime
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
