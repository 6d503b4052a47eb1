"""Who is signed in, and the one thing that the operator's page does: it ends sessions (TH-13, TH-28, TH-107)."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, g, request

from auth.audit import Event, Happening, Refusal
from lectern.state_sessions import handle_of
from services.admin.showing import number, page, pager
from services.auth.pages import foreign_form, limit_form
from services.auth.stamps import Stamps, keep_browser
from services.context import Context
from services.counted import counted
from services.gate import Gate
from services.operators import PAGE

_PURPOSE = "end sessions"
_SESSIONS = 100
_LONGEST = 300


class SessionPages:
    """The views of sessions. A form of theirs counts once it has our stamp, for this operator's session."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)
        self._stamps = Stamps(context.home)

    def show(self) -> Response:
        """Answer with 100 sessions, oldest first, of one user if the query names one."""
        return self._page()

    def end(self) -> Response:
        """End a session by its handle, or all of a user at a provider; leads back to the list, which says how many.

        Every worker and machine knows at the next request, and no cache of verdicts keeps one longer than ten seconds.
        """
        limit_form()
        if foreign_form() or not self._stamps.fits(_PURPOSE, request.form.get("stamp", ""), g.operator.digest):
            self._tell(granted=False, reason=Refusal.FORM)
            told = "This form is an hour old, or not from this browser. Nothing was ended; here is a fresh one."
            return self._page(HTTPStatus.FORBIDDEN, told)
        attempt = self._context.throttle.begin_revoking(self._gate.address(request))
        if attempt.wait:
            self._tell(granted=False, reason=Refusal.TOO_MANY)
            told = "Too many forms in a quarter of an hour. `lectern session end` ends them all at once."
            response = self._page(HTTPStatus.TOO_MANY_REQUESTS, told)
            response.headers["Retry-After"] = str(attempt.wait)
            return response
        ended = self._ended()
        if ended is None:
            return self._page(HTTPStatus.BAD_REQUEST, "The form names neither a session nor a user.")
        back = {"ended": str(ended)} | ({"user": request.form["of"]} if request.form.get("of") else {})
        there = f"{self._context.settings.base_url}{PAGE}/sessions?{urlencode(back)}"
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})

    def _ended(self) -> int | None:
        """Return how many sessions have ended by the form; None if it names none."""
        sessions = self._context.sessions
        handle, user, provider = (request.form.get(name, "") for name in ("handle", "user", "provider"))
        if handle:
            found = sessions.end_one(handle) if handle.isascii() else None
            ended, user, provider = (1, found.user or "", found.provider) if found else (0, "", "")
        elif user and provider:
            ended = sessions.end_all(user=user, provider=provider)
        else:
            return None
        self._tell(granted=True, about=f"{counted(ended, 'session')} ended")
        self._record(Happening(Event.SESSION, True, "", provider, user, about=f"{counted(ended, 'session')} ended"))
        return ended

    def _tell(self, *, granted: bool, reason: str = "", about: str = "") -> None:
        """Tell the audit log what this operator did, or what was tried in his name."""
        session = g.operator
        who = {"provider": session.provider, "user": session.user or ""}
        self._record(Happening(Event.OPERATOR, granted, reason, about=about, where=self._gate.address(request), **who))

    def _record(self, happening: Happening) -> None:
        self._context.audit.record(happening)

    def _page(self, status: int = HTTPStatus.OK, trouble: str = "") -> Response:
        sessions = self._context.sessions
        user, at = request.values.get("user" if request.method == "GET" else "of", "")[:_LONGEST], number("page")
        count = sessions.count_open(user=user or None)
        browser = self._stamps.browser()
        ended = request.args.get("ended", "")
        response = page(
            self._context,
            "sessions.html",
            status=status,
            rows=sessions.open(user=user or None, start=(at - 1) * _SESSIONS, most=_SESSIONS),
            count=count,
            user=user,
            trouble=trouble,
            ended=counted(int(ended), "session") if ended.isascii() and ended.isdigit() and len(ended) < 8 else "",
            own=handle_of(g.operator.digest),
            stamp=self._stamps.make(_PURPOSE, browser, g.operator.digest),
            pager=pager(f"{PAGE}/sessions", at, count, _SESSIONS, {"user": user}),
        )
        keep_browser(response, browser)
        return response
