"""Signing in with name and password of a local account."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import request

from auth.audit import Refusal
from auth.decision import Address
from auth.policy import Policy
from auth.throttle import Attempt
from lectern.errors import Overloaded
from lectern.names import LOCAL
from services.auth.ways.way import Denied, Outcome, Visit
from services.context import Context
from services.saying import say


class Password:
    """The sign-in form."""

    action = "sign-in"
    template = "auth/ways/password.html"

    def __init__(self, context: Context) -> None:
        self._context = context

    def offered(self, policy: Policy) -> bool:
        """Return whether local accounts open a policy."""
        return policy.signs_in_at(LOCAL)

    def shown(self, _policy: Policy) -> Mapping[str, object]:
        """Return the name that was typed, so that it need not be typed again."""
        return {"name": _name()}

    def attempt(self, where: Address | None) -> Attempt:
        """Return the attempt, counted for the account and the network."""
        return self._context.throttle.begin_sign_in(_name(), where)

    def enter(self, _visit: Visit) -> Outcome:
        """Return who signs in; a wrong name and a wrong password are told alike (TH-17).

        When too many passwords are looked at already, his is not, and has not been tried.
        """
        try:
            with self._context.hashing.place():
                who = self._context.accounts.check(_name(), request.form.get("password", ""))
        except Overloaded:
            return Denied(say("password.busy"), HTTPStatus.SERVICE_UNAVAILABLE, Refusal.TOO_MANY, tried=False)
        return who or Denied(say("password.wrong"), user=_name(), provider=LOCAL)


def _name() -> str:
    return request.form.get("username", "").strip()
