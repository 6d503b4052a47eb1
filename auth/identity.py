"""Who a provider says has signed in: what a session is opened with, whichever way a reader came (TH-47)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lectern.errors import InputError
from lectern.names import LOCAL, ROLE


@dataclass(frozen=True, slots=True)
class Identity:
    """A reader as a provider knows him. `user` is unique at that `provider`, and means nothing at another.

    `name` is what pages call him, `user` itself if empty. `sid` and `id_token` are an OpenID provider's own words
    about his session there, needed to end it (TH-50, TH-51). `ends` caps the session (seconds since 1970 UTC). `begun`
    is when he went to the provider, which may have ended his session there since. `credential` is what our own store
    keeps of what he has shown, the hash of a password or the digest of a code: his session opens only if it is kept
    there still (TH-36).
    """

    user: str
    roles: tuple[str, ...] = ()
    provider: str = LOCAL
    name: str = ""
    sid: str = ""
    id_token: str = ""
    ends: int | None = None
    begun: int | None = None
    credential: str = field(default="", repr=False, compare=False)


def usable_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """Return roles that an operator gives in order, each once; raises InputError for one that is none."""
    found = tuple(sorted(set(roles)))
    for role in found:
        if ROLE.fullmatch(role) is None:
            raise InputError(f"{role!r} is no role.", "A role has letters, digits and . _ : - only.")
    return found


class CredentialRevoked(Exception):
    """What a reader has shown was taken back or changed before his session could be opened."""
