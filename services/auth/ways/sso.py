"""Signing in at an OpenID provider: a button for each, which leads there (TH-20, TH-39 to TH-41)."""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from flask import Response, request

from auth.audit import Refusal
from auth.oidc.problems import ProviderUnavailable, Refused
from auth.policy import Policy
from auth.throttle import Throttle
from lectern.clock import seconds
from lectern.logins import Login, Logins
from services.auth.door import Door, Visit
from services.auth.providers import Providers, trouble
from services.saying import say

_log = structlog.get_logger("lectern.access")


@dataclass(frozen=True, slots=True)
class Button:
    """What the page shows for one provider."""

    provider: str
    label: str
    second_window: bool


class SingleSignOn:
    """The buttons that lead to the providers a policy names."""

    action = "sso"
    template = "auth/ways/sso.html"

    def __init__(self, door: Door, providers: Providers, logins: Logins) -> None:
        self._door = door
        self._providers = providers
        self._logins = logins

    def offered(self, policy: Policy) -> bool:
        """Return whether readers of an OpenID provider are let in."""
        return any(True for _ in self._providers.of(policy))

    def buttons(self, policy: Policy) -> list[Button]:
        """Return the buttons of a policy's providers."""
        return [
            Button(
                peer.name,
                say("sso.button", provider=peer.provider.label or peer.name),
                peer.provider.second_window,
            )
            for peer in self._providers.of(policy)
        ]

    def enter(self, visit: Visit) -> Response:
        """Answer the form: keep what the callback has to fit, and send the reader to the provider."""
        name = request.form.get("provider", "")
        peer = next((peer for peer in self._providers.of(visit.policy) if peer.name == name), None)
        if peer is None:
            return self._door.forms(visit, HTTPStatus.BAD_REQUEST, error=say("sso.unknown"))
        context = self._door.context
        attempt = Throttle(context.state, context.clock).begin_login(self._door.gate.address(request))
        if attempt.wait:
            return self._door.too_many(visit, attempt)
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        uri = self._providers.redirect_uri(peer)
        try:
            url = peer.sign_in_url(state=state, nonce=nonce, verifier=verifier, redirect_uri=uri)
        except (ProviderUnavailable, Refused) as error:
            _log.error("provider cannot be used", provider=peer.name, reason=error.reason)
            self._door.refused(visit, Refusal.PROVIDER, provider=peer.name)
            again = access_url(context.settings.base_url, visit.policy.name, visit.origin)
            return trouble("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, again=again)
        login = Login(peer.name, visit.policy.name, visit.origin, nonce, verifier)
        self._logins.begin(digest(state), digest(self._door.stamps.browser()), login, seconds(context.clock()))
        return elsewhere(url)


def elsewhere(url: str) -> Response:
    """Return the redirect to a provider; it is told nothing about where the reader was."""
    headers = {"Location": url, "Referrer-Policy": "no-referrer"}
    return Response(status=HTTPStatus.SEE_OTHER, headers=headers)


def access_url(base: str, policy: str, origin: str) -> str:
    """Return the address of the access page for a viewer."""
    return f"{base}/auth/access/{policy}?{urlencode({'origin': origin})}"


def digest(value: str) -> str:
    """Return under what a secret value is kept (TH-30)."""
    return sha256(value.encode()).hexdigest()
