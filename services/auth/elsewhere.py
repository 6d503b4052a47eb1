"""Signing out where a reader signed in: there when he leaves here (TH-51), here when he leaves there (TH-50)."""

from http import HTTPStatus

import structlog
from flask import Response, request

from auth.audit import Event, Refusal
from auth.oidc.problems import ProviderUnavailable, Refused
from lectern.state_sessions import SessionRow
from services.auth.pages import closing_page, plain_error, single
from services.auth.providers import Providers, redirect
from services.auth.stamps import Stamps, keep_browser
from services.auth.teller import Teller
from services.context import Context
from services.saying import say

_PURPOSE = "sign out at a provider"
_LONGEST_FORM = 32_768

_log = structlog.get_logger("lectern.logout")


class Elsewhere:
    """The views and the steps of signing out that concern a provider."""

    def __init__(self, context: Context, providers: Providers, stamps: Stamps, teller: Teller) -> None:
        self._context = context
        self._providers = providers
        self._stamps = stamps
        self._teller = teller

    @property
    def forms_to(self) -> str:
        """Return where the form that signs out may lead on to."""
        return self._providers.forms_to

    def sign_out(self, session: SessionRow) -> Response | None:
        """Return the way to the provider's own sign-out for a session that has ended here; None if there is none.

        A provider that does not answer keeps nobody from signing out here.
        """
        peer = self._providers.find(session.provider)
        if peer is None or not peer.provider.logout or not session.id_token:
            return None
        browser = self._stamps.browser()
        state = self._stamps.make(_PURPOSE, browser, peer.name)
        back = self._context.urls.signed_out(peer.name)
        try:
            url = peer.sign_out_url(id_token=session.id_token, state=state, back=back)
        except (ProviderUnavailable, Refused) as error:
            _log.error("provider cannot be used", provider=peer.name, reason=error.reason)
            return None
        if url is None:
            return None
        response = redirect(url)
        keep_browser(response, browser)
        return response

    def back(self, provider: str) -> Response:
        """Answer a reader who comes back from signing out at a provider, if he went there from here."""
        if self._providers.find(provider) is None or not self._stamps.fits(_PURPOSE, single("state") or "", provider):
            return plain_error("No sign-out of this browser ends at this address.")
        return closing_page(say("sso.signed_out_title"), say("sso.signed_out"))

    def backchannel_logout(self, provider: str) -> Response:
        """Answer a provider that says with a logout token whose sessions are over: 200, or 400 for no such word."""
        request.max_content_length = _LONGEST_FORM
        peer = self._providers.find(provider)
        if peer is None:
            return plain_error("There is no such provider here.", HTTPStatus.NOT_FOUND)
        tokens = request.form.getlist("logout_token")
        try:
            if len(tokens) != 1:  # for what nobody can have meant the provider is not asked
                raise Refused("not one logout token")
            about = peer.logout_token(tokens[0])
        except Refused as error:
            _log.warning("logout token refused", provider=peer.name, reason=error.reason)
            told = {"reason": Refusal.REQUEST, "provider": peer.name}
            self._teller.tell(Event.BACK_CHANNEL_LOGOUT, granted=False, **told)
            return plain_error("This is no logout token for us.")
        ended = self._context.sessions.end_by_provider(
            peer.name, jti=about.jti, ends=about.ends, user=about.sub, sid=about.sid
        )
        _log.info("provider ended sessions", provider=peer.name, ended=ended or 0, again=ended is None)
        self._teller.tell(Event.BACK_CHANNEL_LOGOUT, granted=True, provider=peer.name, user=about.sub)
        return Response(status=HTTPStatus.OK)
