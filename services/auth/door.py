"""The door of the access service: who stands before it, the page he is shown, and how he is let in."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

import structlog
from flask import Response, request

from auth.decision import STRANGER, Verdict, decide
from auth.identity import Identity
from auth.origins import Origins
from auth.policy import Policy
from auth.throttle import Attempt
from lectern.state import SessionRow
from services.auth.pages import closing_page, page, plain_error, set_session_cookie, single
from services.auth.stamps import Stamps, keep_browser
from services.context import Context
from services.gate import Gate, session_cookie

PURPOSE = "access"
_BAD_ORIGIN = (
    "This address is opened by a viewer, which says with ?origin= where it lives. "
    "The origin is missing, doubled, malformed or not admitted here."
)

_log = structlog.get_logger("lectern.access")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request at the access service, read and judged."""

    policy: Policy
    origin: str
    session: SessionRow | None
    verdict: Verdict


class Way(Protocol):
    """One way to be let in, entered by the form whose action is `action`.

    The access page shows `template`, which finds the way itself as `way` and the policy as `policy`.
    """

    action: str
    template: str

    def offered(self, policy: Policy) -> bool:
        """Return whether a policy lets in by this way."""

    def enter(self, visit: Visit) -> Response:
        """Answer the POST of the form; its stamp was looked at already."""


class Door:
    """Reads a visit, shows the forms, and lets people in. It decides nothing: `decide` does."""

    def __init__(self, context: Context, gate: Gate, origins: Origins, stamps: Stamps) -> None:
        self.context = context
        self.gate = gate
        self.origins = origins
        self.stamps = stamps
        self.ways: Sequence[Way] = ()

    def visit(self, policy_name: str) -> Visit | Response:
        """Return the request, read; or the answer to one that leads nowhere."""
        settings = self.context.settings
        if not settings.sign_in_possible:
            return page(
                "impossible.html", HTTPStatus.FORBIDDEN, title="Nobody can sign in here", base=settings.base_url
            )
        origin = self.origins.parse(single("origin") or "")
        if origin is None or not self.origins.admits(origin):
            return plain_error(_BAD_ORIGIN)
        policy = self.context.policies.current().get(policy_name)
        if policy.everyone or not policy.patterns:
            return plain_error("There is nothing to sign in to at this address.", HTTPStatus.NOT_FOUND)
        where, now = self.gate.address(request), self.context.clock()
        stranger = decide(policy, STRANGER, where, now)
        if stranger.allowed:  # by address or by date: the store need not be there (TH-97)
            return Visit(policy, origin, None, stranger)
        reader = self.gate.reader(request)
        session = self.context.sessions.find(session_cookie(request))
        verdict = decide(policy, reader, where, now)
        return Visit(policy, origin, session, verdict)

    def knows(self, visit: Visit) -> bool:
        """Return whether this viewer ran the access step in this session already, or lives with us (AU2-24)."""
        known = visit.session.origins if visit.session else ()
        return visit.origin in known or visit.origin == self.origins.own

    def forms(
        self, visit: Visit, status: int = HTTPStatus.OK, *, error: str = "", name: str = "", wait: int = 0
    ) -> Response:
        """Return the page with what this person can do: continue, sign in, accept; or that nothing helps here."""
        policy = visit.policy
        if not policy.interactive and not visit.verdict.allowed:
            texts = policy.texts
            return page(
                "refused.html", HTTPStatus.FORBIDDEN, title=texts.failure_header, text=texts.failure_description
            )
        browser = self.stamps.browser()
        ways = [way for way in self.ways if way.offered(policy)]
        response = page(
            "access.html",
            status,
            title=policy.texts.label,
            policy=policy,
            institution=self.context.settings.institution,
            viewer=None if visit.origin == self.origins.own else visit.origin,
            user=(visit.session.name or visit.session.user) if visit.session else None,
            allowed=visit.verdict.allowed,
            ways=ways,
            stamp=self.stamps.make(PURPOSE, browser, policy.name, visit.origin),
            error=error,
            name=name,
        )
        keep_browser(response, browser)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response

    def too_many(self, visit: Visit, attempt: Attempt) -> Response:
        """Return the page that asks to wait (TH-16)."""
        minutes = -(-attempt.wait // 60)
        text = f"There were too many attempts. Please wait {minutes} {'minute' if minutes == 1 else 'minutes'}."
        _log.warning("too many attempts", policy=visit.policy.name)
        return self.forms(visit, HTTPStatus.TOO_MANY_REQUESTS, error=text, wait=attempt.wait)

    def let_in(self, policy: Policy, origin: str, who: Identity) -> Response:
        """Return the last page of a sign-in, with the cookie of a new session (TH-15)."""
        context = self.context
        cookie = context.sessions.sign_in(who, origin, session_cookie(request))
        reader = context.sessions.reader(cookie)
        verdict = decide(policy, reader, self.gate.address(request), context.clock())
        _log.info("signed in", policy=policy.name, provider=who.provider, allowed=verdict.allowed)
        response = _signed_in(policy, verdict, who.name or who.user)
        set_session_cookie(response, cookie, context.settings)
        return response


def _signed_in(policy: Policy, verdict: Verdict, user: str) -> Response:
    if verdict.allowed:
        return closing_page("You are signed in", "The viewer will show what you asked for.")
    texts = policy.texts
    text = f"You are signed in as {user}. {texts.failure_description}"
    return closing_page(texts.failure_header, text, closes=False)
