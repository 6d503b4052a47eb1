"""Waiting for what replicas are to come to know, and readers who ask all the while."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_READERS = 3
_Answer = TypeVar("_Answer")


def within(seconds: float, happened: Callable[[], bool]) -> float:
    """Return after how many seconds something happened; fails when it has not in time."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds, f"it has not happened within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began


@dataclass
class Reading(Generic[_Answer]):
    """What readers were answered so far, and what ended one of them."""

    answers: list[_Answer] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def read_on(self) -> None:
        """Wait until there are as many answers as there can only be if some were asked for by now."""
        wanted = len(self.answers) + 2 * _READERS
        within(60, lambda: len(self.answers) >= wanted or bool(self.faults))


@contextmanager
def reading(ask: Callable[[], _Answer]) -> Iterator[Reading[_Answer]]:
    """Have some readers ask again and again, from before the block begins until after it ends; none may fail."""
    found: Reading[_Answer] = Reading()
    over = threading.Event()

    def read() -> None:
        try:
            while not over.is_set():
                found.answers.append(ask())
        except BaseException as error:
            found.faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(_READERS)]
    for reader in readers:
        reader.start()
    try:
        found.read_on()
        yield found
        found.read_on()
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert not found.faults, found.faults
