"""Signing in at an OpenID provider: a button for each, which leads there (TH-20, TH-39 to TH-41)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from flask import Response, request

from auth.audit import Event, Refusal
from auth.decision import Address
from auth.oidc.problems import ProviderUnavailable, Refused
from auth.policy import Policy
from auth.throttle import Attempt
from lectern.clock import seconds
from lectern.digests import digest
from lectern.state_logins import Login
from services.auth.providers import Providers, redirect, trouble
from services.auth.stamps import Stamps
from services.auth.teller import Teller
from services.auth.ways.way import Denied, Outcome, Visit
from services.context import Context
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

    def __init__(self, context: Context, providers: Providers, stamps: Stamps, teller: Teller) -> None:
        self._context = context
        self._providers = providers
        self._stamps = stamps
        self._teller = teller

    def offered(self, policy: Policy) -> bool:
        """Return whether readers of an OpenID provider are let in."""
        return any(True for _ in self._providers.of(policy))

    def shown(self, policy: Policy) -> Mapping[str, object]:
        """Return the buttons of a policy's providers."""
        return {
            "buttons": [
                Button(
                    peer.name, say("sso.button", provider=peer.provider.label or peer.name), peer.provider.second_window
                )
                for peer in self._providers.of(policy)
            ]
        }

    def attempt(self, where: Address | None) -> Attempt:
        """Return the attempt: no guess, but each makes a row (TH-37)."""
        return self._context.throttle.begin_login(where)

    def enter(self, visit: Visit) -> Outcome:
        """Return the way to the provider; what the callback has to fit is kept."""
        name = request.form.get("provider", "")
        peer = next((peer for peer in self._providers.of(visit.policy) if peer.name == name), None)
        if peer is None:
            return Denied(say("sso.unknown"), HTTPStatus.BAD_REQUEST, Refusal.REQUEST)
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        uri = self._context.urls.callback(peer.name)
        # Who is signed in by it already and not let in would come back as the same reader, unasked.
        anew = visit.session is not None and visit.session.provider == peer.name and not visit.verdict.allowed
        try:
            url = peer.sign_in_url(state=state, nonce=nonce, verifier=verifier, redirect_uri=uri, anew=anew)
        except (ProviderUnavailable, Refused) as error:
            _log.error("provider cannot be used", provider=peer.name, reason=error.reason)
            return self._unavailable(visit, peer.name)
        login = Login(peer.name, visit.policy.name, visit.origin, nonce, verifier)
        now = seconds(self._context.clock())
        self._context.logins.begin(digest(state), digest(self._stamps.browser()), login, now)
        return redirect(url)

    def _unavailable(self, visit: Visit, provider: str) -> Response:
        policy, origin = visit.policy.name, visit.origin
        told = {"policy": policy, "origin": origin, "provider": provider}
        self._teller.tell(Event.SIGN_IN, granted=False, reason=Refusal.PROVIDER, **told)
        again = self._context.urls.access(policy, origin)
        return trouble("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, again=again)
