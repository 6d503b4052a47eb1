"""Rows that are kept in a process for a moment, where each question goes over a network (DESIGN section 6)."""

import time
from collections.abc import Callable
from typing import Any

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
        self._writes = 0

    def get(self, question: tuple[object, ...], ask: Callable[[], Rows]) -> Rows:
        """Return what a question has found at most two seconds ago, or finds now."""
        now = self._elapsed()
        kept = self._found.get(question)
        if kept is not None and now - kept[0] < SECONDS:
            return kept[1]
        writes = self._writes
        rows = ask()
        if rows and writes == self._writes:
            if len(self._found) >= MOST:
                self._found = {}
            self._found[question] = now, rows
        return rows

    def forget(self) -> None:
        """Forget all rows, and those that are being asked for just now."""
        self._writes += 1
        self._found = {}
