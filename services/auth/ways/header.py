"""Signing in as the reader that a proxy in front (Shibboleth, CAS, SAML) names in a header (TH-52)."""

from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import quote

import structlog
from flask import Response, request

from auth.audit import Refusal
from auth.identity import Identity
from auth.policy import Policy
from auth.trusted_header import TrustedHeader
from lectern.providers import HeaderProvider
from services.auth.door import Door, Visit
from services.credentials import parse_address
from services.saying import say

_log = structlog.get_logger("lectern.access")


class Header:
    """One button for a reader whom the proxy knows; a link or a sentence for one whom it does not.

    A header opens nothing by itself: it is read at the access page alone, and again when its form is sent (R5).
    """

    template = "auth/ways/header.html"

    def __init__(self, door: Door, name: str, settings: HeaderProvider) -> None:
        self._door = door
        self._trusted = TrustedHeader(name, settings)
        self.action = f"header-{name}"
        self.label = settings.label or name

    def offered(self, policy: Policy) -> bool:
        """Return whether the readers of this proxy are let in by a policy."""
        return "login" in policy.patterns and self._trusted.name in policy.providers

    def person(self) -> Identity | None:
        """Return who the proxy says is asking; what is not the proxy's word is logged, and nobody."""
        shown = self._trusted.read(request.headers.get, parse_address(request.environ.get("REMOTE_ADDR", "")))
        if shown.refused:
            _log.warning("identity header refused", provider=self._trusted.name, reason=shown.refused)
        return shown.identity

    def begins_at(self) -> str:
        """Return the address at the proxy where signing in begins and comes back here, empty if none is known."""
        target = self._door.context.settings.base_url + request.full_path.rstrip("?")
        return self._trusted.settings.login_url.replace("{target}", quote(target, safe=""))

    @staticmethod
    def mark(person: Identity) -> str:
        """Return what the form remembers of the person it was shown to."""
        return sha256(f"{person.provider}|{person.user}".encode()).hexdigest()

    def enter(self, visit: Visit) -> Response:
        """Answer the form: the header decides anew, and has to name the reader whom the button named."""
        person = self.person()
        if person is None:
            self._door.refused(visit, Refusal.CREDENTIALS, provider=self._trusted.name)
            return self._door.forms(
                visit, HTTPStatus.FORBIDDEN, error=say("identity.proxy_unknown", provider=self.label)
            )
        if not compare_digest(self.mark(person).encode(), request.form.get("person", "").encode()):
            return self._door.forms(visit, HTTPStatus.FORBIDDEN, error=say("identity.proxy_other", provider=self.label))
        return self._door.let_in(visit.policy, visit.origin, person)
