"""Signing in with name and password of a local account."""

from http import HTTPStatus

from flask import Response, request

from auth.accounts import Accounts
from auth.audit import Refusal
from auth.identity import LOCAL, CredentialRevoked
from auth.policy import Policy
from auth.throttle import Throttle
from services.auth.door import Door, Visit
from services.saying import say


class Password:
    """The sign-in form."""

    action = "sign-in"
    template = "auth/ways/password.html"

    def __init__(self, door: Door) -> None:
        self._door = door

    def offered(self, policy: Policy) -> bool:
        """Return whether local accounts open a policy."""
        return "login" in policy.patterns and LOCAL in policy.providers

    def enter(self, visit: Visit) -> Response:
        """Answer the form; a wrong name and a wrong password are told alike (TH-17)."""
        context = self._door.context
        name, password = request.form.get("username", "").strip(), request.form.get("password", "")
        throttle = Throttle(context.state, context.clock)
        attempt = throttle.begin_sign_in(name, self._door.gate.address(request))
        if attempt.wait:
            return self._door.too_many(visit, attempt)
        who = Accounts(context.state, context.clock).check(name, password)
        if who is None:
            return self._wrong(visit, name)
        throttle.succeeded(attempt)
        try:
            return self._door.let_in(visit.policy, visit.origin, who)
        except CredentialRevoked:
            return self._wrong(visit, name)

    def _wrong(self, visit: Visit, name: str) -> Response:
        self._door.refused(visit, Refusal.CREDENTIALS, user=name, provider=LOCAL)
        return self._door.forms(visit, HTTPStatus.FORBIDDEN, error=say("password.wrong"), name=name)
