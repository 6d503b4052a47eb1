"""`/auth/access/{policy}`: the sign-in form, or the terms (AU1-20 to AU1-24, AU2-20 to AU2-24).

GET shows a page and changes nothing; only the POST of a form that this browser was shown does (R5).
"""

from dataclasses import dataclass
from http import HTTPStatus

import structlog
from flask import Response, request

from auth.accounts import Accounts
from auth.decision import Reason, Verdict, decide
from auth.origins import Origins
from auth.policy import Policy
from auth.throttle import Throttle
from lectern.state import SessionRow
from services.auth.pages import (
    closing_page,
    foreign_form,
    limit_form,
    page,
    plain_error,
    set_session_cookie,
    single,
)
from services.auth.stamps import Stamps, keep_browser
from services.context import Context
from services.gate import Gate, session_cookie

_PURPOSE = "access"
_BY_SESSION = frozenset({Reason.ROLE, Reason.TERMS})
_BAD_ORIGIN = (
    "This address is opened by a viewer, which says with ?origin= where it lives. "
    "The origin is missing, doubled, malformed or not admitted here."
)
_WRONG = "Name or password is not right."
_STALE = (
    "This form is too old, or your browser sent no cookie with it. Please try again; "
    "if it fails again, allow cookies for this site."
)

_log = structlog.get_logger("lectern.access")


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request at the access service, read and judged."""

    policy: Policy
    origin: str
    session: SessionRow | None
    verdict: Verdict


class Access:
    """The views of the access service."""

    def __init__(self, context: Context, gate: Gate, origins: Origins, stamps: Stamps) -> None:
        self._context = context
        self._gate = gate
        self._origins = origins
        self._stamps = stamps

    def show(self, policy_name: str) -> Response:
        """Answer GET: a form, or the closing page for somebody who is let in already."""
        visit = self._visit(policy_name)
        if isinstance(visit, Response):
            return visit
        if not visit.verdict.allowed:
            return self._forms(visit)
        if visit.verdict.reason not in _BY_SESSION or self._knows(visit):
            return closing_page("You are let in", "The viewer will show what you asked for.")
        return self._forms(visit)

    def enter(self, policy_name: str) -> Response:
        """Answer POST of a form of ours: sign in, accept the terms, or let another viewer in."""
        limit_form()
        visit = self._visit(policy_name)
        if isinstance(visit, Response):
            return visit
        stamp = request.form.get("stamp", "")
        if foreign_form() or not self._stamps.fits(_PURPOSE, stamp, visit.policy.name, visit.origin):
            return self._forms(visit, HTTPStatus.FORBIDDEN, error=_STALE)
        action = request.form.get("action", "")
        if action == "sign-in" and "login" in visit.policy.patterns:
            return self._sign_in(visit)
        if action == "accept" and "clickthrough" in visit.policy.patterns:
            return self._accept(visit)
        if action == "continue" and visit.verdict.allowed:
            self._context.sessions.add_origin(session_cookie(request) or "", visit.origin)
            return closing_page("You are let in", "The viewer will show what you asked for.")
        return self._forms(visit, HTTPStatus.BAD_REQUEST, error="This form was not understood. Please try again.")

    def _visit(self, policy_name: str) -> _Visit | Response:
        """Return the request, read; or the answer to one that leads nowhere."""
        settings = self._context.settings
        if not settings.sign_in_possible:
            return page(
                "impossible.html", HTTPStatus.FORBIDDEN, title="Nobody can sign in here", base=settings.base_url
            )
        origin = self._origins.parse(single("origin") or "")
        if origin is None or not self._origins.admits(origin):
            return plain_error(_BAD_ORIGIN)
        policy = self._context.policies.current().get(policy_name)
        if policy.everyone or not policy.patterns:
            return plain_error("There is nothing to sign in to at this address.", HTTPStatus.NOT_FOUND)
        reader = self._gate.reader(request)
        session = self._context.sessions.find(session_cookie(request))
        verdict = decide(policy, reader, self._gate.address(request), self._context.clock())
        return _Visit(policy, origin, session, verdict)

    def _knows(self, visit: _Visit) -> bool:
        """Return whether this viewer ran the access step in this session already, or lives with us (AU2-24)."""
        known = visit.session.origins if visit.session else ()
        return visit.origin in known or visit.origin == self._origins.own

    def _forms(
        self, visit: _Visit, status: int = HTTPStatus.OK, *, error: str = "", name: str = "", wait: int = 0
    ) -> Response:
        """Return the page with what this person can do: continue, sign in, accept; or that nothing helps here."""
        policy = visit.policy
        if not policy.interactive and not visit.verdict.allowed:
            texts = policy.texts
            return page(
                "refused.html", HTTPStatus.FORBIDDEN, title=texts.failure_header, text=texts.failure_description
            )
        browser = self._stamps.browser()
        response = page(
            "access.html",
            status,
            title=policy.texts.label,
            policy=policy,
            institution=self._context.settings.institution,
            viewer=None if visit.origin == self._origins.own else visit.origin,
            user=visit.session.user if visit.session else None,
            allowed=visit.verdict.allowed,
            stamp=self._stamps.make(_PURPOSE, browser, policy.name, visit.origin),
            error=error,
            name=name,
        )
        keep_browser(response, browser)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response

    def _too_many(self, visit: _Visit, wait: int) -> Response:
        minutes = -(-wait // 60)
        text = f"There were too many attempts. Please wait {minutes} {'minute' if minutes == 1 else 'minutes'}."
        _log.warning("too many attempts", policy=visit.policy.name)
        return self._forms(visit, HTTPStatus.TOO_MANY_REQUESTS, error=text, wait=wait)

    def _sign_in(self, visit: _Visit) -> Response:
        context = self._context
        name, password = request.form.get("username", "").strip(), request.form.get("password", "")
        throttle = Throttle(context.state, context.clock)
        where = self._gate.address(request)
        attempt = throttle.begin_sign_in(name, where)
        if attempt.wait:
            return self._too_many(visit, attempt.wait)
        account = Accounts(context.state, context.clock).check(name, password)
        if account is None:
            _log.info("sign-in failed", policy=visit.policy.name)
            return self._forms(visit, HTTPStatus.FORBIDDEN, error=_WRONG, name=name)
        throttle.succeeded(attempt)
        cookie = context.sessions.sign_in(account, visit.origin, session_cookie(request))
        verdict = decide(visit.policy, context.sessions.reader(cookie), where, context.clock())
        _log.info("signed in", policy=visit.policy.name, allowed=verdict.allowed)
        response = self._signed_in(visit.policy, verdict, account.name)
        set_session_cookie(response, cookie, context.settings)
        return response

    def _signed_in(self, policy: Policy, verdict: Verdict, user: str) -> Response:
        if verdict.allowed:
            return closing_page("You are signed in", "The viewer will show what you asked for.")
        texts = policy.texts
        text = f"You are signed in as {user}. {texts.failure_description}"
        return closing_page(texts.failure_header, text, closes=False)

    def _accept(self, visit: _Visit) -> Response:
        context = self._context
        attempt = Throttle(context.state, context.clock).begin_terms(self._gate.address(request))
        if attempt.wait:
            return self._too_many(visit, attempt.wait)
        cookie = context.sessions.accept_terms(visit.policy.name, visit.origin, session_cookie(request))
        _log.info("terms accepted", policy=visit.policy.name)
        response = closing_page("Thank you", "The viewer will show what you asked for.")
        set_session_cookie(response, cookie, context.settings)
        return response
