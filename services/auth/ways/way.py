"""What a way in is: who visits, what the way is asked, and what can come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from flask import Response

from auth.audit import Refusal
from auth.decision import Address, Verdict
from auth.identity import Identity
from auth.policy import Policy
from auth.throttle import Attempt
from lectern.state_sessions import SessionRow


@dataclass(frozen=True, slots=True)
class Visit:
    """One request at the access service, read and judged."""

    policy: Policy
    origin: str
    session: SessionRow | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class AcceptedTerms:
    """That the visitor accepts the terms of the policy."""


@dataclass(frozen=True, slots=True)
class Denied:
    """That a way leads in nobody: what the page says, and what the audit log is told; `user` is who he said he is.

    What was not `tried` does not count as an attempt.
    """

    text: str
    status: int = HTTPStatus.FORBIDDEN
    reason: Refusal = Refusal.CREDENTIALS
    user: str = ""
    provider: str = ""
    tried: bool = True


Outcome = Identity | AcceptedTerms | Denied | Response


class Way(Protocol):
    """One way to be let in, entered by the form whose action is `action`.

    The access page shows `template`, which finds what `shown` returns as `way`, and the policy as `policy`.
    """

    action: str
    template: str

    def offered(self, policy: Policy) -> bool:
        """Return whether a policy lets in by this way."""

    def shown(self, policy: Policy, /) -> Mapping[str, object]:
        """Return what its template shows of it in this request."""

    def attempt(self, where: Address | None, /) -> Attempt:
        """Return the attempt that the POST of the form is, counted already (TH-16)."""

    def enter(self, visit: Visit, /) -> Outcome:
        """Return what comes of the POST of the form, or the answer to it; its stamp was looked at already."""
