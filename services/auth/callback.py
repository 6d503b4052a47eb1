"""`/auth/callback/{provider}`: a reader comes back from a provider (TH-39 to TH-49); and how that went (TH-20)."""

from dataclasses import replace
from http import HTTPStatus

import structlog
from flask import Response, request

from auth.audit import Event, Refusal
from auth.identity import CredentialRevoked, Identity
from auth.oidc.peer import Peer
from auth.oidc.problems import Declined, ProviderUnavailable, Refused
from auth.policy import Policy
from auth.throttle import Attempt
from lectern.clock import seconds
from lectern.digests import digest
from lectern.state_logins import Login
from services.auth.door import Door
from services.auth.pages import plain_error, single
from services.auth.providers import Providers, trouble
from services.http import json_response
from services.operators import policy_named

_LONGEST_STATE = 512

_log = structlog.get_logger("lectern.access")


class Callback:
    """The views for readers who come back, and for pages that wait for them."""

    def __init__(self, door: Door, providers: Providers) -> None:
        self._door = door
        self._context = door.context
        self._teller = door.teller
        self._providers = providers

    def answer(self, provider: str) -> Response:
        """Answer GET: a session, or a page with fixed words. A sign-in can be come back from once."""
        peer = self._providers.find(provider)
        if peer is None:
            return plain_error("There is no such provider here.", HTTPStatus.NOT_FOUND)
        if request.method != "GET":  # HEAD changes nothing (R5)
            return Response(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET"})
        response = self._judge(peer)
        response.headers["Referrer-Policy"] = "no-referrer"  # the address holds the code (TH-49)
        return response

    def _judge(self, peer: Peer) -> Response:
        """Answer a callback; it counts only if this browser has begun it, since any page can have others send it."""
        state = single("state") or ""
        if not self._begun(state):
            return self._stale(peer)
        attempt = self._context.throttle.begin_callback(self._teller.address())
        if attempt.wait:
            self._tell(Refusal.TOO_MANY, peer)
            response = trouble("too_many", HTTPStatus.TOO_MANY_REQUESTS)
            response.headers["Retry-After"] = str(attempt.wait)
            return response
        return self._come_back(peer, state, attempt)

    def _begun(self, state: str) -> bool:
        """Return whether this browser has begun a sign-in with this `state`; writes nothing (TH-16, TH-39)."""
        stamps, now = self._door.stamps, seconds(self._context.clock())
        if not stamps.cookie_came() or not 0 < len(state) <= _LONGEST_STATE:
            return False
        return self._context.logins.waits(digest(state), digest(stamps.browser()), now)

    def _stale(self, peer: Peer) -> Response:
        self._tell(Refusal.RETURN, peer)
        return trouble("stale", HTTPStatus.BAD_REQUEST)

    def _come_back(self, peer: Peer, state: str, attempt: Attempt) -> Response:
        now = seconds(self._context.clock())
        login = self._context.logins.take(digest(state), digest(self._door.stamps.browser()), now)
        if login is None:
            return self._stale(peer)
        let_in = False
        try:
            response, let_in = self._received(peer, login, attempt)
        finally:
            self._context.logins.ended(digest(state), let_in=let_in)
        return response

    def _received(self, peer: Peer, login: Login, attempt: Attempt) -> tuple[Response, bool]:
        """Return the answer to who comes back, and whether he is let in."""
        again = self._context.urls.access(login.policy, login.origin)
        try:
            who = self._identify(peer, login)
        except Refused as error:
            told = Refusal.DECLINED if isinstance(error, Declined) else Refusal.CREDENTIALS
            return self._refused(peer, login, error.reason, told), False
        except ProviderUnavailable as error:
            self._context.throttle.succeeded(attempt)  # nobody has guessed anything
            _log.error("provider cannot be used", provider=peer.name, reason=error.reason)
            self._tell(Refusal.PROVIDER, peer, login)
            return trouble("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, again=again), False
        self._context.throttle.succeeded(attempt)
        policy = self._policy(login)
        try:
            response = self._door.let_in(policy, login.origin, who)
        except CredentialRevoked:
            return self._refused(peer, login, "the provider has ended this session meanwhile"), False
        if peer.provider.second_window:
            # The page that waits in the viewer's window is the one whose end the viewer waits for.
            self._context.steps.end(*self._teller.client(), login.origin)
        return response, True

    def _refused(self, peer: Peer, login: Login, reason: str, told: Refusal = Refusal.CREDENTIALS) -> Response:
        _log.warning("callback refused", provider=peer.name, policy=login.policy, reason=reason)
        self._tell(told, peer, login)
        return trouble("refused", HTTPStatus.FORBIDDEN, again=self._context.urls.access(login.policy, login.origin))

    def _tell(self, reason: Refusal, peer: Peer, login: Login | None = None) -> None:
        about = {"policy": login.policy, "origin": login.origin} if login else {}
        self._teller.tell(Event.SIGN_IN, granted=False, reason=reason, provider=peer.name, **about)

    def _policy(self, login: Login) -> Policy:
        return policy_named(self._context, self._context.policies.current(), login.policy)

    def _identify(self, peer: Peer, login: Login) -> Identity:
        """Return who comes back; raises Refused or ProviderUnavailable."""
        if login.provider != peer.name:
            raise Refused("the sign-in was begun at another provider")
        if peer not in self._providers.of(self._policy(login)):
            raise Refused("the policy does not name the provider any more")
        if "iss" in request.args or "error" not in request.args:
            peer.check_issuer(single("iss") if "iss" in request.args else None)
        if "error" in request.args:
            said = ascii(request.args.get("error", ""))[:80]
            _log.info("provider says no", provider=peer.name, error=said)
            raise Declined("the provider says no")
        who = peer.identify(
            code=single("code") or "",
            verifier=login.verifier,
            nonce=login.nonce,
            redirect_uri=self._context.urls.callback(peer.name),
        )
        return replace(who, begun=login.begun)

    def status(self, policy_name: str) -> Response:
        """Answer how this browser's sign-in for a policy and viewer stands: waiting, done, failed, or none."""
        browser = digest(self._door.stamps.browser())
        origin = self._door.origins.parse(single("origin") or "") or ""
        found = self._context.logins.outcome(browser, policy_name, origin, seconds(self._context.clock()))
        return json_response({"outcome": found}, headers={"Vary": "Cookie"})
