"""Rows that are kept in a process for a moment, where each question goes over a network (DESIGN section 6)."""

import time
from collections.abc import Callable
from typing import Any

from lectern.noted import looked_up, watch

SECONDS = 2.0
MOST = 10_000
Rows = list[tuple[Any, ...]]


class KeptRows:
    """Keeps what questions found for two seconds; what this process writes is seen at once.

    What was found before a write, and comes back after it, is not kept. Nor is it kept that nothing was found.
    """

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._found: dict[tuple[object, ...], tuple[float, Rows]] = {}
        watch("kept rows", self)

    def get(self, question: tuple[object, ...], ask: Callable[[], Rows]) -> Rows:
        """Return what a question has found at most two seconds ago, or finds now."""
        now = self._elapsed()
        found = self._found  # if all is forgotten from here on, what comes back goes where nobody looks
        kept = found.get(question)
        if kept is not None and now - kept[0] >= SECONDS:
            kept = None
        looked_up("kept rows", kept)
        if kept is not None:
            return kept[1]
        rows = ask()
        if rows:
            if len(found) >= MOST:
                found.clear()
            found[question] = now, rows
        return rows

    def __len__(self) -> int:
        return len(self._found)

    def forget(self) -> None:
        """Forget all rows, and those that are being asked for just now."""
        self._found = {}

    def forget_one(self, question: tuple[object, ...]) -> None:
        """Forget what one question has found."""
        self._found.pop(question, None)
