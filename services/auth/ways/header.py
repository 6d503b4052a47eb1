"""Signing in as the reader that a proxy in front (Shibboleth, CAS, SAML) names in a header (TH-52)."""

from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import quote

import structlog
from flask import request

from auth.decision import Address
from auth.identity import Identity
from auth.policy import Policy
from auth.throttle import Attempt
from auth.trusted_header import TrustedHeader
from lectern.digests import digest
from lectern.providers import HeaderProvider
from services.auth.ways.way import Denied, Outcome, Visit
from services.context import Context
from services.credentials import parse_address
from services.saying import say

_log = structlog.get_logger("lectern.access")


class Header:
    """One button for a reader whom the proxy knows; a link or a sentence for one whom it does not.

    A header opens nothing by itself: it is read at the access page alone, and again when its form is sent (R5).
    """

    template = "auth/ways/header.html"

    def __init__(self, context: Context, name: str, settings: HeaderProvider) -> None:
        self._base = context.settings.base_url
        self._trusted = TrustedHeader(name, settings)
        self.action = f"header-{name}"
        self._label = settings.label or name

    def offered(self, policy: Policy) -> bool:
        """Return whether the readers of this proxy are let in by a policy."""
        return policy.signs_in_at(self._trusted.name)

    def shown(self, _policy: Policy) -> Mapping[str, object]:
        """Return whom the proxy names and the mark of him; and for nobody where signing in begins, if that is known."""
        person = self._person()
        if person is None:
            return {"label": self._label, "begins_at": self._begins_at()}
        return {"label": self._label, "person": person.name or person.user, "mark": _mark(person)}

    def attempt(self, _where: Address | None) -> Attempt:
        """Return an attempt that is not counted: nothing is guessed here, and no row made for nobody."""
        return Attempt(0)

    def enter(self, _visit: Visit) -> Outcome:
        """Return whom the header names now: it has to be the reader whom the button named."""
        person = self._person()
        if person is None:
            return Denied(say("identity.proxy_unknown", provider=self._label), provider=self._trusted.name)
        if not compare_digest(_mark(person).encode(), request.form.get("person", "").encode()):
            return Denied(say("identity.proxy_other", provider=self._label), provider=self._trusted.name)
        return person

    def _person(self) -> Identity | None:
        """Return who the proxy says is asking; what is not the proxy's word is logged, and nobody."""
        shown = self._trusted.read(request.headers.get, parse_address(request.environ.get("REMOTE_ADDR", "")))
        if shown.refused:
            _log.warning("identity header refused", provider=self._trusted.name, reason=shown.refused)
        return shown.identity

    def _begins_at(self) -> str:
        """Return the address at the proxy where signing in begins and comes back here, empty if none is known."""
        target = self._base + request.full_path.rstrip("?")
        return self._trusted.settings.login_url.replace("{target}", quote(target, safe=""))


def _mark(person: Identity) -> str:
    """Return what the form remembers of the person it was shown to."""
    return digest(f"{person.provider}|{person.user}")
