"""What policies.toml may say but perhaps does not mean: each doubt with what to do about it (TH-54, TH-94)."""

from collections.abc import Iterator, Mapping

from auth.policies import Policies
from auth.policy import Policy
from auth.policy_overrides import span
from lectern.names import CODES, LOCAL

Doubt = tuple[str, str]


def policy_doubts(policies: Policies) -> Iterator[Doubt]:
    """Yield the doubts about policies, by their names."""
    for name in sorted(policies.names):
        policy = policies.get(name)
        yield from _search(policy)
        yield from _accounts(policy)
        yield from _roles(policy)
        for network in policy.networks:
            if network.prefixlen == 0:
                yield (
                    f"Policy {name} has the network {network}: every address is in it.",
                    "Give the network of the reading room alone.",
                )


def override_doubts(policies: Policies, pages: Mapping[str, int]) -> Iterator[Doubt]:
    """Yield the doubts about overrides; `pages` are the objects of the catalogue with their numbers of pages."""
    for object_id, override in sorted(policies.overrides.items()):
        if object_id not in pages:
            yield (
                f"policies.toml has [objects.{object_id}], but there is no such object.",
                "If the id is misspelt, the object that is meant has the policy of its ingest: see `lectern status`.",
            )
            continue
        beyond = [span(first, last) for first, last, _ in override.pages if last > pages[object_id]]
        if beyond:
            yield (
                f"[objects.{object_id}] names the pages {', '.join(beyond)}, but its last page is {pages[object_id]}.",
                "Pages are counted from 1 in the order of the images; perhaps they are numbers printed on the pages.",
            )


def _search(policy: Policy) -> Iterator[Doubt]:
    if policy.search == "boxes":
        yield (
            f'Policy {policy.name} has search = "boxes", an oracle: patient asking rebuilds much of a text from boxes.',
            'Use search = "none" for what must stay secret; LECTERN_BOXES_QUERIES is the budget of a day.',
        )


def _accounts(policy: Policy) -> Iterator[Doubt]:
    accounts = sorted(policy.providers - {CODES})  # who has a code was given it
    if "login" in policy.patterns and accounts and policy.roles is None and policy.all_roles is None:
        yield (
            f"Policy {policy.name} asks for no role: it lets in everybody who has an account there: "
            f"{', '.join('`lectern user list`' if name == LOCAL else name for name in accounts)}.",
            "Give roles or all_roles, unless everybody there is meant.",
        )


def _roles(policy: Policy) -> Iterator[Doubt]:
    if frozenset() in (policy.roles, policy.all_roles):
        yield (
            f"Policy {policy.name} has an empty list of roles: nobody who signs in is let in.",
            "Name the roles, or leave the list out if every account is meant.",
        )
    both = sorted(policy.not_roles & ((policy.roles or frozenset()) | (policy.all_roles or frozenset())))
    if both:
        yield (
            f"Policy {policy.name} both asks for the role {', '.join(both)} and keeps it out: it keeps it out.",
            "Take it out of roles and all_roles, or out of not_roles.",
        )
