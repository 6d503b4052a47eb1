"""How fast may be asked: tiles per second and session, verdicts per second in all (TH-71)."""

import time
from collections.abc import Callable
from typing import Protocol

from lectern.counters import Counters
from lectern.errors import StoreUnavailable

_ALL = "verify"
_TOLD = 8  # times, until the limit, that a machine tells the others how far somebody has come


class Together(Protocol):
    """Adds up what several machines count."""

    def add(self, subject: str, second: int, count: int) -> int:
        """Return how often a subject was counted in a second on all machines; raises StoreUnavailable."""


class Pace:
    """Says whether one request more may be answered in the running second; counts it in any case.

    A refused one counts as well, so that asking on does not help before the second is over.
    """

    def __init__(
        self,
        counters: Counters,
        *,
        tiles: int,
        verdicts: int,
        together: Together | None = None,
        elapsed: Callable[[], float] | None = None,
    ) -> None:
        """Take the counters of this machine, and the most tiles a session and verdicts in all may have in a second.

        Where there are other machines, `together` adds up the tiles: then a session gets an eighth more for each at
        most. Verdicts are limited to guard the machine that works them out.
        """
        self._counters = counters
        self._tiles = tiles
        self._verdicts = verdicts
        self._together = together
        self._step = max(1, tiles // _TOLD)
        # Machines have one clock in common: that of the wall.
        self._elapsed = elapsed or (time.monotonic if together is None else time.time)

    def tile(self, session: str) -> bool:
        """Return whether a session (its cookie, or anything that stands for it) may have one tile more."""
        subject, second = f"tile:{session}", int(self._elapsed())
        here = self._counters.add(subject, second)
        if self._together is None:
            return here <= self._tiles
        return here + self._elsewhere(self._together, subject, second, here) <= self._tiles

    def _elsewhere(self, together: Together, subject: str, second: int, here: int) -> int:
        """Return how many tiles other machines gave; they are told of `here` now and then, whoever counts that far.

        Where they cannot be asked, what was known of them before holds.
        """
        others = f"elsewhere:{subject}"
        known = self._counters.add(others, second, 0)
        if here % self._step or here + known > self._tiles + self._step:
            return known
        try:
            found = together.add(subject, second, self._step) - here
        except StoreUnavailable:
            return known
        return self._counters.add(others, second, max(0, found) - known)

    def verdict(self) -> bool:
        """Return whether one verdict more may be worked out, for whomever."""
        return self._counters.add(_ALL, int(self._elapsed())) <= self._verdicts
