"""Files from other people's servers, within limits: http and https only, public addresses only, so much and no more.

A name is resolved once, every address it has is judged, and the connection goes to one of those judged: also after
a redirect, and a name that changes its mind in between gains nothing.
"""

import email.utils
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from ingest.traps import Unreadable
from lectern import __version__

_REDIRECTS, _BUSY = frozenset({301, 302, 303, 307, 308}), frozenset({429, 503})
_CHUNK = 1 << 16
_USUAL_WAIT = 2.0  # seconds, where a busy server does not say how long
_ATTEMPTS = 3
_SAFE = "/?%:@!$&'()*+,;=~-._[]"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is fetched, and from whom. Bytes and seconds; no hosts means any public one."""

    file_bytes: int = 64 * 1024 * 1024
    total_bytes: int = 4 * 1024**3
    redirects: int = 3
    idle_seconds: float = 30.0
    file_seconds: float = 300.0
    longest_wait: float = 120.0
    hosts: frozenset[str] = frozenset()
    private: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: body None says that what the asker has is still the same (304)."""

    url: str
    body: bytes | None
    etag: str = ""
    last_modified: str = ""


def is_public(text: str) -> bool:
    """Return whether an IP address, and the one that it may carry inside, belongs to the public internet."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


@dataclass(slots=True)
class Fetcher:
    """Fetches files; the sum of what it fetched is limited too. Threads may share it."""

    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], None] = time.sleep
    _total: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, url: str, etag: str = "", last_modified: str = "") -> Fetched:
        """Return what is at an address, or, if it is still what the validators name, that it is (RFC 9110, 13.1).

        Raises Unreadable: `fetch-refused` (scheme, host, address, a limit), `fetch-failed` (answer, connection).
        """
        headers = {"User-Agent": f"lectern/{__version__}", "Accept-Encoding": "identity"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        where = url
        for _ in range(self.limits.redirects + 1):
            answer = self._patiently(where, headers)
            if isinstance(answer, Fetched):
                return answer
            where = answer
        raise _refused(url, f"it leads on through more than {self.limits.redirects} redirects")

    def _patiently(self, url: str, headers: dict[str, str]) -> Fetched | str:
        """Return the answer, or where it leads; a busy server is asked again when it says."""
        for attempt in range(_ATTEMPTS):
            answer = self._ask(url, headers)
            if not isinstance(answer, float):
                return answer
            if attempt + 1 < _ATTEMPTS and answer <= self.limits.longest_wait:
                self.sleep(answer)
        raise _failed(url, "its server is busy and wants us to come back later")

    def _ask(self, url: str, headers: dict[str, str]) -> Fetched | str | float:
        """Return the answer, or where it leads, or the seconds to wait."""
        parts, deadline = self._judge(url), time.monotonic() + self.limits.file_seconds
        connection = _connect(parts, self._address(url, parts), self.limits.idle_seconds)
        target = quote(parts._replace(scheme="", netloc="", path=parts.path or "/", fragment="").geturl(), safe=_SAFE)
        try:
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as response:
                return self._read(url, response, deadline)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _failed(url, str(error) or type(error).__name__) from error
        finally:
            connection.close()

    def _judge(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError as error:
            raise _refused(url, str(error)) from error
        if parts.scheme not in {"http", "https"} or not host:
            raise _refused(url, "it is no http or https address")
        if "@" in parts.netloc:
            raise _refused(url, "it carries a user name")
        if self.limits.hosts and host.rstrip(".") not in self.limits.hosts:
            raise _refused(url, f"the host {host} is not among those allowed")
        return parts

    def _address(self, url: str, parts: SplitResult) -> tuple[str, int]:
        """Return the address to connect to; every one that the name has must be allowed."""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _failed(url, f"its host has no address ({error})") from error
        addresses = [str(each[4][0]) for each in found]
        private = next((address for address in addresses if not is_public(address)), None)
        if private is not None and not self.limits.private:
            raise _refused(url, f"its host has the private address {private}")
        return addresses[0], port

    def _read(self, url: str, response: http.client.HTTPResponse, deadline: float) -> Fetched | str | float:
        status = response.status
        if status in _REDIRECTS and (leads_to := response.getheader("Location")):
            return urljoin(url, leads_to)
        if status in _BUSY:
            return _wait_of(response.getheader("Retry-After"))
        validators = response.getheader("ETag") or "", response.getheader("Last-Modified") or ""
        if status == 304:
            return Fetched(url, None, *validators)
        if status != 200:
            raise _failed(url, f"the server answers {status} {response.reason}")
        if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
            raise _failed(url, "the server sends it compressed though it was asked not to")
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            self._count(url, len(chunk))
            if len(body) > self.limits.file_bytes:
                raise _refused(url, f"it is larger than {self.limits.file_bytes} bytes")
            if time.monotonic() > deadline:
                raise _refused(url, f"it takes longer than {self.limits.file_seconds:g} seconds")
        if response.length:
            raise _failed(url, "the connection ended in the middle")
        return Fetched(url, bytes(body), *validators)

    def _count(self, url: str, size: int) -> None:
        with self._lock:
            self._total += size
            if self._total > self.limits.total_bytes:
                raise _refused(url, f"more than {self.limits.total_bytes} bytes were fetched in all")


def _connect(parts: SplitResult, address: tuple[str, int], timeout: float) -> http.client.HTTPConnection:
    """Return a connection for the address's host name that goes to the judged address."""
    host = parts.hostname or ""
    plain = http.client.HTTPConnection(host, address[1], timeout=timeout)
    try:
        plain.sock = socket.create_connection(address, timeout)
        if parts.scheme == "https":
            plain.default_port = 443
            plain.sock = ssl.create_default_context().wrap_socket(plain.sock, server_hostname=host)
    except OSError as error:
        plain.close()
        raise _failed(parts.geturl(), str(error)) from error
    return plain


def _wait_of(header: str | None) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3)."""
    text = (header or "").strip()
    if text.isdecimal() and len(text) < 9:
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return _USUAL_WAIT


def _refused(url: str, reason: str) -> Unreadable:
    return Unreadable("fetch-refused", f"{url} is not fetched: {reason}.", "Fetch it yourself, or allow it.")


def _failed(url: str, reason: str) -> Unreadable:
    return Unreadable("fetch-failed", f"{url} cannot be fetched: {reason}.", "Try again later; what came is kept.")
