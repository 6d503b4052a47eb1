"""Files from other people's servers, within limits: http and https only, public addresses only, so much and no more.

A name is resolved once, every address it has is judged, and the connection goes to one of those judged: also after
a redirect, and a name that changes its mind in between gains nothing.
"""

import email.utils
import http.client
import io
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from ingest.manners import Manners
from ingest.publicness import is_public
from ingest.sockets import BoundedSocket
from ingest.traps import Unreadable
from ingest.unpacking import unpacked
from lectern import __version__
from lectern.errors import StoreUnavailable

_REDIRECTS, _BUSY, _GONE = frozenset({301, 302, 303, 307, 308}), frozenset({429, 503}), frozenset({404, 410, 451})
_PORTS = {"http": 80, "https": 443}
_CHUNK = 1 << 16
_USUAL_WAIT = 2.0  # seconds, where a busy server does not say how long
_ATTEMPTS = 3
_AHEAD_SECONDS = 86_400.0  # by which clocks may differ
_SAFE = "/?%:@!$&'()*+,;=~-._[]"
_PRIVATE = "If it is a server of your own, fetch it with `--allow-private`."
_LATER = "Try again later; what came is kept."
_GZIP = frozenset({"gzip", "x-gzip"})


class Answered(Unreadable):
    """A server answers, and not with what it was asked for: it is there, and other things may be had from it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is fetched, from whom, and how fast. Bytes and seconds; no hosts means any public one.

    With an `origin` (scheme, host and port, as in https://example.org) nothing else is asked, after a redirect either.
    `per_host` is the number of requests to one host at once, `delay` the seconds between their beginnings.
    A server that asks for it is waited for `longest_wait` seconds at once, and `host_wait` in all.
    """

    file_bytes: int = 64 * 1024 * 1024
    total_bytes: int = 4 * 1024**3
    redirects: int = 3
    idle_seconds: float = 30.0
    file_seconds: float = 300.0
    longest_wait: float = 120.0
    host_wait: float = 900.0
    hosts: frozenset[str] = frozenset()
    origin: str = ""
    private: bool = False
    per_host: int = 2
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: body None says that what the asker has is still the same (304).

    `total` is the size in bytes of the whole of which only some were asked for, if the server tells it; `partial` says
    that it sent those (206), and not the whole from its beginning.
    """

    url: str
    body: bytes | None
    etag: str = ""
    last_modified: str = ""
    total: int | None = None
    partial: bool = False


def user_agent(contact: str = "") -> str:
    """Return the name that we give to servers, with where our operator can be reached."""
    return f"lectern/{__version__}" + (f" (+{contact})" if contact else "")


@dataclass(slots=True)
class Fetcher:
    """Fetches files; the sum of what it fetched is limited too. Threads may share it."""

    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], None] = time.sleep
    agent: str = field(default_factory=user_agent)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    _manners: Manners = field(init=False)
    _total: int = 0
    _waited: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Take the limits' manners on."""
        self._manners = Manners(self.limits.per_host, self.limits.delay, self.sleep)

    def get(
        self,
        url: str,
        etag: str = "",
        last_modified: str = "",
        into: BinaryIO | None = None,
        *,
        more: Mapping[str, str] | None = None,
        first: int = 0,
        begin: int = 0,
    ) -> Fetched:
        """Return what is at an address, or, if it is still what the validators name, that it is (RFC 9110, 13.1).

        With `into` the body is written there, and is empty in the answer; what was written before an error is no
        file. `more` are headers to be sent too. With `first` only so many bytes are asked for, and no more are read;
        from the byte `begin` on, where the server gives parts.
        Raises Unreadable: `fetch-refused` (scheme, host, address, a limit), `fetch-gone` (404, 410, 451),
        `fetch-failed` (any other answer, the connection); and StoreUnavailable when `into` cannot be written.
        """
        headers = {"User-Agent": self.agent, "Accept-Encoding": "identity", **(more or {})}
        headers |= {"Range": f"bytes={begin}-{begin + first - 1}"} if first else {}
        headers |= {"If-None-Match": etag} if etag else {}
        if last_modified and not (_seconds_until(last_modified) or 0.0) > _AHEAD_SECONDS:
            headers["If-Modified-Since"] = last_modified  # one that lies ahead would be "not modified" until then
        where = url
        for _ in range(self.limits.redirects + 1):
            answer = self._patiently(where, headers, into, first)
            if isinstance(answer, Fetched):
                return answer
            where = answer
        raise _refused(url, f"it leads on through more than {self.limits.redirects} redirects")

    def _patiently(self, url: str, headers: dict[str, str], into: BinaryIO | None, first: int) -> Fetched | str:
        """Return the answer, or where it leads; a busy server is asked again when it says, and by nobody before."""
        parts = self._judge(url)
        host = parts.hostname or ""
        for attempt in range(_ATTEMPTS):
            with self._manners.turn(host):
                answer = self._ask(url, parts, headers, into, first)
            if not isinstance(answer, float):
                return answer
            if attempt + 1 == _ATTEMPTS or not self._has_patience(host, answer):
                break
            self._manners.pause(host, answer)
        raise _failed(url, "its server is busy and wants us to come back later")

    def _has_patience(self, host: str, seconds: float) -> bool:
        """Return whether a host may let us wait so long, and count it."""
        with self._lock:
            if seconds > self.limits.longest_wait or self._waited[host] + seconds > self.limits.host_wait:
                return False
            self._waited[host] += seconds
            return True

    def _ask(
        self, url: str, parts: SplitResult, headers: dict[str, str], into: BinaryIO | None, first: int
    ) -> Fetched | str | float:
        """Return the answer, or where it leads, or the seconds to wait."""
        deadline = time.monotonic() + self.limits.file_seconds
        target = quote(parts._replace(scheme="", netloc="", path=parts.path or "/", fragment="").geturl(), safe=_SAFE)
        sock = self._connect(url, parts)
        try:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
            connection.default_port = _PORTS[parts.scheme]
            connection.sock = BoundedSocket(sock, self._patience(url, deadline))
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as response:
                return self._read(url, response, into, first)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _failed(url, str(error) or type(error).__name__) from error
        finally:
            sock.close()

    def _patience(self, url: str, deadline: float) -> Callable[[], float]:
        """Return a function that tells how many seconds the next bytes may take; at the deadline it refuses."""

        def left() -> float:
            rest = deadline - time.monotonic()
            if rest <= 0:
                raise _refused(url, f"it takes longer than {self.limits.file_seconds:g} seconds")
            return min(rest, self.limits.idle_seconds)

        return left

    def _judge(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            host, _, _ = parts.hostname or "", parts.port, url.encode()
        except ValueError as error:
            raise _refused(url, str(error)) from error
        if parts.scheme not in {"http", "https"} or not host:
            raise _refused(url, "it is no http or https address")
        if "@" in parts.netloc:
            raise _refused(url, "it carries a user name")
        if self.limits.origin and origin_of_url(parts) != self.limits.origin:
            raise _refused(url, f"it is not at {self.limits.origin}")
        if self.limits.hosts and host.rstrip(".") not in self.limits.hosts:
            raise _refused(url, f"the host {host} is not among those allowed")
        return parts

    def _addresses(self, url: str, parts: SplitResult) -> list[tuple[str, int]]:
        """Return the addresses that may be connected to; every one that the name has must be allowed."""
        try:
            found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:
            raise _failed(url, f"its host has no address ({error})") from error
        addresses = [str(each[4][0]) for each in found]
        private = next((address for address in addresses if not is_public(address)), None)
        if private is not None and not self.limits.private:
            raise _refused(url, f"its host has the private address {private}", _PRIVATE)
        return [(address, _port(parts)) for address in dict.fromkeys(addresses)]

    def _connect(self, url: str, parts: SplitResult) -> socket.socket:
        """Return a connection to the first judged address that takes one; TLS asks for the address's host name."""
        trouble: OSError | None = None
        for address in self._addresses(url, parts):
            try:
                sock = socket.create_connection(address, self.limits.idle_seconds)
            except OSError as error:
                trouble = trouble or error
                continue
            try:
                if parts.scheme == "https":
                    return self.tls.wrap_socket(sock, server_hostname=parts.hostname)
                return sock
            except (OSError, ValueError) as error:
                sock.close()
                raise _failed(url, str(error)) from error
        raise _failed(url, str(trouble)) from trouble

    def _read(
        self, url: str, response: http.client.HTTPResponse, into: BinaryIO | None, first: int
    ) -> Fetched | str | float:
        status = response.status
        if status in _REDIRECTS and (leads_to := response.getheader("Location")):
            return urljoin(url, leads_to)
        if status in _BUSY:
            return _wait_of(response.getheader("Retry-After"))
        validators = response.getheader("ETag") or "", response.getheader("Last-Modified") or ""
        if status == 304:
            return Fetched(url, None, *validators)
        if status in _GONE:
            raise Unreadable(
                "fetch-gone",
                f"{url} is not there: the server answers {status}.",
                "Check the address, and the link to it.",
            )
        if status != 200 and not (first and status == 206):
            what = f"{url} cannot be fetched: the server answers {status} {response.reason}."
            raise Answered("fetch-failed", what, _LATER)
        total = _total_of(response) if first else None
        body = io.BytesIO()
        size = 0
        for chunk in _plain(url, response, whole=not first):
            wanted = chunk[: first - size] if first else chunk
            size += len(wanted)
            self._count(url, len(wanted))
            if size > self.limits.file_bytes:
                raise _refused(url, f"it is larger than {self.limits.file_bytes} bytes")
            _write(into or body, wanted)
            if first and size >= first:
                break
        return Fetched(url, body.getvalue(), *validators, total, partial=status == 206)

    def _count(self, url: str, size: int) -> None:
        with self._lock:
            self._total += size
            if self._total > self.limits.total_bytes:
                raise _refused(url, f"more than {self.limits.total_bytes} bytes were fetched in all")


def _write(into: BinaryIO, data: bytes) -> None:
    try:
        into.write(data)
    except OSError as error:  # ours: the server has done nothing wrong
        raise StoreUnavailable(
            f"What is fetched cannot be written: {error.strerror or error}.",
            "Make room on the disk, and check who may write there.",
        ) from error


def origin_of_url(parts: SplitResult) -> str:
    """Return scheme, host and port of an http or https address, the usual port too."""
    return f"{parts.scheme}://{(parts.hostname or '').rstrip('.')}:{_port(parts)}"


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _total_of(response: http.client.HTTPResponse) -> int | None:
    """Return the size in bytes of the whole of which a part may be answered, None if nobody tells it."""
    told = (response.getheader("Content-Range") or "").rpartition("/")[2] if response.status == 206 else None
    told = response.getheader("Content-Length") or "" if told is None else told
    return int(told) if told.isdecimal() and len(told) < 16 else None


def _plain(url: str, response: http.client.HTTPResponse, *, whole: bool = True) -> Iterator[bytes]:
    """Yield the pieces of a body, each of limited size, unpacked if it is gzip that nobody asked for."""
    coding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if coding in _GZIP:
        try:
            yield from unpacked(_pieces(url, response, whole=whole))
        except ValueError as error:
            raise _failed(url, f"the server says it is compressed, and {error}") from error
    elif coding == "identity":
        yield from _pieces(url, response, whole=whole)
    else:
        raise _failed(url, f"the server sends it compressed ({coding[:40]}) though it was asked not to")


def _pieces(url: str, response: http.client.HTTPResponse, *, whole: bool = True) -> Iterator[bytes]:
    while chunk := response.read1(_CHUNK):
        yield chunk
    if response.length and whole:
        raise _failed(url, "the connection ended in the middle")


def _wait_of(header: str | None) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3)."""
    text = (header or "").strip()
    if text.isdecimal() and len(text) < 9:
        return float(text)
    left = _seconds_until(text)
    return _USUAL_WAIT if left is None else max(0.0, left)


def _seconds_until(text: str) -> float | None:
    """Return how far a date of HTTP lies ahead, negative for one that is past, None for what is no date."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None


def _refused(url: str, reason: str, remedy: str = "Fetch it yourself, or allow it.") -> Unreadable:
    return Unreadable("fetch-refused", f"{url} is not fetched: {reason}.", remedy)


def _failed(url: str, reason: str) -> Unreadable:
    return Unreadable("fetch-failed", f"{url} cannot be fetched: {reason}.", _LATER)
