"""Allowing answers of `/auth/verify`, remembered for some seconds (TH-61, DESIGN section 6: gate cache 5)."""

import threading
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from auth.verify import Answer
from lectern.noted import looked_up, watch

KEPT_SECONDS = 5
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Kept:
    """An allowing answer: from when on it was known, and until when it may be believed."""

    answer: Answer
    since: datetime
    until: datetime

    def seconds(self, now: datetime) -> int:
        """Return the whole seconds that are left; 0 or less if there are none."""
        return int((self.until - now).total_seconds())


class Verdicts:
    """The answers of one process, bounded in number and time. Only a yes is kept: a no is asked anew each time.

    The caller's key holds all that an answer depends on; whoever has no cookie is not to be remembered.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[Hashable, Kept] = {}
        self._lock = threading.Lock()
        watch("verdicts", self)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, now: datetime) -> Kept | None:
        """Return what is kept under a key and still holds; a clock that was set back ends it too (TH-100)."""
        kept = self._kept.get(key)
        if kept is not None and not kept.since <= now < kept.until:
            kept = None
        looked_up("verdicts", kept)
        return kept

    def put(self, key: Hashable, answer: Answer, now: datetime, valid_until: datetime | None) -> Kept | None:
        """Keep an answer if it is a yes, until five seconds from now or its policy's next date (TH-74)."""
        if answer.status != 204:
            return None
        until = now + timedelta(seconds=KEPT_SECONDS)
        kept = Kept(answer, now, until if valid_until is None else min(until, valid_until))
        with self._lock:
            self._kept.pop(key, None)
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = kept
        return kept
