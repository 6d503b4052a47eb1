"""The one base URL of all ids: one spelling, as browsers write it, so that ids, origins and redirects agree."""

import re
from urllib.parse import urlsplit

# The first segments of our own paths: below a path that begins so, nobody could tell whose `/iiif/…` is meant.
OWN_PATHS = frozenset(
    {
        "admin",
        "auth",
        "healthz",
        "iiif",
        "metrics",
        "objects",
        "openapi",
        "openapi.json",
        "presentation",
        "readyz",
        "search",
        "static",
        "viewers",
    }
)
_FORM = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/.*)?",
    re.I | re.S | re.A,
)
_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LARGEST_PORT = 65535
_LIKE = "must be like https://books.example.org or https://example.org/books"


def canonical_base(text: str) -> str:
    """Return a base URL in its one spelling: host in lower case, no default port, no slash at its end.

    Raises ValueError, with what is wrong, for what cannot be put before a path (a query, a fragment, a name and
    password, a host that is not ASCII), and for a path that browsers and proxies read in two ways or that begins like
    one of ours.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{_LIKE}; a host with other letters is written in its ASCII form (xn--…)")
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), int(match["port"] or 0)
    if port > _LARGEST_PORT:
        raise ValueError(f"has no port {port}: the largest is {_LARGEST_PORT}")
    path = (match["path"] or "").rstrip("/")
    if _PATH.fullmatch(path) is None:
        raise ValueError(f"{_LIKE}: its path has letters, digits and .~_- between single slashes, no query and no #")
    first = path.split("/")[1] if path else ""
    if first in OWN_PATHS:
        raise ValueError(
            f"has a path that begins with /{first}, as Lectern's own paths do; choose another, such as /books"
        )
    return f"{scheme}://{host}{f':{port}' if port not in (0, _DEFAULT_PORTS[scheme]) else ''}{path}"


def path_of(base: str) -> str:
    """Return the path of a base URL: empty, or like `/books`."""
    return urlsplit(base).path
