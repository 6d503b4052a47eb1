"""Who is let in to the operator's page, and the headers of everything that it answers (TH-07, TH-24, TH-72, TH-107)."""

from http import HTTPStatus

from flask import Response, g, request

from auth.audit import Event, Happening
from auth.decision import decide
from auth.sessions import reader_in
from lectern.errors import NotFound
from services.context import Context
from services.credentials import session_cookie
from services.gate import Gate
from services.http import problem
from services.operators import OPERATORS, is_operator, operators

# Asked by the page itself while it is open: no sign that anybody sits there.
_BY_ITSELF = frozenset({"now"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class Doorkeeper:
    """Stands before every route of the operator's page, those of tomorrow too."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)

    def stop(self) -> Response | None:
        """Return the answer to who is not let in: the way to sign in, or 403 where no page was asked for.

        Whoever may not see the page is told the same of every address below it. Raises NotFound where the settings
        have no such page, StoreUnavailable when nobody can say who asks.
        """
        context = self._context
        policy = operators(context)
        if policy is None:
            raise NotFound("There is no operator's page here.", "The setting admin_role says who may see it.")
        by_itself = (request.endpoint or "").rpartition(".")[2] in _BY_ITSELF
        find = context.sessions.looked_at if by_itself else context.sessions.find
        session, where, now = find(session_cookie(request)), self._gate.address(request), context.clock()
        if session is not None and is_operator(context, policy, session, where, now):
            g.operator = session
            return None
        if session is None:
            context.sessions.check()
        elif session.user is not None and not by_itself:
            reason = decide(policy, reader_in(session), where, now).reason
            told = Happening(Event.OPERATOR, False, reason, session.provider, session.user, where=where)
            context.audit.record(told)
        if by_itself or request.method not in ("GET", "HEAD"):
            return problem(HTTPStatus.FORBIDDEN, "This is for operators who are signed in.")
        there = context.urls.access(OPERATORS, context.origins.own or "")
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})

    def seal(self, response: Response) -> Response:
        """Give an answer what none may lack: no cache keeps it, no frame holds it, nothing of elsewhere is loaded."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["Referrer-Policy"] = "same-origin"  # with no-referrer, browsers hide where a form was
        response.vary.add("Cookie")
        return response
