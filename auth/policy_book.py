"""The policies in force: replaced whole, and kept when their file breaks, empties or goes away (TH-99)."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

import structlog

from auth.audit import Event, Happening, Refusal
from auth.policies import Policies, parse_policies
from auth.policy_texts import Ours
from lectern.errors import ConfigurationError
from lectern.watched import FileState, file_state, text_of

_log = structlog.get_logger("lectern.policies")
_LOOK_EVERY_SECONDS = 0.75
_REST_NANOSECONDS = 1_000_000_000
_HINT = "`lectern policy check` reads the file anew; a new [providers.NAME] in lectern.toml needs a restart."


class PolicyBook:
    """The policies in force. The file is looked at every 0.75 seconds at most; opening the book reads nothing.

    Policies that were in force are kept beside the file, so that a worker that begins while the file is broken or gone
    has them too.
    """

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
        self._seen: FileState | None = None
        self._waiting: FileState | None = None
        self._looked = 0.0

    def current(self) -> Policies:
        """Return the policies in force, at most two seconds behind the file (DESIGN section 6).

        A file that broke after the first reading is logged, and the old policies stay (TH-99). Raises
        ConfigurationError if the first reading fails and none were kept.
        """
        policies = self._policies
        now = self._elapsed()
        if policies is not None and now - self._looked < _LOOK_EVERY_SECONDS:
            return policies
        with self._lock:
            if self._policies is None:
                self._seen = file_state(self._path)
                self._policies = self._first()
            elif now - self._looked >= _LOOK_EVERY_SECONDS:
                self._look_again(self._policies)
            self._looked = now
            return self._policies

    def _first(self) -> Policies:
        kept = kept_file(self._path)
        try:
            text = text_of(self._path)
            policies = self._parsed(text, self._path)
        except ConfigurationError as error:
            if not kept.exists():
                raise
            self._refuse(f"policies.toml is broken; the policies in {kept.name} are in force", Refusal.BROKEN, error)
        else:
            if not policies.are_none or not kept.exists():
                self._keep(text, policies)
                return policies
            self._refuse(f"policies.toml is empty or gone; those in {kept.name} are in force", Refusal.UNKNOWN)
        return self._parsed(text_of(kept), kept)

    def _look_again(self, before: Policies) -> None:
        state = file_state(self._path)
        if state == self._seen or not self._is_whole(state):
            return
        self._seen = state
        if state is None:
            self._refuse("policies.toml is gone; the policies read before stay in force", Refusal.UNKNOWN)
            return
        try:
            text = text_of(self._path)
            policies = self._parsed(text, self._path)
        except ConfigurationError as error:
            self._refuse("policies.toml is broken; the policies read before stay in force", Refusal.BROKEN, error)
            return
        if policies.are_none and not before.are_none:
            self._refuse("policies.toml is empty; the policies read before stay in force", Refusal.BROKEN)
            return
        self._policies = policies
        self._keep(text, policies)
        _log.info("policies read", version=policies.version)
        self._told(Happening(Event.POLICIES, granted=True, about=f"version {policies.version}"))

    def _is_whole(self, state: FileState | None) -> bool:
        """Return whether a changed file is to be read: at once if it was put in the old one's place, else at rest.

        A file that is written where it lies may be half of what it will be: it is at rest when it has not changed for a
        second, or between two looks.
        """
        if state is None or state == self._waiting or (self._seen is not None and state.inode != self._seen.inode):
            return True
        if time.time_ns() - state.modified >= _REST_NANOSECONDS:
            return True
        self._waiting = state
        return False

    def _parsed(self, text: str, path: Path) -> Policies:
        return parse_policies(text, path.name, self._ours, self._providers)

    def _refuse(self, what: str, reason: Refusal, error: ConfigurationError | None = None) -> None:
        _log.error(what, hint=_HINT, **({"detail": str(error)} if error else {}))
        self._told(Happening(Event.POLICIES, granted=False, reason=reason))

    def _keep(self, text: str, policies: Policies) -> None:
        """Keep a copy of what is in force; a home that takes none is no reason to refuse anything."""
        kept = kept_file(self._path)
        if policies.are_none and not kept.exists():
            return
        try:
            if not kept.exists() or kept.read_text(encoding="utf-8") != text:
                beside = kept.with_name(f"{kept.name}.{os.getpid()}.{secrets.token_hex(4)}")
                beside.write_text(text, encoding="utf-8")
                beside.replace(kept)
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("the policies in force could not be kept", reason=str(error))


def kept_file(path: Path) -> Path:
    """Return where the policies of a file are kept while they are in force."""
    return path.with_name(f"{path.stem}.kept{path.suffix}")


def require_not_lost(path: Path, policies: Policies) -> None:
    """Return if policies that a start has read may be all there are.

    Raises ConfigurationError if they are none while others are kept: an object that only the file restricts would be
    open to everybody.
    """
    kept = kept_file(path)
    if policies.are_none and kept.exists():
        raise ConfigurationError(
            f"{path.name} is empty or gone, and there were policies before: {kept.name} has them.",
            f"Put them back in the home (`cp {kept.name} {path.name}`), or remove {kept.name} if there are to be none.",
        )
