"""Signed tokens of a provider (JWS): opened by a known key and an algorithm of our list, or refused (TH-42, TH-43)."""

import binascii
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey
from joserfc.util import urlsafe_b64decode

from auth.oidc.problems import Refused
from auth.oidc.words import read_object

LONGEST_TOKEN = 16_384
_MOST_KEYS = 100
_LEAST_RSA_BITS = 2048
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# Which keys an algorithm may meet: a public key is never taken for a shared secret, nor one curve for another.
_KEYS: Mapping[str, tuple[str, str]] = {
    "RS256": ("RSA", ""),
    "PS256": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}


class _Registry(jws.JWSRegistry):
    """The library's rules, for headers as long as tokens may be, and without its warning that EdDSA has a new name."""

    max_header_length = LONGEST_TOKEN

    def get_alg(self, name: str) -> Any:
        if not self.allowed or name not in self.allowed:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return self.algorithms[name]


@dataclass(frozen=True, slots=True)
class Signed:
    """A token whose form was looked at, and whose signature was not: its header, and its text as it came."""

    header: dict[str, Any]
    text: str

    @property
    def algorithm(self) -> str:
        """Return the name of its algorithm."""
        return str(self.header["alg"])

    @property
    def kid(self) -> str | None:
        """Return the name of its key, None if it names none."""
        value: str | None = self.header.get("kid")
        return value


def read_signed(text: object, algorithms: Collection[str]) -> Signed:
    """Return a token with its header; raises Refused for what is too long, encrypted, unsigned or demands something."""
    if not isinstance(text, str) or len(text) > LONGEST_TOKEN:
        raise Refused("the token is missing or too long")
    if _COMPACT.fullmatch(text) is None:
        raise Refused("the token is encrypted, unsigned or no token")
    try:
        header = read_object(urlsafe_b64decode(text.partition(".")[0].encode()), "the token's header")
    except binascii.Error as error:
        raise Refused("the token's header is no base64url") from error
    if header.get("alg") not in algorithms:
        raise Refused("the token's algorithm is not admitted")
    # What must be understood is refused unread; so are keys that a token brings along.
    if header.keys() & {"crit", "b64", "zip", "enc"}:
        raise Refused("the token demands what is not understood here")
    if not isinstance(header.get("kid", ""), str) or not isinstance(header.get("typ", ""), str):
        raise Refused("the token's header is malformed")
    return Signed(header, text)


def claims_of(token: Signed, keys: Iterable[Key]) -> dict[str, Any]:
    """Return a token's claims; raises Refused unless one of the keys has signed it."""
    registry = _Registry(algorithms=[token.algorithm], strict_check_header=False)
    for key in keys:
        try:
            opened = jws.deserialize_compact(token.text, key, registry=registry)
        except (JoseError, ValueError):
            continue
        return read_object(opened.payload or b"", "the token")
    raise Refused("the token's signature is not the provider's")


def read_keys(document: Mapping[str, Any]) -> tuple[Key, ...]:
    """Return the public keys of a key set that can have signed something; raises Refused if it is no key set.

    Keys that are not understood, shared secrets among them, are left out.
    """
    entries = document.get("keys")
    if not isinstance(entries, list) or len(entries) > _MOST_KEYS:
        raise Refused("the key set is none")
    return tuple(key for entry in entries if (key := _key(entry)) is not None)


def _key(entry: object) -> Key | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or entry.get("kty") == "oct":
        return None
    if not isinstance(entry.get("kid", ""), str) or "verify" not in entry.get("key_ops", ["verify"]):
        return None
    try:
        key = JWKRegistry.import_key(entry)
    except Exception:  # whatever a broken key does to the library, it is one key less
        return None
    if isinstance(key, RSAKey) and key.raw_value.key_size < _LEAST_RSA_BITS:
        return None
    return key


def fitting(keys: Iterable[Key], token: Signed) -> list[Key]:
    """Return the keys that a token names, or that can have signed one that names none: of its kind, curve and use."""
    kind, curve = _KEYS[token.algorithm]
    return [
        key
        for key in keys
        if key.key_type == kind
        and (not curve or (isinstance(key, ECKey | OKPKey) and key.curve_name == curve))
        and key.get("alg", token.algorithm) == token.algorithm
        and (token.kid is None or key.get("kid") == token.kid)
    ]
