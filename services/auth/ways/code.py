"""Signing in with an access code."""

from collections.abc import Mapping

from flask import request

from auth.decision import Address
from auth.policy import Policy
from auth.throttle import Attempt
from lectern.names import CODES
from services.auth.ways.way import Denied, Outcome, Visit
from services.context import Context
from services.saying import say


class Code:
    """The form for a code. What it opens ends with the code."""

    action = "code"
    template = "auth/ways/code.html"

    def __init__(self, context: Context) -> None:
        self._context = context

    def offered(self, policy: Policy) -> bool:
        """Return whether codes open a policy."""
        return policy.signs_in_at(CODES)

    def shown(self, _policy: Policy) -> Mapping[str, object]:
        """Return nothing: the form is the same for everybody."""
        return {}

    def attempt(self, where: Address | None) -> Attempt:
        """Return the attempt: guesses are few."""
        return self._context.throttle.begin_code(where)

    def enter(self, _visit: Visit) -> Outcome:
        """Return whom the code stands for; wrong, ended and used-up ones are told alike (TH-17)."""
        who = self._context.codes.use(request.form.get("code", ""))
        return who or Denied(say("identity.code_wrong"), provider=CODES)
