"""What takes long to find out: found beside the requests, seldom, once for all processes of a home."""

import fcntl
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from lectern.clock import Clock
from lectern.home import Home

_log = structlog.get_logger("lectern.admin")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at a moment, in seconds since 1970 UTC; `under_way` if it is being looked for anew."""

    at: float
    what: Any
    under_way: bool


class Kept:
    """Something that is looked for in a thread of its own, and kept in a file of the home that may be lost any time."""

    def __init__(self, home: Home, name: str, look: Callable[[], Any], life: float, clock: Clock) -> None:
        """Take what looks (it returns plain values), and for how many seconds what it finds is good."""
        self._path = home.path / "cache" / f"{name}.json"
        self._look = look
        self._life = life
        self._clock = clock
        self._own: tuple[float, Any] | None = None  # where the file cannot be written
        self._busy = threading.Lock()

    def newest(self) -> Found | None:
        """Return what was found last, None if nothing was yet. What is too old is looked for anew, meanwhile."""
        told = self._read() or self._own
        if told is not None and self._is_fresh(told):
            return Found(*told, under_way=False)
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._find, daemon=True).start()
        return None if told is None else Found(*told, under_way=True)

    def _is_fresh(self, told: tuple[float, Any] | None) -> bool:
        return told is not None and 0 <= self._clock().timestamp() - told[0] < self._life

    def _read(self) -> tuple[float, Any] | None:
        try:
            document = orjson.loads(self._path.read_bytes())
            return float(document["at"]), document["found"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _find(self) -> None:
        try:
            self._find_alone()
        except Exception as error:  # nobody waits for it: the log tells, and the next who asks tries again
            _log.error("what the operator's page shows could not be found out", what=self._path.stem, exc_info=error)
        finally:
            self._busy.release()

    def _find_alone(self) -> None:
        """Look, unless another process does; this thread gives way to all that answer requests."""
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            self._own = self._clock().timestamp(), self._look()
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        else:
            if not self._is_fresh(self._read()):  # another may have looked a moment ago
                self._keep(self._clock().timestamp(), self._look())
        finally:
            os.close(lock)

    def _keep(self, at: float, found: Any) -> None:
        beside = self._path.with_suffix(f".{os.getpid()}")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(orjson.dumps({"at": at, "found": found}))
            beside.replace(self._path)
        except OSError:
            self._own = at, found
