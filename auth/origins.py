"""Origins of viewers: one strict spelling, and the list of those that may ask for a token (TH-03, TH-04).

No URL parser is used: parsers and browsers disagree about backslashes, userinfo and odd hosts.
"""

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from lectern.errors import ConfigurationError

_LONGEST = 255
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?/?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_BASE = re.compile(r"(https?://[^/?#]+)")
_WILDCARD = "https://*."
_COUNTRY = 2
_SECOND_LEVELS = frozenset(
    {"ac", "co", "com", "edu", "gov", "govt", "net", "org", "or", "ne", "go", "gouv", "gv", "nhs"}
)


def parse_origin(text: str, *, http_on_loopback: bool = False) -> str | None:
    """Return the canonical form of an origin (`https://host[:port]`, lower case, no default port), or None.

    Plain http is an origin on a loopback host only, and only when asked for (TH-03, AUX-25).
    """
    if len(text) > _LONGEST or not text.isascii():
        return None
    match = _ORIGIN.fullmatch(text.lower())
    if match is None:
        return None
    host = _host(match["host"])
    port = match["port"]
    if host is None or (port is not None and int(port) > 65535):
        return None
    scheme = match["scheme"]
    if scheme == "http" and not (http_on_loopback and host in _LOOPBACK):
        return None
    return f"{scheme}://{host}" + ("" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}")


def _host(host: str) -> str | None:
    """Return a host as browsers write it, or None if no browser would send it like that."""
    if host.startswith("["):
        try:
            address = IPv6Address(host[1:-1])
        except AddressValueError:
            return None
        return f"[{address.compressed}]"
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if labels[-1].isdigit() or labels[-1].startswith("0x"):  # browsers read such a host as an IPv4 address
        try:
            return str(IPv4Address(host))
        except AddressValueError:
            return None
    return host


class Origins:
    """Which origins may ask for a token: any well-formed one, or those of a list; our own always."""

    def __init__(self, base_url: str, allowed: Iterable[str] = ()) -> None:
        """Raise ConfigurationError for an entry that is no origin."""
        base = _BASE.match(base_url)
        own = parse_origin(base[1], http_on_loopback=True) if base else None
        self._http_on_loopback = own is not None and own.startswith("http:")
        # With a public URL on plain http nobody signs in, so there is no origin of our own to trust.
        self.own = own
        self._exact: set[str] = set()
        self._suffixes: set[str] = set()
        self._listed = False
        for entry in allowed:
            self._add(entry)

    def _add(self, entry: str) -> None:
        self._listed = True
        wild = entry.lower().startswith(_WILDCARD)
        origin = self.parse("https://" + entry[len(_WILDCARD) :] if wild else entry)
        if origin is None:
            raise ConfigurationError(
                f"LECTERN_ALLOWED_ORIGINS: {entry!r} is no origin.",
                "Write origins like https://viewer.example.org or https://*.example.org.",
            )
        if wild:
            self._suffixes.add("." + origin.removeprefix("https://"))
        else:
            self._exact.add(origin)

    def parse(self, text: str) -> str | None:
        """Return the canonical form of an origin, or None if it is none that we talk to (TH-03)."""
        return parse_origin(text, http_on_loopback=self._http_on_loopback)

    def admits(self, origin: str) -> bool:
        """Return whether a canonical origin may ask for a token: whole labels are compared (TH-04)."""
        if not self._listed or origin == self.own or origin in self._exact:
            return True
        return any(origin.endswith(suffix) for suffix in self._suffixes)  # a suffix begins with a dot, a host does not

    def names(self, origin: str) -> bool:
        """Return whether a canonical origin is our own, or one that the list names: a list that is empty names none."""
        return origin == self.own or (self._listed and self.admits(origin))


def foreign_origins(origins: Iterable[str], base_url: str) -> set[str]:
    """Return those of a list of origins that seem to be on another site than a base URL: a guess, for hints only.

    Browsers know by the public suffix list what a site is. Here it is the last two labels, or three below a country's
    short second level (`co.uk`); what is no origin is left to others to complain about.
    """
    own = _site(base_url)
    return {origin for origin in origins if (site := _site(origin.replace("*.", "x."))) and own and site != own}


def _site(url: str) -> str | None:
    base = _BASE.match(url)
    origin = parse_origin(base[1], http_on_loopback=True) if base else None
    match = _ORIGIN.fullmatch(origin) if origin else None
    if match is None:
        return None
    labels = match["host"].split(".")
    if match["host"].startswith("[") or labels[-1].isdigit():
        return f"{match['scheme']}://{match['host']}"
    long = len(labels[-1]) == _COUNTRY and len(labels) > _COUNTRY and labels[-2] in _SECOND_LEVELS
    return f"{match['scheme']}://{'.'.join(labels[-3:] if long else labels[-2:])}"
