"""What was asked of the server, as nginx wrote it down: the half of a viewer's behaviour that nobody sees."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lectern.ids import without_capabilities

_SESSION = "__Host-lectern-session="
_PATIENCE = 40


@dataclass(frozen=True)
class Asked:
    """One request: `bearer` is "", "token" or "undefined"; `mode`, `dest` and `site` are its Sec-Fetch headers."""

    host: str
    method: str
    path: str
    query: str
    status: int
    cookie: bool
    bearer: str
    mode: str
    dest: str
    site: str

    @property
    def is_info(self) -> bool:
        """Return whether an info.json was asked for, and not only whether it may be."""
        return self.path.endswith("/info.json") and self.method == "GET"

    @property
    def is_tile(self) -> bool:
        """Return whether pixels were asked for."""
        return self.path.startswith("/iiif/") and "/default." in self.path

    @property
    def is_token(self) -> bool:
        """Return whether a token page was asked for."""
        return self.path.startswith("/auth/token/")

    @property
    def is_search(self) -> bool:
        """Return whether a search was asked for, and no suggestions."""
        return self.path.startswith("/search/") and not self.path.endswith("/autocomplete")

    def line(self) -> str:
        """Return the request without queries, tokens and names of cookies, as a trace shows it."""
        brought = ["the cookie" if self.cookie else "no cookie"] + ([f"Bearer {self.bearer}"] if self.bearer else [])
        how = " ".join(part for part in (self.mode, self.dest, self.site) if part)
        path = without_capabilities(self.path)
        if self.is_tile:  # which tile it was tells nothing
            path = f"{'/'.join(path.split('/')[:4])}/(tile)"
        return f"{self.method} {path} -> {self.status} ({', '.join(brought)}; {how})"


class Log:
    """The access log of an installation, from a mark on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._from = 0

    def mark(self) -> None:
        """Forget everything up to now."""
        self._from = self._file.stat().st_size

    def asked(self) -> list[Asked]:
        """Return the requests since the mark that have been answered, in the order of the answers."""
        with self._file.open("rb") as file:
            file.seek(self._from)
            lines = file.read().split(b"\n")[:-1]
        return [_asked(json.loads(line)) for line in lines]

    def of(self, wanted: Callable[[Asked], bool]) -> list[Asked]:
        """Return the requests since the mark that are wanted."""
        return [each for each in self.asked() if wanted(each)]

    def wait(self, wanted: Callable[[Asked], bool], sleep: Callable[[float], None]) -> Asked:
        """Return the first request that is wanted; `sleep` lets the browser go on for some milliseconds."""
        end = time.monotonic() + _PATIENCE
        while not (found := self.of(wanted)):
            assert time.monotonic() < end, "it was not asked for:\n" + self.trace()
            sleep(50)
        return found[0]

    def trace(self) -> str:
        """Return the requests to Lectern since the mark, each kind once, the order that of their first answers."""
        lines = (each.line() for each in self.asked() if not each.path.startswith(("/bench/", "/static/")))
        counts: dict[str, int] = {}
        for line in lines:
            counts[line] = counts.get(line, 0) + 1
        return "\n".join(f"{line} x{count}" if count > 1 else line for line, count in counts.items())


def _asked(row: dict[str, str | int]) -> Asked:
    parts = urlsplit(str(row["uri"]))
    bearer = str(row["authorization"]).removeprefix("Bearer ")
    return Asked(
        host=str(row["host"]),
        method=str(row["method"]),
        path=parts.path,
        query=parts.query,
        status=int(row["status"]),
        cookie=_SESSION in str(row["cookie"]),
        bearer=bearer if bearer in ("", "undefined") else "token",
        mode=str(row["mode"]),
        dest=str(row["dest"]),
        site=str(row["site"]),
    )
