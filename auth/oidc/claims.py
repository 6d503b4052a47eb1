"""From a provider's claims to a reader with roles: by the map of the settings, never by the provider's word (TH-47)."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from auth.identity import Identity
from lectern.providers import OidcProvider

_LONGEST_NAME = 200
_LONGEST_SESSION = 512
_MOST_VALUES = 1000


def identity_of(claims: Mapping[str, Any], name: str, provider: OidcProvider, id_token: str = "") -> Identity:
    """Return who has signed in. `sub` at this provider (one issuer) is the reader; addresses and names are not.

    The id_token is kept only if signing out at the provider needs it (TH-49).
    """
    sid = claims.get("sid")
    return Identity(
        user=claims["sub"],
        roles=_roles(claims, provider),
        provider=name,
        name=_name(claims, provider.name_claim),
        sid=sid if isinstance(sid, str) and len(sid) <= _LONGEST_SESSION else "",
        id_token=id_token if provider.logout else "",
    )


def _roles(claims: Mapping[str, Any], provider: OidcProvider) -> tuple[str, ...]:
    """Return the union of what the claim's values stand for, and of everyone's roles, in alphabetical order."""
    found = provider.roles_of(_values(claims, provider.roles_path))
    return tuple(sorted(found.union(provider.roles_of_everyone)))


def _values(claims: Mapping[str, Any], path: Iterable[str]) -> list[str]:
    """Return the texts at a path: one, or those of a list; nothing if the way there ends before."""
    found: Any = claims
    for step in path:
        if not isinstance(found, Mapping) or not _vouched(found, step):
            return []
        found = found.get(step)
    values = [found] if isinstance(found, str) else found
    return [value for value in values[:_MOST_VALUES] if isinstance(value, str)] if isinstance(values, list) else []


def _name(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim) if _vouched(claims, claim) else None
    if not isinstance(value, str):
        return ""
    shown = "".join(letter for letter in value if unicodedata.category(letter)[0] != "C")
    return shown.strip()[:_LONGEST_NAME]


def _vouched(claims: Mapping[str, Any], claim: str) -> bool:
    """Return whether the provider stands by a claim: anybody may call an address his that nobody has verified."""
    return claim != "email" or claims.get("email_verified") is True
