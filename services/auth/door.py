"""The door of the access service: who stands before it, the page he is shown, and how he is let in."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from flask import Response, request

from auth.audit import Event, Happening, Refusal
from auth.decision import Address, Verdict, decide
from auth.identity import Identity
from auth.origins import Origins
from auth.policy import Policy, Texts
from auth.policy_texts import texts_for, tongues
from auth.rules import Rules
from auth.throttle import Attempt
from lectern.state import SessionRow
from services.auth.pages import closing_page, language_links, page, plain_error, set_session_cookie, single
from services.auth.stamps import Stamps, keep_browser
from services.context import Context
from services.credentials import session_cookie
from services.gate import Gate
from services.saying import language, say

PURPOSE = "access"
_SAME_SITE = frozenset({"same-origin", "same-site"})


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
        self.forms_to = ""  # where a form of the access page may lead on to, beside ourselves

    def visit(self, policy_name: str) -> Visit | Response:
        """Return the request, read; or the answer to one that leads nowhere."""
        settings = self.context.settings
        if not settings.sign_in_possible:
            return page(
                "impossible.html",
                HTTPStatus.FORBIDDEN,
                title=say("impossible.title"),
                base=settings.base_url,
                setting="LECTERN_PUBLIC_URL",
            )
        origin = self.origins.parse(single("origin") or "")
        if origin is None or not self.origins.admits(origin):
            self.tell(Event.VIEWER, granted=False, reason=Refusal.ORIGIN, policy=policy_name, origin=origin or "")
            return plain_error(say("access.bad_origin"))
        asker = self.gate.asker(request)
        policy = asker.policies.get(policy_name)
        if policy.everyone or not policy.patterns:
            return plain_error(say("access.nothing"), HTTPStatus.NOT_FOUND)
        rules = Rules(policy)
        session = None if asker.is_anybody(rules) else asker.session  # the store need not be there (TH-97)
        return Visit(policy, origin, session, asker.verdict(rules))

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
            return self.no_way_in(policy)
        browser = self.stamps.browser()
        ways = [way for way in self.ways if way.offered(policy)]
        texts = _texts(policy)
        response = page(
            "access.html",
            status,
            forms_to=self.forms_to,
            title=texts.label,
            policy=policy,
            texts=texts,
            tongues=tongues(policy, language()),
            switch=language_links(),
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

    def no_way_in(self, policy: Policy) -> Response:
        """Return the page for whom nothing helps here; it says which address counts, if one does (TH-21)."""
        texts = _texts(policy)
        address = self.gate.address(request) if policy.networks else None
        return page(
            "refused.html",
            HTTPStatus.FORBIDDEN,
            title=texts.failure_header,
            texts=texts,
            tongues=tongues(policy, language()),
            address=address,
            switch=language_links(),
        )

    def blocked(self, visit: Visit) -> Response | None:
        """Return the page that explains why a viewer did not get its token, if this browser keeps it back (TH-22).

        It takes the place of a window that closes at once, again and again. None for a viewer on our own site.
        """
        origin, client = visit.origin, self._client()
        same_site = request.headers.get("Sec-Fetch-Site") in _SAME_SITE or origin == self.origins.own
        if same_site or not self.context.steps.failed(*client, origin):
            return None
        return page(
            "blocked.html", title=say("cookies.third_party"), viewer=origin, shelf=self.context.settings.base_url + "/"
        )

    def done(self, origin: str, title: str) -> Response:
        """Return the page that closes itself after an access step; its viewer's request for a token is waited for."""
        if origin != self.origins.own:
            self.context.steps.begin(*self._client(), origin)
        return closing_page(title, say("pages.viewer_shows"))

    def _client(self) -> tuple[Address | None, str]:
        return self.gate.address(request), request.headers.get("User-Agent", "")

    def too_many(self, visit: Visit, attempt: Attempt) -> Response:
        """Return the page that asks to wait (TH-16)."""
        minutes = -(-attempt.wait // 60)
        text = say("access.wait_one") if minutes == 1 else say("access.wait_many", minutes=minutes)
        self.refused(visit, Refusal.TOO_MANY)
        return self.forms(visit, HTTPStatus.TOO_MANY_REQUESTS, error=text, wait=attempt.wait)

    def refused(self, visit: Visit, reason: Refusal, *, user: str = "", provider: str = "") -> None:
        """Tell the audit log that somebody was not let in; `user` is who he said he is."""
        told = {"policy": visit.policy.name, "origin": visit.origin, "user": user, "provider": provider}
        self.tell(Event.SIGN_IN, granted=False, reason=reason, **told)

    def tell(self, event: Event, *, granted: bool, reason: str = "", **told: str) -> None:
        """Tell the audit log what happened in this request; `told` as in Happening."""
        where = self.gate.address(request)
        self.context.audit.record(Happening(event, granted, reason, where=where, **told))

    def let_in(self, policy: Policy, origin: str, who: Identity) -> Response:
        """Return the last page of a sign-in, with the cookie of a new session (TH-15); raises CredentialRevoked."""
        context = self.context
        cookie = context.sessions.sign_in(who, origin, session_cookie(request))
        reader = context.sessions.reader(cookie)
        verdict = decide(policy, reader, self.gate.address(request), context.clock())
        told = {"provider": who.provider, "user": who.user, "policy": policy.name, "origin": origin}
        self.tell(Event.SIGN_IN, granted=verdict.allowed, reason=verdict.reason, **told)
        if verdict.allowed:
            response = self.done(origin, say("access.signed_in"))
        else:
            response = _not_covered(policy, who.name or who.user)
        set_session_cookie(response, cookie, context.settings)
        return response


def _not_covered(policy: Policy, user: str) -> Response:
    texts = _texts(policy)
    text = f"{say('access.signed_in_as', user=user)} {texts.failure_description}"
    return closing_page(texts.failure_header, text, closes=False)


def _texts(policy: Policy) -> Texts:
    """Return the texts of a policy for whoever reads this page."""
    return texts_for(policy, language())
