"""The id_token: who has signed in, if every one of its claims bears it out (TH-41, TH-42)."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256, sha512
from hmac import compare_digest
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from auth.oidc.problems import Refused
from auth.oidc.signed import Signed
from auth.oidc.words import instant_of, text_of

_LONGEST_SUBJECT = 255
_HASHES = {"RS256": sha256, "PS256": sha256, "ES256": sha256, "EdDSA": sha512}
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say: who wrote it, and for whom; `now` in seconds since 1970 UTC, `leeway` in seconds."""

    issuer: str
    client_id: str
    now: int
    leeway: int
    nonce: str = ""
    access_token: str = ""


def check_id_token(token: Signed, claims: Mapping[str, Any], expected: Expected) -> None:
    """Return if the claims of an id_token hold; raises Refused.

    Authlib's own checks come first, ours after them: where it is content with less, or takes what is missing for
    what is right, these decide.
    """
    if token.header.get("typ", "JWT").upper() != "JWT" or "events" in claims:
        raise Refused("the token is no id_token")
    check_parties(claims, expected)
    check_times(claims, expected)
    text_of(dict(claims), "sub", longest=_LONGEST_SUBJECT)
    nonce = claims.get("nonce")
    if not expected.nonce or not isinstance(nonce, str) or not _same(nonce, expected.nonce):
        raise Refused("nonce is not ours")
    if "at_hash" in claims and not _same(claims["at_hash"], _half_hash(expected.access_token, token.algorithm)):
        raise Refused("at_hash is not that of the access token")
    _ask_authlib(token, claims, expected)


def check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    """Return if a token is from the issuer and for us; raises Refused. Of several audiences `azp` names us."""
    if claims.get("iss") != expected.issuer:
        raise Refused("iss is another issuer")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not all(isinstance(entry, str) for entry in audiences):
        raise Refused("aud is missing or malformed")
    if expected.client_id not in audiences:
        raise Refused("aud is somebody else")
    if "azp" in claims and claims["azp"] != expected.client_id:
        raise Refused("azp is somebody else")
    if len(audiences) > 1 and "azp" not in claims:
        raise Refused("there are several audiences and no azp")


def check_times(claims: Mapping[str, Any], expected: Expected) -> None:
    """Return if a token holds now, give or take the leeway; raises Refused (TH-100)."""
    document = dict(claims)
    expires, issued, begins = (instant_of(document, name) for name in ("exp", "iat", "nbf"))
    if expires is None or issued is None:
        raise Refused("exp or iat is missing")
    if expected.now >= expires + expected.leeway:
        raise Refused("the token has expired; are both clocks right?")
    if issued > expected.now + expected.leeway or (begins or 0) > expected.now + expected.leeway:
        raise Refused("the token is from the future; are both clocks right?")


def _ask_authlib(token: Signed, claims: Mapping[str, Any], expected: Expected) -> None:
    options = {
        "iss": {"essential": True, "values": [expected.issuer]},
        "aud": {"essential": True, "values": [expected.client_id]},
        "nonce": {"essential": True, "values": [expected.nonce]},
    }
    params = {"client_id": expected.client_id, "nonce": expected.nonce}
    try:
        # One second more than our own leeway, which has decided already: where exactly it ends is said above.
        CodeIDToken(dict(claims), token.header, options, params).validate(expected.now, expected.leeway + 1)
    except (JoseError, ValueError, TypeError) as error:
        raise Refused("Authlib refuses the id_token's claims") from error


def _half_hash(text: str, algorithm: str) -> str:
    digest = _HASHES[algorithm](text.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _same(one: object, other: str) -> bool:
    return isinstance(one, str) and compare_digest(one.encode("utf-8", "replace"), other.encode())
