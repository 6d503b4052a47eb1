"""How many passwords one process hashes at once: a flood of guesses is not to take all threads and cores (TH-71)."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from lectern.errors import Overloaded

PATIENCE = 2.0  # seconds that a sign-in waits for its turn


class Hashing:
    """The places for password hashes: a quarter of the threads may hash, as many again may wait for that."""

    def __init__(self, threads: int, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._hashing = BoundedSemaphore(max(1, threads // 4))
        self._there = BoundedSemaphore(max(1, threads // 4) * 2)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place while a password is hashed. Raises Overloaded when none gets free within two seconds."""
        if not self._there.acquire(blocking=False):
            raise _busy()
        try:
            if not self._hashing.acquire(timeout=self._patience):
                raise _busy()
            try:
                yield
            finally:
                self._hashing.release()
        finally:
            self._there.release()


def _busy() -> Overloaded:
    return Overloaded("Too many passwords are being looked at just now.", "Sign in again in some seconds.")
