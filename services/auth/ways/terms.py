"""Accepting the terms of a policy."""

from collections.abc import Mapping

from auth.decision import Address
from auth.policy import Policy
from auth.throttle import Attempt
from services.auth.ways.way import AcceptedTerms, Outcome, Visit
from services.context import Context


class Terms:
    """The form with the terms and one button."""

    action = "accept"
    template = "auth/ways/terms.html"

    def __init__(self, context: Context) -> None:
        self._context = context

    def offered(self, policy: Policy) -> bool:
        """Return whether accepted terms open a policy."""
        return "clickthrough" in policy.patterns

    def shown(self, _policy: Policy) -> Mapping[str, object]:
        """Return nothing: the terms are the policy's texts."""
        return {}

    def attempt(self, where: Address | None) -> Attempt:
        """Return the attempt: no guess, but each makes a row (TH-37)."""
        return self._context.throttle.begin_terms(where)

    def enter(self, _visit: Visit) -> Outcome:
        """Return that the terms are accepted (TH-14)."""
        return AcceptedTerms()
