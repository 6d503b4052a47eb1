"""Who may see the operator's page: whoever signed in, not long ago, with the role that the settings name (TH-107).

It is a policy as objects have them, of a name that no policies.toml can use, so that the same form, limits and decision
hold. Access codes do not count: they are handed on.
"""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from auth.decision import STRANGER, Address, decide
from auth.policies import Policies, parse_policies
from auth.policy import Policy
from auth.policy_texts import Ours
from auth.sessions import reader_in
from lectern.clock import seconds
from lectern.names import LOCAL
from lectern.state_sessions import SessionRow
from services.context import Context

OPERATORS = "~operators"
PAGE = "/admin"


def policy_named(context: Context, policies: Policies, name: str) -> Policy:
    """Return a policy by its name, that of the operator's page too; one that lets nobody in for an unknown name."""
    found = operators(context) if name == OPERATORS else None
    return found or policies.get(name)


def operators(context: Context) -> Policy | None:
    """Return the policy of the operator's page, None where the settings have none."""
    settings = context.settings
    if not settings.admin_role:
        return None
    ours = Ours(context.words, settings.institution, settings.language)
    return _made(settings.admin_role, tuple(sorted(settings.providers)), ours)


@lru_cache(maxsize=8)
def _made(role: str, providers: tuple[str, ...], ours: Ours) -> Policy:
    quoted = ", ".join(f'"{name}"' for name in (LOCAL, *providers))
    text = (
        f'[policies.operators]\npatterns = ["login"]\nproviders = [{quoted}]\nroles = ["{role}"]\nmanifest = "hidden"\n'
    )
    return replace(parse_policies(text, "the operator's policy", ours, providers).get("operators"), name=OPERATORS)


def is_operator(
    context: Context, policy: Policy, session: SessionRow | None, where: Address | None, now: datetime
) -> bool:
    """Return whether a live session opens the operator's page at a moment."""
    who = STRANGER if session is None or is_stale(context, session, now) else reader_in(session)
    return decide(policy, who, where, now).allowed


def is_stale(context: Context, session: SessionRow, now: datetime) -> bool:
    """Return whether a sign-in is too long ago for the operator's page."""
    return seconds(now) - session.created >= context.settings.admin_session
