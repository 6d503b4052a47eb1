"""`/auth/logout`: ends the session and all its tokens (AU1-70, AU2-60, AU2-61, TH-34)."""

from http import HTTPStatus

from flask import Response, request

from auth.audit import Event, Refusal
from services.auth.elsewhere import Elsewhere
from services.auth.pages import closing_page, drop_session_cookie, foreign_form, limit_form, page
from services.auth.stamps import Stamps, keep_browser
from services.auth.teller import Teller
from services.context import Context
from services.credentials import session_cookie
from services.saying import say

_PURPOSE = "logout"
# What a browser says of a window that a person's click has opened; no picture or frame of a foreign page can.
_BY_A_CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}


class Logout:
    """The views of the logout service."""

    def __init__(self, context: Context, stamps: Stamps, teller: Teller, elsewhere: Elsewhere) -> None:
        self._context = context
        self._stamps = stamps
        self._elsewhere = elsewhere
        self._teller = teller

    def show(self) -> Response:
        """Answer GET: sign out if a person opened this window, else ask (TH-34)."""
        if request.method != "HEAD" and _by_a_click():
            return self._sign_out()
        # A foreign page's picture comes without the cookie: it may take none away either.
        return _signed_out() if session_cookie(request) is None else self._question()

    def leave(self) -> Response:
        """Answer POST of the question's form."""
        limit_form()
        if foreign_form() or not self._stamps.fits(_PURPOSE, request.form.get("stamp", "")):
            self._teller.tell(Event.LOGOUT, granted=False, reason=Refusal.FORM)
            return self._question(HTTPStatus.FORBIDDEN, error=say("access.stale"))
        return self._sign_out()

    def _question(self, status: int = HTTPStatus.OK, *, error: str = "") -> Response:
        browser = self._stamps.browser()
        stamp = self._stamps.make(_PURPOSE, browser)
        response = page(
            "logout.html",
            status,
            forms_to=self._elsewhere.forms_to,
            title=say("logout.title"),
            stamp=stamp,
            error=error,
        )
        keep_browser(response, browser)
        return response

    def _sign_out(self) -> Response:
        cookie = session_cookie(request)
        session = self._context.sessions.find(cookie)
        self._context.sessions.sign_out(cookie)
        if session is not None:
            self._teller.tell(Event.LOGOUT, granted=True, provider=session.provider, user=session.user or "")
        response = (self._elsewhere.sign_out(session) if session else None) or _signed_out()
        drop_session_cookie(response, self._context.settings)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def _signed_out() -> Response:
    return closing_page(say("logout.done"), say("logout.done_text"))


def _by_a_click() -> bool:
    return all(request.headers.get(name) == value for name, value in _BY_A_CLICK.items())
