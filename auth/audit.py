"""What the audit log says of who was let in and who was not: plain values, and never a secret (issue 5, TH-103)."""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from auth.decision import Address
from lectern.plain import plain

_LONGEST = 256
_WHO_DIGITS = 16


class Event(StrEnum):
    """What happened. It is the `event` of a line, and a label of the metric."""

    SIGN_IN = "sign-in"
    TERMS = "terms"
    CODE = "code"
    VIEWER = "viewer"
    TOKEN = "token"
    LOGOUT = "logout"
    BACK_CHANNEL_LOGOUT = "back-channel-logout"
    VERIFY = "verify"
    POLICIES = "policies"
    KEYS = "keys"
    ACCOUNT = "account"
    SESSION = "session"
    OPERATOR = "operator"


class Refusal(StrEnum):
    """Why something was refused that no verdict was about."""

    CREDENTIALS = "wrong credentials"
    TOO_MANY = "too many attempts"
    FORM = "form of elsewhere"
    ORIGIN = "origin"
    SECRET = "caller without the secret"
    REQUEST = "not understood"
    UNKNOWN = "no such thing"
    BROKEN = "broken file"
    FAULT = "fault inside"
    STORE = "store unavailable"
    PROVIDER = "provider unavailable"
    DECLINED = "provider says no"
    RETURN = "no sign-in of this browser"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: who (never his name in the log), about which policy, from which viewer and network.

    `reason` is one of a fixed list (a Reason, TokenError profile or Refusal), so that it can be counted; `about` is
    what an administrator did, in words of the program's own.
    """

    event: Event
    granted: bool
    reason: str = ""
    provider: str = ""
    user: str = ""
    policy: str = ""
    origin: str = ""
    where: Address | None = None
    about: str = ""


def line_of(happening: Happening, key: bytes, *, moment: str, request: str = "") -> dict[str, str]:
    """Return the members of a line of the audit log, each on one line of printable text; empty ones are left out.

    Users are keyed digests: with the key in hand one can be looked for, without it none can be guessed.
    """
    values = {
        "at": moment,
        "event": happening.event.value,
        "outcome": "granted" if happening.granted else "refused",
        "reason": happening.reason,
        "who": who_of(key, happening.provider, happening.user) if happening.user else "",
        "policy": happening.policy,
        "origin": happening.origin,
        "network": network_class(happening.where) if request else "",
        "about": happening.about,
        "request": request,
    }
    return {name: plain(value)[:_LONGEST] for name, value in values.items() if value}


def who_of(key: bytes, provider: str, user: str) -> str:
    """Return what stands for a user in the audit log: 16 hex digits, the same every time while the key is the same."""
    return hmac.new(key, f"{len(provider)} {provider} {user}".encode(), sha256).hexdigest()[:_WHO_DIGITS]


def network_class(where: Address | None) -> str:
    """Return the kind of network that an address is of: it says inside or outside, and not whose it is."""
    if where is None:
        return "unknown"
    kind = "loopback" if where.is_loopback else "private" if where.is_private else "public"
    return f"{kind} IPv{where.version}"
