"""`/auth/access/{policy}`: the page with the ways in (AU1-20 to AU1-24, AU2-20 to AU2-24).

GET shows a page and changes nothing; only the POST of a form that this browser was shown does (R5).
"""

from http import HTTPStatus

from flask import Response, request

from auth.audit import Event, Refusal
from auth.decision import Reason
from services.auth.door import PURPOSE, Door
from services.auth.pages import closing_page, foreign_form, limit_form
from services.gate import session_cookie

_BY_SESSION = frozenset({Reason.ROLE, Reason.TERMS})
_STALE = (
    "This form is too old, or your browser sent no cookie with it. Please try again; "
    "if it fails again, allow cookies for this site."
)


class Access:
    """The views of the access service."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def show(self, policy_name: str) -> Response:
        """Answer GET: the ways in, or the closing page for somebody who is let in already."""
        visit = self._door.visit(policy_name)
        if isinstance(visit, Response):
            return visit
        if not visit.verdict.allowed:
            return self._door.forms(visit)
        if visit.verdict.reason not in _BY_SESSION or self._door.knows(visit):
            return closing_page("You are let in", "The viewer will show what you asked for.")
        return self._door.forms(visit)

    def enter(self, policy_name: str) -> Response:
        """Answer POST of a form of ours: go one of the ways in, or let another viewer in."""
        limit_form()
        visit = self._door.visit(policy_name)
        if isinstance(visit, Response):
            return visit
        stamp = request.form.get("stamp", "")
        if foreign_form() or not self._door.stamps.fits(PURPOSE, stamp, visit.policy.name, visit.origin):
            self._door.refused(visit, Refusal.FORM)
            return self._door.forms(visit, HTTPStatus.FORBIDDEN, error=_STALE)
        action = request.form.get("action", "")
        for way in self._door.ways:
            if way.action == action and way.offered(visit.policy):
                return way.enter(visit)
        if action == "continue" and visit.verdict.allowed:
            self._door.context.sessions.add_origin(session_cookie(request) or "", visit.origin)
            self._door.tell(
                Event.VIEWER, granted=True, reason=visit.verdict.reason, policy=visit.policy.name, origin=visit.origin
            )
            return closing_page("You are let in", "The viewer will show what you asked for.")
        return self._door.forms(visit, HTTPStatus.BAD_REQUEST, error="This form was not understood. Please try again.")
