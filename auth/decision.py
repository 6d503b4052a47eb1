"""The one decision: who may see what. Everything that shows pixels, text or a manifest asks here (R2, AUX-31)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from auth.policy import BY_ADDRESS, Manifest, Network, Policy
from lectern.names import LOCAL

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
    BARRED = "role keeps out"
    OUTSIDE = "outside the networks"
    CLOSED = "closed"


BY_SESSION = frozenset({Reason.ROLE, Reason.TERMS})  # what lets in one reader, wherever he is
_FORBIDDEN = frozenset({Reason.ROLE_MISSING, Reason.BARRED, Reason.CLOSED})


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
    """Return what a reader at an address may see under a policy at an instant (aware). Pure (DESIGN section 1).

    The order (TH-94): open to everyone, or by the date; kept out by one of `not_roles`; let in by the address, by
    signing in, by accepted terms; else not let in.
    """
    next_change = _next_change(policy, when)
    open_rule = open_to_everyone(policy, when)
    if open_rule is not None:
        reason, rule = open_rule
        return Verdict(True, FULL_TIER, "full", "full", reason, rule, next_change, public=True)
    granted = None if barred_by(policy, who) else _granted(policy, who, where)
    if granted is not None:
        reason, rule = granted
        return Verdict(True, FULL_TIER, "full", "full", reason, rule, next_change)
    reason, rule = _denied(policy, who)
    search: SearchView = "full" if policy.search == "open" else policy.search
    return Verdict(False, policy.tier, search, policy.manifest, reason, rule, next_change)


def whoever_asks(policy: Policy, stranger: Verdict) -> bool:
    """Return whether a stranger's verdict at an address lets in everybody there, so that no store need be asked.

    It does not where a role keeps people out: then it counts who they are, wherever they sit (TH-94).
    """
    return stranger.public or (stranger.allowed and not policy.not_roles)


def sees_tier(policy: Policy, verdict: Verdict, tier: str | None) -> bool:
    """Return whether a verdict covers the pixels of one version of an image (None is the full one).

    The reduced version of a policy is open to everybody who may know of the image; a version the policy does not know
    is nobody's (R3).
    """
    if tier is None:
        return verdict.allowed
    return tier == policy.tier and verdict.manifest != "hidden"


def earliest(verdicts: Iterable[Verdict]) -> datetime | None:
    """Return until when all verdicts are valid, None if no date changes any of them (TH-74)."""
    return min((verdict.valid_until for verdict in verdicts if verdict.valid_until is not None), default=None)


def _next_change(policy: Policy, when: datetime) -> datetime | None:
    return min((date for date in (policy.since, policy.until) if date is not None and date > when), default=None)


def open_to_everyone(policy: Policy, when: datetime) -> tuple[Reason, str] | None:
    """Return why a policy is open to everyone at an instant, None if it is not (TH-93)."""
    if policy.everyone:
        return Reason.EVERYONE, f'policy "{policy.name}" lets everyone in'
    if policy.since is not None and when < policy.since:
        return Reason.DATE, f'policy "{policy.name}" holds from {policy.since.isoformat()}; until then everyone may'
    if policy.until is not None and when >= policy.until:
        return Reason.DATE, f'policy "{policy.name}" ended at {policy.until.isoformat()}: open to everyone'
    return None


def signed_in(policy: Policy, who: Reader) -> bool:
    """Return whether a reader has a live session from a provider whose roles count for the policy."""
    return who.session and who.user is not None and who.provider in policy.providers


def barred_by(policy: Policy, who: Reader) -> frozenset[str]:
    """Return those roles of a reader that keep him out, however else he might be let in (TH-94)."""
    return policy.not_roles & who.roles if policy.not_roles and signed_in(policy, who) else frozenset()


def network_of(policy: Policy, where: Address | None) -> Network | None:
    """Return the network of a policy that an address is in; None without one, or if the policy asks for none."""
    if where is None or not policy.patterns & BY_ADDRESS:
        return None
    return next((net for net in policy.networks if where.version == net.version and where in net), None)


def terms_accepted(policy: Policy, who: Reader) -> bool:
    """Return whether a policy asks for terms to be accepted, and they were, as they are now."""
    return "clickthrough" in policy.patterns and who.session and policy.terms in who.terms


def lacking_roles(policy: Policy, who: Reader) -> str | None:
    """Return which roles a signed-in reader lacks, in words; None if he has what the policy asks for (TH-94).

    An empty set of roles is one that nobody has.
    """
    if policy.roles is not None and not policy.roles & who.roles:
        return (
            f"the role {' or '.join(sorted(policy.roles))}" if policy.roles else "a role, and the list of them is empty"
        )
    if policy.all_roles is not None and not (policy.all_roles and policy.all_roles <= who.roles):
        missing = sorted(policy.all_roles - who.roles)
        return f"the role {' and '.join(missing)}" if missing else "every role, and the list of them is empty"
    return None


def _granted(policy: Policy, who: Reader, where: Address | None) -> tuple[Reason, str] | None:
    """Return the first pattern that lets this reader in: any one is enough."""
    name = f'policy "{policy.name}"'
    network = network_of(policy, where)
    if network is not None:
        return Reason.NETWORK, f"{name}: {where} is in {network}"
    if "login" in policy.patterns and signed_in(policy, who) and lacking_roles(policy, who) is None:
        if policy.roles is None and policy.all_roles is None:
            return Reason.ROLE, f"{name} lets every signed-in user in"
        held = sorted((policy.roles or frozenset()) & who.roles)[:1] + sorted(policy.all_roles or ())
        return Reason.ROLE, f"{name}: {who.user} has the role {' and '.join(dict.fromkeys(held))}"
    if terms_accepted(policy, who):
        return Reason.TERMS, f"{name}: the terms were accepted in this session"
    return None


def _denied(policy: Policy, who: Reader) -> tuple[Reason, str]:
    name = f'policy "{policy.name}"'
    barred = barred_by(policy, who)
    if barred:
        return Reason.BARRED, f"{name} keeps out {who.user}, who has the role {min(barred)}"
    if who.expired and policy.interactive:
        return Reason.EXPIRED, f"{name}: the session has ended"
    if "clickthrough" in policy.patterns:
        return Reason.TERMS_MISSING, f"{name}: its terms were not accepted in this session"
    if "login" in policy.patterns:
        return _not_signed_in(policy, who)
    if policy.patterns:
        return Reason.OUTSIDE, f"{name}: the address is in none of its networks"
    return Reason.CLOSED, f"{name} lets nobody in, or there is no such policy"


def _not_signed_in(policy: Policy, who: Reader) -> tuple[Reason, str]:
    name = f'policy "{policy.name}"'
    if who.user is None or not who.session:
        return Reason.SIGN_IN, f"{name}: nobody is signed in"
    if not signed_in(policy, who):
        wanted = " or ".join(sorted(policy.providers))
        return Reason.SIGN_IN, f"{name}: {who.user} is signed in at {who.provider}; {wanted} would count"
    return Reason.ROLE_MISSING, f"{name}: {who.user} lacks {lacking_roles(policy, who)}"
