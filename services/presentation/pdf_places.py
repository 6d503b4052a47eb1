"""The places for PDFs that one process makes at once: shared among readers, so that a slow one keeps no other out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from lectern.errors import Overloaded, StoreUnavailable

PATIENCE = 600.0  # seconds that a file may take while others wait for its place
_WAITS = 120.0  # seconds for which one who was refused counts as waiting


@dataclass(eq=False, slots=True)
class Place:
    """The place of one file that is made: whose it is, and since when."""

    _all: "Places"
    payer: str
    since: float

    def give_back(self) -> None:
        """Give the place back; once is enough, more do no harm."""
        self._all.given_back(self)

    def check(self) -> None:
        """Raise StoreUnavailable for a file that took its time, and whose place another payer waits for."""
        if self._all.is_due(self):
            raise StoreUnavailable("A PDF took long, and others wait for its place.", "It may be asked for again.")


class Places:
    """So many places, of which one payer has all but one at most, unless there is just one."""

    def __init__(self, number: int, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._number = number
        self._elapsed = elapsed
        self._taken: list[Place] = []
        self._refused: dict[str, float] = {}  # payers, and when each was refused last
        self._last = ""
        self._lock = Lock()

    def take(self, payer: str) -> Place:
        """Return a place; raises Overloaded where none is free, or the next one is another's who waits."""
        with self._lock:
            now = self._elapsed()
            own = sum(place.payer == payer for place in self._taken)
            others_wait = self._waits_besides(payer, now)
            free = len(self._taken) < self._number and own < max(1, self._number - 1)
            if not free or (payer == self._last and others_wait):
                self._refused[payer] = now
                raise Overloaded("Too many PDFs are being made at this moment.", "Ask again in some minutes.")
            self._refused.pop(payer, None)
            self._last = payer
            place = Place(self, payer, now)
            self._taken.append(place)
            return place

    def given_back(self, place: Place) -> None:
        """Take a place back, if it is taken."""
        with self._lock:
            if place in self._taken:
                self._taken.remove(place)

    def is_due(self, place: Place) -> bool:
        """Return whether a file had its time and another payer was refused for want of a place lately."""
        with self._lock:
            now = self._elapsed()
            full = len(self._taken) >= self._number
            return full and now - place.since > PATIENCE and self._waits_besides(place.payer, now)

    def _waits_besides(self, payer: str, now: float) -> bool:
        self._refused = {each: at for each, at in self._refused.items() if now - at < _WAITS}
        return any(each != payer for each in self._refused)
