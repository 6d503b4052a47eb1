"""The policies in force, and which rule decides about a resource: what `lectern policy explain` tells, for one form."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request

from auth.policy import Policy
from auth.policy_overrides import span
from lectern.errors import LecternError
from lectern.names import CODES, LOCAL, ROLE
from services.admin.showing import page
from services.context import Context
from services.explaining import Question, explained

_LONGEST = 300
_MOST_OVERRIDES = 200


class PolicyPages:
    """The view of the policies."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def show(self) -> Response:
        """Answer with the policies as they are in force here, and with what was asked about a resource."""
        context = self._context
        policies = context.policies.current()
        asked = {name: request.args.get(name, "").strip()[:_LONGEST] for name in _FIELDS}
        report, problem = self._explained(asked) if asked["resource"] else (None, None)
        overrides = sorted(policies.overrides.items())
        return page(
            context,
            "policies.html",
            status=problem.status if problem else HTTPStatus.OK,
            version=policies.version,
            under=context.catalogue.survey.under_policies(),
            policies=[_told(policies.get(name)) for name in sorted(policies.names)],
            overrides=overrides[:_MOST_OVERRIDES],
            more=max(0, len(overrides) - _MOST_OVERRIDES),
            span=span,
            asked=asked,
            report=report,
            problem=problem,
            providers=[LOCAL, CODES, *sorted(context.settings.providers)],
        )

    def _explained(self, asked: Mapping[str, str]) -> tuple[dict[str, Any] | None, LecternError | None]:
        """Return which rule decides, by the policies in force; or why that cannot be told."""
        question = Question(
            asked["resource"],
            user=asked["user"] or None,
            roles=tuple(role for role in asked["roles"].split() if ROLE.fullmatch(role)),
            provider=asked["provider"] or None,
            address=asked["address"],
            at=asked["at"],
        )
        try:
            return explained(self._context, self._context.policies.current(), question), None
        except LecternError as error:
            return None, error


_FIELDS = ("resource", "user", "roles", "provider", "address", "at")


def _told(policy: Policy) -> dict[str, str]:
    """Return what a policy says, each in a few words; empty for what it does not say."""
    dates = [f"from {policy.since.isoformat()}" if policy.since else ""]
    dates.append(f"until {policy.until.isoformat()}" if policy.until else "")
    substitute = policy.substitute
    return {
        "name": policy.name,
        "lets in": "everyone" if policy.everyone else ", ".join(sorted(policy.patterns)) or "nobody",
        "at": ", ".join(sorted(policy.providers)) if "login" in policy.patterns else "",
        "roles": _roles(policy),
        "networks": ", ".join(map(str, policy.networks)),
        "holds": " ".join(filter(None, dates)),
        "others see": f"{substitute.tier}, {substitute.max_scale:g} of the size" if substitute else "nothing",
        "search": policy.search,
        "manifest": policy.manifest,
    }


def _roles(policy: Policy) -> str:
    said = [("one of ", policy.roles), ("all of ", policy.all_roles), ("none of ", policy.not_roles or None)]
    return "; ".join(f"{word}{', '.join(sorted(roles)) or 'no role'}" for word, roles in said if roles is not None)
