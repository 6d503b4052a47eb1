"""Manners towards other people's servers: so many requests to a host at once, so long between them, and its pauses."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_MANY_HOSTS = 1_000  # remembered; then those that are idle are forgotten


@dataclass(slots=True)
class _Host:
    """A host's requests under way, those that want one too, and when (monotonic seconds) the next may begin."""

    running: int = 0
    wanting: int = 0
    free_at: float = 0.0


@dataclass(slots=True)
class Manners:
    """Gives out turns: at most `per_host` requests at once to a host, begun at least `delay` seconds apart.

    Threads may share it.
    """

    per_host: int = 2
    delay: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Hold one of a host's places, after waiting for it and for the moment when it may be used."""
        with self._changed:
            host = self._host(name)
            host.wanting += 1
            while host.running >= self.per_host:
                self._changed.wait()
            host.running += 1
            now = time.monotonic()
            begin = max(now, host.free_at)
            host.free_at = begin + self.delay
        try:
            if begin > now:
                self.sleep(begin - now)
            yield
        finally:
            with self._changed:
                host.running -= 1
                host.wanting -= 1
                self._changed.notify_all()

    def pause(self, name: str, seconds: float) -> None:
        """Let no request to a host begin for so many seconds."""
        with self._changed:
            host = self._host(name)
            host.free_at = max(host.free_at, time.monotonic() + seconds)

    def _host(self, name: str) -> _Host:
        if name not in self._hosts and len(self._hosts) >= _MANY_HOSTS:
            now = time.monotonic()
            self._hosts = {n: h for n, h in self._hosts.items() if h.wanting or h.free_at > now}
        return self._hosts.setdefault(name, _Host())
