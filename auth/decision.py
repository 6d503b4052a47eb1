"""The one decision: who may see what. Everything that shows pixels, text or a manifest asks here (R2, AUX-31)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from auth.identity import LOCAL
from auth.policy import BY_ADDRESS, Manifest, Policy

Address = IPv4Address | IPv6Address
SearchView = Literal["full", "boxes", "none"]

FULL_TIER = "full"


class Reason(StrEnum):
    """Why a verdict is as it is."""

    EVERYONE = "everyone"
    DATE = "date"
    NETWORK = "network"
    ROLE = "role"
    TERMS = "terms"
    SIGN_IN = "sign-in missing"
    EXPIRED = "session expired"
    TERMS_MISSING = "terms not accepted"
    ROLE_MISSING = "role missing"
    OUTSIDE = "outside the networks"
    CLOSED = "closed"


_FORBIDDEN = frozenset({Reason.ROLE_MISSING, Reason.CLOSED})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: what the session record says of him, never what he says himself (TH-36).

    `session` tells whether there is a live session, `expired` whether there was one that has ended. Roles count for
    policies of the `provider` that gave them, and for no other's.
    """

    user: str | None = None
    roles: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    session: bool = False
    expired: bool = False
    provider: str = LOCAL


STRANGER = Reader()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reader gets of an object: `tier` of its pixels (None is nothing), `search` and `manifest`.

    `rule` says in words which rule decided. `valid_until` is the next date that changes the verdict; it caps
    every cache. `public` tells that a complete stranger would be let in too.
    """

    allowed: bool
    tier: str | None
    search: SearchView
    manifest: Manifest
    reason: Reason
    rule: str
    valid_until: datetime | None = None
    public: bool = False

    @property
    def status(self) -> int:
        """Return the HTTP status for pixels: 200, 401 (signing in may help) or 403 (it will not; section 10.6)."""
        if self.allowed:
            return 200
        return 403 if self.reason in _FORBIDDEN else 401


FULL = Verdict(True, FULL_TIER, "full", "full", Reason.EVERYONE, "the operator sees everything")


def decide(policy: Policy, who: Reader, where: Address | None, when: datetime) -> Verdict:
    """Return what a reader at an address may see under a policy at an instant (aware). Pure (DESIGN section 1)."""
    next_change = _next_change(policy, when)
    open_rule = _open_to_everyone(policy, when)
    if open_rule is not None:
        reason, rule = open_rule
        return Verdict(True, FULL_TIER, "full", "full", reason, rule, next_change, public=True)
    granted = _granted(policy, who, where)
    if granted is not None:
        reason, rule = granted
        return Verdict(True, FULL_TIER, "full", "full", reason, rule, next_change)
    reason, rule = _denied(policy, who)
    search: SearchView = "full" if policy.search == "open" else policy.search
    return Verdict(False, policy.tier, search, policy.manifest, reason, rule, next_change)


def sees_tier(policy: Policy, verdict: Verdict, tier: str | None) -> bool:
    """Return whether a verdict covers the pixels of one version of an image (None is the full one).

    The reduced version of a policy is open to everybody; a version the policy does not know is nobody's (R3).
    """
    if tier is None:
        return verdict.allowed
    return tier == policy.tier


def _next_change(policy: Policy, when: datetime) -> datetime | None:
    return min((date for date in (policy.since, policy.until) if date is not None and date > when), default=None)


def _open_to_everyone(policy: Policy, when: datetime) -> tuple[Reason, str] | None:
    if policy.everyone:
        return Reason.EVERYONE, f'policy "{policy.name}" lets everyone in'
    if policy.since is not None and when < policy.since:
        return Reason.DATE, f'policy "{policy.name}" holds from {policy.since.isoformat()}; until then everyone may'
    if policy.until is not None and when >= policy.until:
        return Reason.DATE, f'policy "{policy.name}" ended at {policy.until.isoformat()}: open to everyone'
    return None


def _granted(policy: Policy, who: Reader, where: Address | None) -> tuple[Reason, str] | None:
    """Return the first pattern that lets this reader in: any one is enough."""
    if policy.patterns & BY_ADDRESS and where is not None:
        for network in policy.networks:
            if where.version == network.version and where in network:
                return Reason.NETWORK, f'policy "{policy.name}": {where} is in {network}'
    if "login" in policy.patterns and who.session and who.user is not None and who.provider in policy.providers:
        if policy.roles is None:
            return Reason.ROLE, f'policy "{policy.name}" lets every signed-in user in'
        held = sorted(policy.roles & who.roles)
        if held:
            return Reason.ROLE, f'policy "{policy.name}": {who.user} has the role {held[0]}'
    if "clickthrough" in policy.patterns and who.session and policy.terms in who.terms:
        return Reason.TERMS, f'policy "{policy.name}": the terms were accepted in this session'
    return None


def _denied(policy: Policy, who: Reader) -> tuple[Reason, str]:
    name = f'policy "{policy.name}"'
    if who.expired and policy.interactive:
        return Reason.EXPIRED, f"{name}: the session has ended"
    if "clickthrough" in policy.patterns:
        return Reason.TERMS_MISSING, f"{name}: its terms were not accepted in this session"
    if "login" in policy.patterns:
        if who.user is None:
            return Reason.SIGN_IN, f"{name}: nobody is signed in"
        wanted = " or ".join(sorted(policy.roles or ())) or "no role that exists"
        return Reason.ROLE_MISSING, f"{name}: {who.user} lacks the role {wanted}"
    if policy.patterns:
        return Reason.OUTSIDE, f"{name}: the address is in none of its networks"
    return Reason.CLOSED, f"{name} lets nobody in, or there is no such policy"
