"""Logout tokens: a provider says that somebody's session is over (Back-Channel Logout 1.0, TH-50)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth.oidc.id_token import LOGOUT_EVENT, Expected, check_parties, check_times
from auth.oidc.problems import Refused
from auth.oidc.signed import Signed
from auth.oidc.words import instant_of, text_of

_TYPES = frozenset({"LOGOUT+JWT", "APPLICATION/LOGOUT+JWT", "JWT"})
LIFE = 600  # seconds after `iat` in which a logout token counts, and is remembered


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """Whose sessions end: those of `sid` if it is given, else all of `sub`. `jti` names the token, till `ends`."""

    jti: str
    sub: str
    sid: str
    ends: int


def check_logout_token(token: Signed, claims: Mapping[str, Any], expected: Expected) -> LogoutToken:
    """Return whom a logout token is about; raises Refused. An id_token is none: it has a nonce, and no event."""
    if token.header.get("typ", "JWT").upper() not in _TYPES or "nonce" in claims:
        raise Refused("the token is no logout token")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Refused("the token tells of no logout")
    document = dict(claims)
    check_parties(claims, expected)
    issued = instant_of(document, "iat")
    if issued is None or expected.now >= issued + LIFE + expected.leeway:
        raise Refused("the logout token is too old")
    # Providers of before 2022 send no `exp`; then its age alone decides.
    check_times({"exp": issued + LIFE, **document}, expected)
    jti = text_of(document, "jti", longest=512)
    sub, sid = (text_of(document, name, longest=512) if name in document else "" for name in ("sub", "sid"))
    if not (sub or sid):
        raise Refused("the logout token says nobody")
    return LogoutToken(jti, sub, sid, int(issued) + LIFE + 2 * expected.leeway + 1)
