"""Where requests meet the one decision: who asks, from where, and what the policy of an object says to that."""

import re
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

import structlog
from flask import Request

from auth.decision import STRANGER, Address, Reader, Verdict
from auth.pages import decide_page, door_of, is_free_text, whoever_asks
from auth.policy import Policy
from auth.rules import Rules
from lectern.catalogue import ObjectRow, no_such_object
from lectern.ids import without_capabilities
from services.context import Context

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

COOKIE = "__Host-lectern-session"
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<token>[!-~]+) *")
_PORT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")
RESTRICTED = {"Cache-Control": "private, no-store", "Vary": "Cookie, Authorization"}
_LONGEST_CREDENTIAL = 512

_log = structlog.get_logger("lectern.gate")


class Gate:
    """Answers for requests. Raises StoreUnavailable when something restricted is asked for and the store is down."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def rules(self, row: ObjectRow) -> Rules:
        """Return the policies of an object and its pages; one that lets nobody in stands for one there is not."""
        return self._context.policies.current().rules(row.id, row.policy)

    def policy(self, row: ObjectRow, n: int | None = None) -> Policy:
        """Return the policy of page `n` of an object (from 1), or of the object as a whole."""
        return self.rules(row).of(n)

    def stranger(self, row: ObjectRow, n: int | None = None) -> Verdict:
        """Return what everybody gets, wherever he is; asks no store. `n` is as for `policy`."""
        return decide_page(self.rules(row), n, STRANGER, None, self._context.clock())

    def verdict(self, request: Request, row: ObjectRow, n: int | None = None, *, proxies: int | None = None) -> Verdict:
        """Return what the request's cookie and address allow: the verdict for pixels, text, search and manifests.

        A bearer token counts for nothing here (R1, TH-31). What is open to everyone is answered without a look
        at the store (R3, TH-97). `n` is as for `policy`, `proxies` as for `address`.
        """
        return self.judge(request, self.rules(row), n, proxies=proxies)

    def judge(self, request: Request, rules: Rules, n: int | None = None, *, proxies: int | None = None) -> Verdict:
        """Return the same as `verdict` of an object whose policies are known already."""
        return self.judge_at(request.environ, rules, n, self.address(request, proxies=proxies))

    def judge_at(self, environ: "WSGIEnvironment", rules: Rules, n: int | None, where: Address | None) -> Verdict:
        """Return the same as `judge` where the address is known and nobody made a Request: that takes long."""
        return self._judge(rules, n, environ, where, None)

    def judge_text(self, request: Request, rules: Rules, n: int | None = None) -> Verdict:
        """Return what the request allows of a text: a stranger's verdict where the text is everybody's.

        Such a text (`search = "open"`) needs no look at the store, even if its pictures do (R3, TH-97).
        """
        now = self._context.clock()
        if is_free_text(rules, n, now):
            return decide_page(rules, n, STRANGER, None, now)
        return self.judge(request, rules, n)

    def find(self, request: Request, object_id: str, n: int | None = None) -> tuple[ObjectRow, Verdict]:
        """Return an object and what the request allows of it, or of its page `n`.

        Raises NotFound in the very same words for one that is not there and one that is hidden from this reader
        (TH-85); a page may be hidden in an object that is not.
        """
        row = self._context.catalogue.get(object_id)
        verdict = self.verdict(request, row, n)
        if verdict.manifest == "hidden" and (n is None or self.verdict(request, row).manifest == "hidden"):
            raise no_such_object(object_id)
        return row, verdict

    def bearer_verdict(self, request: Request, row: ObjectRow, n: int | None = None, *, version: int = 1) -> Verdict:
        """Return what cookie, address or access token allow: for Auth 1 info.json (1) and the probe (2) only (R1)."""
        return self._judge(self.rules(row), n, request.environ, self.address(request), version)

    def _judge(
        self,
        rules: Rules,
        n: int | None,
        environ: "WSGIEnvironment",
        where: Address | None,
        token_version: int | None,
    ) -> Verdict:
        now = self._context.clock()
        stranger = decide_page(rules, n, STRANGER, where, now)
        if whoever_asks(rules, n, stranger):
            return stranger
        verdict = decide_page(rules, n, self._reader(environ), where, now)
        token = None if verdict.allowed or token_version is None else _bearer(environ)
        if token is None or token_version is None:
            return verdict
        holder = self._context.sessions.reader_by_token(token, door_of(rules, n, now).name, token_version)
        return decide_page(rules, n, holder, where, now) if holder.session else verdict

    def reader(self, request: Request) -> Reader:
        """Return who the request's cookie stands for; raises StoreUnavailable, also when there is no cookie.

        A stranger is told by looking at the store too: with the store down nobody can say who is a stranger (R3).
        """
        return self._reader(request.environ)

    def _reader(self, environ: "WSGIEnvironment") -> Reader:
        cookie = cookie_in(environ)
        if cookie is None:
            self._context.sessions.check()
            return STRANGER
        return self._context.sessions.reader(cookie)

    def address(self, request: Request, *, proxies: int | None = None) -> Address | None:
        """Return the client's address: the one that the outermost of the stated proxies saw (TH-53), or None.

        `proxies` overrides the number of proxies in front; entries further left are the client's own words.
        """
        return address_in(request.environ, self._context.settings.trusted_proxies if proxies is None else proxies)

    def cache_headers(self, row: ObjectRow, n: int | None = None, *, max_age: int = 3600) -> dict[str, str]:
        """Return the caching headers for anything about an object, or its page `n`, whose answer a policy decides.

        What everyone may see is public for `max_age` seconds, or until the policy's next date if that is
        sooner; it has no Vary. Everything else is no cache's business, whoever got it (TH-72 to TH-74).
        """
        verdict, now = self.stranger(row, n), self._context.clock()
        return public_headers(verdict.valid_until, now, max_age=max_age) if verdict.public else dict(RESTRICTED)

    def tier_cache_headers(
        self, row: ObjectRow, tier: str | None, n: int | None = None, *, max_age: int = 3600
    ) -> dict[str, str]:
        """Return the caching headers for the pixels of one version of an image: a reduced one is everybody's.

        That of an image that is hidden from strangers is not.
        """
        stranger = self.stranger(row, n)
        if tier is None or tier != self.policy(row, n).tier or stranger.manifest == "hidden":
            return self.cache_headers(row, n, max_age=max_age)
        return public_headers(stranger.valid_until, self._context.clock(), max_age=max_age)


def public_headers(valid_until: datetime | None, now: datetime, *, max_age: int) -> dict[str, str]:
    """Return the headers of what everybody may see, kept no longer than its verdict is valid (TH-74)."""
    if valid_until is not None:
        max_age = min(max_age, max(0, int((valid_until - now).total_seconds())))
    return {"Cache-Control": f"public, max-age={max_age}"}


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


def bearer_token(request: Request) -> str | None:
    """Return the token of the Authorization header, or None."""
    return _bearer(request.environ)


def _bearer(environ: "WSGIEnvironment") -> str | None:
    header = environ.get("HTTP_AUTHORIZATION", "")
    match = _BEARER.fullmatch(header) if len(header) <= _LONGEST_CREDENTIAL else None
    return match["token"] if match else None


def address_in(environ: "WSGIEnvironment", proxies: int) -> Address | None:
    """Return the client's address behind so many proxies, as `Gate.address` has it."""
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
