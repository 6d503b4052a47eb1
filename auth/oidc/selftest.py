"""A start without this is refused: are unsigned and wrongly signed tokens still refused by the libraries? (TH-104)."""

import hmac
import json
from base64 import urlsafe_b64encode

from joserfc import jws
from joserfc.jwk import ECKey

from auth.oidc.problems import Refused
from auth.oidc.signed import Signed, claims_of, read_signed
from lectern.errors import ConfigurationError

_OURS = ("RS256", "ES256", "PS256", "EdDSA")


def prove_guards() -> None:
    """Return if no token gets in that is unsigned, signed with a public key, or with another's; else raise.

    Raises ConfigurationError: whatever library was installed, nobody may sign in with it.
    """
    key, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    good = jws.serialize_compact({"alg": "ES256"}, b"{}", key, algorithms=["ES256"])
    claims_of(read_signed(good, _OURS), [key])
    unsigned = f"{_part({'alg': 'none'})}.{_part({})}"
    shared = f"{_part({'alg': 'HS256'})}.{_part({})}"
    mac = hmac.digest(key.as_pem(private=False), shared.encode(), "sha256")
    forged = [
        (f"{unsigned}.", "none"),
        (f"{unsigned}.AAAA", "none"),
        (f"{shared}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}", "HS256"),
        (jws.serialize_compact({"alg": "ES256"}, b"{}", other, algorithms=["ES256"]), "ES256"),
    ]
    for token, algorithm in forged:
        # Both lines of defence are tried, each without the other.
        if _opens(token, key, _OURS) or _opens_unguarded(token, algorithm, key):
            raise ConfigurationError(
                "A forged token of an OpenID provider would be believed.",
                "Install the pinned versions of authlib and joserfc (requirements.lock).",
            )


def _opens(token: str, key: ECKey, algorithms: tuple[str, ...]) -> bool:
    try:
        claims_of(read_signed(token, algorithms), [key])
    except Refused:
        return False
    return True


def _opens_unguarded(token: str, algorithm: str, key: ECKey) -> bool:
    """Return whether the library opens a token with an elliptic key when nobody has looked at its header before."""
    if algorithm == "none":  # the library does not look at a signature then: our list alone stands before it
        return False
    try:
        claims_of(Signed({"alg": algorithm}, token), [key])
    except Refused:
        return False
    return True


def _part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
