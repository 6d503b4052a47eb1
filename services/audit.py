"""The audit log: one line for every grant and refusal that matters, in a file of its own or among the others."""

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import orjson
import structlog
from flask import g, has_app_context

from auth.audit import Happening, line_of
from lectern.clock import Clock
from lectern.home import Home
from lectern.keys import AUDIT_KEY
from services.measures import Count

_log = structlog.get_logger("lectern.audit")
_COUNTED = Count(
    "lectern_access_total", "What was granted and refused, by event and reason.", ["event", "outcome", "reason"]
)


class Audit:
    """Writes the audit log. It never fails a request: a line that its file does not take goes to the common log."""

    def __init__(self, home: Home, file: str, clock: Clock) -> None:
        """Take the home, the file (relative to the home; empty: the common log), and a clock."""
        self._home = home
        self._file: Path | None = home.path / file if file else None
        self._clock = clock

    @cached_property
    def _key(self) -> bytes:
        return self._home.key(AUDIT_KEY)

    def record(self, happening: Happening, request: str = "") -> None:
        """Count what happened, and write a line of it; `request` is the id of a request that Flask knows not of."""
        outcome = "granted" if happening.granted else "refused"
        _COUNTED.note(happening.event.value, outcome, happening.reason)
        request = request or (getattr(g, "request_id", "") if has_app_context() else "")
        moment = self._clock().isoformat(timespec="milliseconds")
        line = line_of(happening, self._key, moment=moment, request=request)
        if self._file is None or not _append(self._file, line):
            write: Callable[..., object] = _log.info if happening.granted else _log.warning
            write("audit", **{name if name != "event" else "what": value for name, value in line.items()})


def _append(file: Path, line: dict[str, str]) -> bool:
    """Return whether the line is in the file. It is opened each time, so that it may be moved away at any moment."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            whole = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
            return os.write(descriptor, whole) == len(whole)
        finally:
            os.close(descriptor)
    except OSError as error:
        _log.error("the audit file takes no line", reason=error.strerror)
        return False
