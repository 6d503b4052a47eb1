"""What a request shows of who sent it: our cookie, a bearer token, the client's address.

Read from the environment, since verdicts for proxies are worked out without a Request.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

import structlog
from flask import Request

from auth.decision import Address
from lectern.ids import without_capabilities

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

COOKIE = "__Host-lectern-session"
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<token>[!-~]+) *")
_PORT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")
_LONGEST_CREDENTIAL = 512

_log = structlog.get_logger("lectern.gate")


def session_cookie(request: Request) -> str | None:
    """Return the value of our cookie; None if there is none or more than one, since one may be planted (TH-27)."""
    return cookie_in(request.environ)


def cookie_in(environ: "WSGIEnvironment") -> str | None:
    """Return the same as `session_cookie` for what a request is made of."""
    values = cookie_values(environ.get("HTTP_COOKIE", ""))
    if len(values) > 1:
        _log.warning("duplicate session cookie refused", path=without_capabilities(environ.get("PATH_INFO", "")))
        return None
    return values[0] if values and 0 < len(values[0]) <= _LONGEST_CREDENTIAL else None


def cookie_values(header: str) -> list[str]:
    """Return every value of our cookie in a Cookie header; a tenth of the time that a Request's cookies take."""
    if COOKIE not in header:
        return []
    pairs = (part.partition("=") for part in header.split(";"))
    return [value.strip() for name, sign, value in pairs if sign and name.strip() == COOKIE]


def bearer_token(environ: "WSGIEnvironment") -> str | None:
    """Return the token of the Authorization header, or None."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    match = _BEARER.fullmatch(header) if len(header) <= _LONGEST_CREDENTIAL else None
    return match["token"] if match else None


def address_in(environ: "WSGIEnvironment", proxies: int) -> Address | None:
    """Return the client's address: the one that the outermost of so many stated proxies saw (TH-53), or None.

    Entries further left are the client's own words.
    """
    if proxies == 0:
        return parse_address(environ.get("REMOTE_ADDR", ""))
    entries = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return parse_address(entries[-proxies].strip()) if len(entries) >= proxies else None


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """Return an IP address without port and zone, an IPv4 one out of its IPv6 form; None if it is none (TH-54)."""
    match = _PORT.fullmatch(text)
    bare = (match["six"] or match["four"]) if match else text
    try:
        address: IPv4Address | IPv6Address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
