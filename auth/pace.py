"""How fast may be asked: tiles per second and session, verdicts per second in all (TH-71)."""

import time
from collections.abc import Callable

from lectern.counters import Counters

_ALL = "verify"


class Pace:
    """Says whether one request more may be answered in the running second; counts it in any case.

    A refused one counts as well, so that asking on does not help before the second is over.
    """

    def __init__(
        self, counters: Counters, *, tiles: int, verdicts: int, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the shared counters, and the most tiles a session and verdicts in all may have in a second."""
        self._counters = counters
        self._tiles = tiles
        self._verdicts = verdicts
        self._elapsed = elapsed

    def tile(self, session: str) -> bool:
        """Return whether a session (its cookie, or anything that stands for it) may have one tile more."""
        return self._counters.add(f"tile:{session}", int(self._elapsed())) <= self._tiles

    def verdict(self) -> bool:
        """Return whether one verdict more may be worked out, for whomever."""
        return self._counters.add(_ALL, int(self._elapsed())) <= self._verdicts
