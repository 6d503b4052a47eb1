"""Which rule decides about a resource, for whom: what `lectern policy explain` and the operator's page tell."""

from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from auth.decision import STRANGER, Address, Reader
from auth.explaining import deciding, holding, rule_reports
from auth.pages import decide_page
from auth.policies import Policies
from auth.policy import Policy, Substitute
from auth.policy_overrides import span
from lectern.catalogue import ObjectRow
from lectern.errors import InputError, NotFound
from lectern.ids import object_id, parse_image_id
from lectern.names import CODES, LOCAL
from lectern.settings import Settings
from services.context import Context
from services.instants import INSTANT_HINT, read_instant

_SOMEBODY = "somebody"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a resource, and who asks from where and when, as it was typed.

    `user` is a local account with the roles it has; without one, `roles` and `provider` imagine somebody, and without
    these it is a stranger. An empty `at` is now, an empty `address` none.
    """

    resource: str
    user: str | None = None
    roles: tuple[str, ...] = ()
    provider: str | None = None
    address: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks, from where and when."""

    who: Reader
    where: Address | None
    when: datetime


def explained(context: Context, policies: Policies, question: Question) -> dict[str, Any]:
    """Return the verdict on a resource with the rule that decides and what every other rule lacks, as plain values.

    Raises NotFound for an unknown object, image or user, InputError for a provider, address or date that is none.
    """
    row, n = _resource(context, question.resource)
    if question.user is not None:
        who = context.accounts.reader(question.user)
    else:
        who = _imagined(context.settings, question.roles, question.provider)
    when = _instant(question.at) if question.at else context.clock()
    asked = _Asked(who, _address(question.address), when)
    return {"resource": question.resource, **_explained(policies, row, n, asked)}


def _imagined(settings: Settings, roles: tuple[str, ...], provider: str | None) -> Reader:
    """Return somebody with roles at a provider, a stranger without both; raises InputError for no such provider."""
    known = [LOCAL, CODES, *sorted(settings.providers)]
    if provider is not None and provider not in known:
        raise InputError(
            f"There is no provider {provider!r}.",
            f"There are {', '.join(known)}; tables [providers.NAME] in lectern.toml make others.",
        )
    if not roles and provider is None:
        return STRANGER
    return Reader(_SOMEBODY, frozenset(roles), session=True, provider=provider or LOCAL)


def _resource(context: Context, resource: str) -> tuple[ObjectRow, int | None]:
    """Return the object, and the number of the page if it is one's image; raises NotFound."""
    row = context.catalogue.find(object_id(resource))
    if row is not None:
        return row, None
    image = parse_image_id(resource)
    row = context.catalogue.find(image.object) if image else None
    if row is None or image is None or image.n > row.pages:
        raise NotFound(
            f"There is no object or image {resource!r}.",
            "`lectern status` lists the objects; image N of one is OBJECT-N.",
        )
    return row, image.n


def _address(text: str | None) -> Address | None:
    try:
        return ip_address(text) if text else None
    except ValueError as error:
        raise InputError(f"{text!r} is no IP address.", "Give one like 10.1.2.3 or 2001:db8::1.") from error


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError as error:
        raise InputError(str(error), INSTANT_HINT) from error


def _explained(policies: Policies, row: ObjectRow, n: int | None, asked: _Asked) -> dict[str, Any]:
    rules, held = policies.rules(row.id, row.policy), holding(policies, row.id, row.policy, n)
    verdict = decide_page(rules, n, asked.who, asked.where, asked.when)
    rule = deciding(rules, n, asked.who, asked.where, asked.when)
    substitute = _substitute(rules.of(n), verdict.tier)
    return {
        "policy": held.name,
        "policy_from": held.source,
        "policy_why": held.why,
        "hidden_by": rule.name if rule is not rules.of(n) else None,
        "allowed": verdict.allowed,
        "status": verdict.status,
        "tier": verdict.tier,
        "max_scale": substitute.max_scale if substitute else None,
        "watermark": substitute.watermark or None if substitute else None,
        "search": verdict.search,
        "manifest": verdict.manifest,
        "reason": verdict.reason.value,
        "rule": verdict.rule,
        "at": asked.when.isoformat(),
        "valid_until": verdict.valid_until.isoformat() if verdict.valid_until else None,
        "rules": [asdict(report) for report in rule_reports(rule, asked.who, asked.where, asked.when)],
        "pages": [{"pages": span(first, last), "policy": other.name} for first, last, other in rules.pages]
        if n is None
        else [],
    }


def _substitute(policy: Policy, tier: str | None) -> Substitute | None:
    """Return the reduced version that a reader sees, None if it is none."""
    rule = policy.substitute
    return rule if rule is not None and tier == rule.tier else None
