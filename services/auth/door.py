"""The door of the access service: who stands before it, the page he is shown, and how he is let in."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Response, request

from auth.audit import Event, Refusal
from auth.decision import STRANGER, decide
from auth.identity import Identity
from auth.origins import Origins
from auth.policy import Policy, Texts
from auth.policy_texts import texts_for, tongues
from auth.rules import Rules
from auth.throttle import Attempt
from services.auth.pages import closing_page, language_links, page, set_session_cookie, single, still_page
from services.auth.stamps import Stamps, keep_browser
from services.auth.teller import Teller
from services.auth.ways.way import Visit, Way
from services.context import Context
from services.credentials import session_cookie
from services.gate import Gate
from services.operators import OPERATORS, is_stale, policy_named
from services.operators import PAGE as OPERATORS_PAGE
from services.saying import language, say, words

PURPOSE = "access"
_SAME_SITE = frozenset({"same-origin", "same-site"})


class Door:
    """Reads a visit, shows the forms, and lets people in. It decides nothing: `decide` does."""

    def __init__(
        self,
        context: Context,
        gate: Gate,
        origins: Origins,
        stamps: Stamps,
        teller: Teller,
        *,
        ways: Sequence[Way],
        forms_to: str,
    ) -> None:
        """Take the parts, the ways in, and where a form of the access page may lead on to, beside ourselves."""
        self.context = context
        self.origins = origins
        self.stamps = stamps
        self.teller = teller
        self.ways = ways
        self._gate = gate
        self._forms_to = forms_to

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
            told = {"policy": policy_name, "origin": origin or ""}
            self.teller.tell(Event.VIEWER, granted=False, reason=Refusal.ORIGIN, **told)
            return still_page("access.bad_origin", HTTPStatus.BAD_REQUEST)
        asker = self._gate.asker_of_steps(request)
        policy = policy_named(self.context, asker.policies, policy_name)
        elsewhere = policy.name == OPERATORS and origin != self.origins.own  # no viewer is let into such a session
        if policy.everyone or not policy.patterns or elsewhere:
            return still_page("access.nothing", HTTPStatus.NOT_FOUND)
        rules = Rules(policy)
        session = None if asker.is_anybody(rules) else asker.session  # the store need not be there (TH-97)
        if policy.name == OPERATORS and session is not None and is_stale(self.context, session, asker.now):
            return Visit(policy, origin, None, decide(policy, STRANGER, asker.where, asker.now))
        return Visit(policy, origin, session, asker.verdict(rules))

    def knows(self, visit: Visit) -> bool:
        """Return whether this viewer ran the access step in this session already, or lives with us (AU2-24)."""
        known = visit.session.origins if visit.session else ()
        return visit.origin in known or visit.origin == self.origins.own

    def forms(self, visit: Visit, status: int = HTTPStatus.OK, *, error: str = "", wait: int = 0) -> Response:
        """Return the page with what this person can do: continue, sign in, accept; or that nothing helps here."""
        policy = visit.policy
        if not policy.interactive and not visit.verdict.allowed:
            return self.no_way_in(policy)
        browser = self.stamps.browser()
        ways = [
            {"template": way.template, "action": way.action, **way.shown(policy)}
            for way in self.ways
            if way.offered(policy)
        ]
        texts = _texts(policy)
        response = page(
            "access.html",
            status,
            forms_to=self._forms_to,
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
        )
        keep_browser(response, browser)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response

    def no_way_in(self, policy: Policy) -> Response:
        """Return the page for whom nothing helps here; it says which address counts, if one does (TH-21)."""
        texts = _texts(policy)
        address = self.teller.address() if policy.networks else None
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
        origin, client = visit.origin, self.teller.client()
        same_site = request.headers.get("Sec-Fetch-Site") in _SAME_SITE or origin == self.origins.own
        if same_site or not self.context.steps.failed(*client, origin):
            return None
        return page(
            "blocked.html", title=say("cookies.third_party"), viewer=origin, shelf=self.context.settings.base_url + "/"
        )

    def done(self, policy: Policy, origin: str, title: str) -> Response:
        """Return the page that closes itself after an access step; its viewer's request for a token is waited for.

        An operator is led to his page.
        """
        if policy.name == OPERATORS:
            there = {"Location": f"{self.context.settings.base_url}{OPERATORS_PAGE}"}
            return Response(status=HTTPStatus.SEE_OTHER, headers=there)
        if origin != self.origins.own:
            self.context.steps.begin(*self.teller.client(), origin)
        return closing_page(title, say("pages.viewer_shows"))

    def too_many(self, visit: Visit, attempt: Attempt) -> Response:
        """Return the page that asks to wait (TH-16)."""
        minutes = -(-attempt.wait // 60)
        text = say("access.wait_one") if minutes == 1 else say("access.wait_many", minutes=minutes)
        self.refused(visit, Refusal.TOO_MANY)
        return self.forms(visit, HTTPStatus.TOO_MANY_REQUESTS, error=text, wait=attempt.wait)

    def refused(self, visit: Visit, reason: Refusal, *, user: str = "", provider: str = "") -> None:
        """Tell the audit log that somebody was not let in; `user` is who he said he is."""
        told = {"policy": visit.policy.name, "origin": visit.origin, "user": user, "provider": provider}
        self.teller.tell(Event.SIGN_IN, granted=False, reason=reason, **told)

    def let_in(self, policy: Policy, origin: str, who: Identity) -> Response:
        """Return the last page of a sign-in, with the cookie of a new session (TH-15); raises CredentialRevoked."""
        context = self.context
        cookie = context.sessions.sign_in(who, origin, session_cookie(request))
        reader = context.sessions.reader(cookie)
        verdict = decide(policy, reader, self.teller.address(), context.clock())
        told = {"provider": who.provider, "user": who.user, "policy": policy.name, "origin": origin}
        self.teller.tell(Event.SIGN_IN, granted=verdict.allowed, reason=verdict.reason, **told)
        if verdict.allowed:
            response = self.done(policy, origin, say("access.signed_in"))
        else:
            response = self._not_covered(policy, origin, who.name or who.user)
        set_session_cookie(response, cookie, context.settings)
        return response

    def accept(self, visit: Visit) -> Response:
        """Return the last page of accepting terms, with the cookie of a session in which they are accepted (TH-14)."""
        sessions, origin = self.context.sessions, visit.origin
        cookie = sessions.accept_terms(visit.policy.terms, origin, session_cookie(request))
        self.teller.tell(Event.TERMS, granted=True, policy=visit.policy.name, origin=origin)
        response = self.done(visit.policy, origin, say("access.thanks"))
        set_session_cookie(response, cookie, self.context.settings)
        return response

    def _not_covered(self, policy: Policy, origin: str, user: str) -> Response:
        """Return the page for whom signing in did not help: what the operator says of that, and how to go on."""
        texts, said_in = _texts(policy), tongues(policy, language())
        ours = words().say(
            said_in["failure_description"],
            "policy.login_failure_description",
            institution=self.context.settings.institution,
        )
        return page(
            "not_covered.html",
            title=texts.failure_header,
            texts=texts,
            tongues=said_in,
            user=user,
            # Our own words say "you are not signed in, or", which contradicts the line above them.
            said_by_operator=texts.failure_description != ours,
            again=self.context.urls.access(policy.name, origin),
        )


def _texts(policy: Policy) -> Texts:
    """Return the texts of a policy for whoever reads this page."""
    return texts_for(policy, language())
