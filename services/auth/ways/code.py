"""Signing in with an access code."""

from http import HTTPStatus

from flask import Response, request

from auth.audit import Refusal
from auth.codes import Codes
from auth.identity import CODES, CredentialRevoked
from auth.policy import Policy
from auth.throttle import Throttle
from services.auth.door import Door, Visit
from services.saying import say


class Code:
    """The form for a code. What it opens ends with the code."""

    action = "code"
    template = "auth/ways/code.html"

    def __init__(self, door: Door) -> None:
        self._door = door

    def offered(self, policy: Policy) -> bool:
        """Return whether codes open a policy."""
        return "login" in policy.patterns and CODES in policy.providers

    def enter(self, visit: Visit) -> Response:
        """Answer the form; wrong, ended and used-up codes are told alike, and guesses are few (TH-16)."""
        context = self._door.context
        throttle = Throttle(context.state, context.clock)
        attempt = throttle.begin_code(self._door.gate.address(request))
        if attempt.wait:
            return self._door.too_many(visit, attempt)
        identity = Codes(context.state, context.clock).use(request.form.get("code", ""))
        if identity is None:
            return self._wrong(visit)
        throttle.succeeded(attempt)
        try:
            return self._door.let_in(visit.policy, visit.origin, identity)
        except CredentialRevoked:
            return self._wrong(visit)

    def _wrong(self, visit: Visit) -> Response:
        self._door.refused(visit, Refusal.CREDENTIALS, provider=CODES)
        return self._door.forms(visit, HTTPStatus.FORBIDDEN, error=say("identity.code_wrong"))
