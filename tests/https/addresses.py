"""What an answer says of addresses, judged by plain rules: https, of the public origin and path, and nowhere else."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from tests.deployment.reader import Reply

# Names, not addresses: contexts, profiles, vocabularies, licences. Nobody fetches them from a page.
_NAMES = (
    "http://iiif.io/",
    "http://www.w3.org/",
    "http://www.loc.gov/standards/",
    "http://www.openarchives.org/",
    "http://kba.cloud/hocr-spec/",
    "http://purl.org/dc/",
    "http://creativecommons.org/",
    "http://rightsstatements.org/",
    "http://www.shared-canvas.org/",
    "http://library.stanford.edu/iiif/image-api/",
    "http://schema.org/",
)
_URL = re.compile(r"(?:https?|wss?)://[^\s\"'<>\\)\]}|;]+")
_WITHOUT_SCHEME = re.compile(r"""(?:href|src|action|data-[a-z]+)=["']//|url\(["']?//""")
_LINK = re.compile(r"""(?:href|src|action)=["']([^"'#]+)""")
_READABLE = ("json", "text/", "javascript", "xml", "svg")


def readable(reply: Reply) -> bool:
    """Return whether a body is text."""
    return any(kind in reply.headers.get("content-type", "") for kind in _READABLE)


def urls_of(reply: Reply) -> set[str]:
    """Return every absolute URL in a body and its headers, names of vocabularies left out."""
    told = list(reply.headers.values())
    if readable(reply):
        told.append(reply.text.replace("\\/", "/").replace("&amp;", "&"))
    found = {url.rstrip(".:,") for text in told for url in _URL.findall(text)}
    return {url for url in found if not url.startswith(_NAMES)}


def links_of(reply: Reply, at: str) -> set[str]:
    """Return where a page leads, as a browser at an address reads it, to names of licences not (nothing loads them)."""
    if not reply.headers.get("content-type", "").startswith("text/html"):
        return set()
    links = {urljoin(at, link.replace("&amp;", "&")) for link in _LINK.findall(reply.text)}
    return {link for link in links if not link.startswith(_NAMES)}


def complaints(reply: Reply, at: str, base: str, elsewhere: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield what is wrong with the addresses and cookies of an answer; `elsewhere` are origins that it may name."""
    host = urlsplit(base).hostname or ""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
    for url in urls_of(reply) | links_of(reply, at):
        parts = urlsplit(url)
        if url.startswith("mailto:") or f"{parts.scheme}://{parts.netloc}" in elsewhere:
            continue
        if parts.hostname == host:
            if url.startswith(f"{base}/") or url in (base, origin):  # a policy of a page, and `Origin`, have no path
                continue
            yield f"{at} names {url}, which is not below {base}"
        elif parts.scheme != "https" or parts.hostname in ("localhost", "127.0.0.1"):
            yield f"{at} names {url}"
    if readable(reply) and _WITHOUT_SCHEME.search(reply.text):
        yield f"{at} names an address without a scheme"
    location = reply.headers.get("location")
    if location is not None and not urljoin(at, location).startswith(f"{base}/"):
        yield f"{at} leads to {location}"
    for cookie in reply.cookies:
        yield from _wrong_with(cookie, at)


def _wrong_with(cookie: str, at: str) -> Iterator[str]:
    name, *attributes = (part.strip() for part in cookie.split(";"))
    given = {attribute.lower() for attribute in attributes}
    if not name.startswith("__Host-"):
        yield f"{at} sets {name.partition('=')[0]}, which another host of the site can plant"
    if not {"secure", "httponly", "path=/"} <= given or any(each.startswith("domain") for each in given):
        yield f"{at} sets a cookie with {sorted(given)}"
