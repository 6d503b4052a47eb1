"""`/auth/access/{policy}`: the page with the ways in (AU1-20 to AU1-24, AU2-20 to AU2-24).

GET shows a page and changes nothing; only the POST of a form that this browser was shown does (R5).
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Response, request

from auth.audit import Event, Refusal
from auth.decision import BY_SESSION
from auth.identity import CredentialRevoked, Identity
from services.auth.door import PURPOSE, Door
from services.auth.pages import closing_page, foreign_form, limit_form
from services.auth.ways.way import AcceptedTerms, Denied, Visit, Way
from services.credentials import session_cookie
from services.saying import say

_BUSY_SECONDS = 2  # after which who was not looked at may try again


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
        if visit.verdict.reason not in BY_SESSION:
            return closing_page(say("pages.let_in"), say("pages.viewer_shows"))
        if not self._door.knows(visit):
            return self._door.forms(visit)
        return self._door.blocked(visit) or self._door.done(visit.policy, visit.origin, say("pages.let_in"))

    def enter(self, policy_name: str) -> Response:
        """Answer POST of a form of ours: go one of the ways in, or let another viewer in."""
        limit_form()
        visit = self._door.visit(policy_name)
        if isinstance(visit, Response):
            return visit
        stamp = request.form.get("stamp", "")
        if foreign_form() or not self._door.stamps.fits(PURPOSE, stamp, visit.policy.name, visit.origin):
            self._door.refused(visit, Refusal.FORM)
            return self._door.forms(visit, HTTPStatus.FORBIDDEN, error=self._unstamped())
        action = request.form.get("action", "")
        for way in self._door.ways:
            if way.action == action and way.offered(visit.policy):
                return self._go(way, visit)
        if action == "continue" and visit.verdict.allowed:
            self._door.context.sessions.add_origin(session_cookie(request) or "", visit.origin)
            self._door.teller.tell(
                Event.VIEWER, granted=True, reason=visit.verdict.reason, policy=visit.policy.name, origin=visit.origin
            )
            return self._door.done(visit.policy, visit.origin, say("pages.let_in"))
        return self._door.forms(visit, HTTPStatus.BAD_REQUEST, error=say("access.misunderstood"))

    def _go(self, way: Way, visit: Visit) -> Response:
        """Return what a way comes to: somebody is let in, or the page is shown again with what was wrong."""
        attempt = way.attempt(self._door.teller.address())
        if attempt.wait:
            return self._door.too_many(visit, attempt)
        outcome = way.enter(visit)
        if isinstance(outcome, Identity):
            self._door.context.throttle.succeeded(attempt)
            try:
                return self._door.let_in(visit.policy, visit.origin, outcome)
            except CredentialRevoked:
                outcome = Denied(say("access.stale"), user=outcome.user, provider=outcome.provider)
        if isinstance(outcome, Denied):
            self._door.refused(visit, outcome.reason, user=outcome.user, provider=outcome.provider)
            if not outcome.tried:
                self._door.context.throttle.withdraw(attempt)
            wait = 0 if outcome.tried else _BUSY_SECONDS
            return self._door.forms(visit, outcome.status, error=outcome.text, wait=wait)
        return self._door.accept(visit) if isinstance(outcome, AcceptedTerms) else outcome

    def _unstamped(self) -> str:
        """Return why a form has no good stamp: too old, or from a browser that keeps no cookies (TH-22)."""
        if self._door.stamps.cookie_came():
            return say("access.stale")
        return say("cookies.blocked_text", host=urlsplit(self._door.context.settings.base_url).netloc)
