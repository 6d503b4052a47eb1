"""Accepting the terms of a policy."""

from flask import Response, request

from auth.audit import Event
from auth.policy import Policy
from auth.throttle import Throttle
from services.auth.door import Door, Visit
from services.auth.pages import set_session_cookie
from services.credentials import session_cookie
from services.saying import say


class Terms:
    """The form with the terms and one button."""

    action = "accept"
    template = "auth/ways/terms.html"

    def __init__(self, door: Door) -> None:
        self._door = door

    def offered(self, policy: Policy) -> bool:
        """Return whether accepted terms open a policy."""
        return "clickthrough" in policy.patterns

    def enter(self, visit: Visit) -> Response:
        """Answer the form: a session in which the terms are accepted (TH-14)."""
        context = self._door.context
        attempt = Throttle(context.state, context.clock).begin_terms(self._door.gate.address(request))
        if attempt.wait:
            return self._door.too_many(visit, attempt)
        cookie = context.sessions.accept_terms(visit.policy.terms, visit.origin, session_cookie(request))
        self._door.tell(Event.TERMS, granted=True, policy=visit.policy.name, origin=visit.origin)
        response = self._door.done(visit.origin, say("access.thanks"))
        set_session_cookie(response, cookie, context.settings)
        return response
