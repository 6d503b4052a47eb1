"""Why a verdict is as it is: which policy holds and why that one, and what each of its rules says of a reader."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auth.decision import (
    Address,
    Reader,
    Reason,
    barred_by,
    decide,
    lacking_roles,
    network_of,
    open_to_everyone,
    signed_in,
    terms_accepted,
)
from auth.policies import Policies
from auth.policy import BY_ADDRESS, Policy
from auth.policy_overrides import span
from auth.rules import Override, Rules

Effect = Literal["lets in", "keeps out", "does not let in"]
_DECIDING = {
    Reason.EVERYONE: "allow",
    Reason.DATE: "dates",
    Reason.BARRED: "not_roles",
    Reason.NETWORK: "networks",
    Reason.ROLE: "login",
    Reason.TERMS: "clickthrough",
}


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What one rule of a policy does with a reader, `why`, and whether it is the one that decided."""

    rule: str
    effect: Effect
    why: str
    decided: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """Which policy holds for an object or a page of it (`name`), who says so (`source`), and that in words (`why`)."""

    name: str
    source: Literal["ingest", "object", "pages"]
    why: str


def holding(policies: Policies, object_id: str, ingested: str, n: int | None) -> Holding:
    """Return the policy of page `n` (from 1), or of the object as a whole (None), and why it is that one."""
    override = policies.overrides.get(object_id, Override())
    for first, last, name in override.pages:
        if n is not None and first <= n <= last:
            told = f'pages {span(first, last)} of it are under "{name}" by [[objects.{object_id}.pages]]'
            return Holding(name, "pages", told)
    if override.policy is not None:
        told = f'[objects.{object_id}] says "{override.policy}"; it was ingested under "{ingested}"'
        return Holding(override.policy, "object", told)
    return Holding(ingested, "ingest", f'it was ingested under "{ingested}", and policies.toml has no other for it')


def deciding(rules: Rules, n: int | None, who: Reader, where: Address | None, when: datetime) -> Policy:
    """Return the policy that decides about page `n`: its own, but the object's where that hides all of it."""
    whole = rules.policy
    hides = whole.manifest == "hidden" and decide(whole, who, where, when).manifest == "hidden"
    return whole if hides else rules.of(n)


def rule_reports(policy: Policy, who: Reader, where: Address | None, when: datetime) -> list[RuleReport]:
    """Return what every rule that a policy has says of a reader, in the order in which they count (TH-94)."""
    found = [
        _allow(policy),
        _dates(policy, when),
        _not_roles(policy, who),
        _networks(policy, where),
        _login(policy, who),
        _clickthrough(policy, who),
    ]
    decided = _DECIDING.get(decide(policy, who, where, when).reason)
    return [RuleReport(*report, decided=report[0] == decided) for report in found if report is not None]


_Told = tuple[str, Effect, str]


def _allow(policy: Policy) -> _Told | None:
    if policy.everyone:
        return "allow", "lets in", "everyone may"
    return None if policy.patterns else ("allow", "does not let in", "the policy lets nobody in, or there is none")


def _dates(policy: Policy, when: datetime) -> _Told | None:
    if policy.since is None and policy.until is None:
        return None
    if not policy.everyone and (found := open_to_everyone(policy, when)):
        return "dates", "lets in", found[1]
    end = f" until {policy.until.isoformat()}" if policy.until else " without an end"
    return "dates", "does not let in", f"at {when.isoformat()} the policy holds{end}"


def _not_roles(policy: Policy, who: Reader) -> _Told | None:
    if not policy.not_roles:
        return None
    barred = barred_by(policy, who)
    if barred:
        return "not_roles", "keeps out", f"{who.user} has the role {', '.join(sorted(barred))}"
    return "not_roles", "does not let in", f"nobody with the role {' or '.join(sorted(policy.not_roles))} asks"


def _networks(policy: Policy, where: Address | None) -> _Told | None:
    if not policy.patterns & BY_ADDRESS:
        return None
    network = network_of(policy, where)
    if network is not None:
        return "networks", "lets in", f"{where} is in {network}"
    known = ", ".join(str(net) for net in policy.networks)
    told = f"{where} is not in {known}" if where else f"no address is given; it would have to be in {known}"
    return "networks", "does not let in", told


def _login(policy: Policy, who: Reader) -> _Told | None:
    if "login" not in policy.patterns:
        return None
    providers = " or ".join(sorted(policy.providers))
    if who.user is None or not who.session:
        return "login", "does not let in", f"nobody is signed in; {providers} would count"
    if not signed_in(policy, who):
        return "login", "does not let in", f"{who.user} is signed in at {who.provider}; {providers} would count"
    lacking = lacking_roles(policy, who)
    if lacking is not None:
        return "login", "does not let in", f"{who.user} lacks {lacking}"
    return "login", "lets in", f"{who.user} is signed in at {who.provider} and has the roles that are asked for"


def _clickthrough(policy: Policy, who: Reader) -> _Told | None:
    if "clickthrough" not in policy.patterns:
        return None
    if terms_accepted(policy, who):
        return "clickthrough", "lets in", "the terms were accepted in this session"
    return "clickthrough", "does not let in", "the terms were not accepted in this session"
