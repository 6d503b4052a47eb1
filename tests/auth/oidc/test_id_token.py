"""Hostile id_tokens, each under several claims of the provider about what it signs with: all are refused (TH-42)."""

import json
from collections.abc import Callable

import pytest

from auth.oidc.problems import Refused
from tests.auth.oidc.conftest import Identify
from tests.clock import SetClock
from tests.hostile_provider import (
    ACCESS_TOKEN,
    CLIENT,
    CLIENT_SECRET,
    EC,
    EVENT,
    RSA,
    STRANGE,
    UNNAMED,
    HostileProvider,
    encoded,
    forged,
    half_hash,
    signed,
)

# What the discovery document lists, honest or not.
LISTS: dict[str, list[str]] = {
    "honest": ["RS256", "ES256", "PS256", "EdDSA"],
    "lists none": ["none", "RS256"],
    "lists HS256": ["HS256", "RS256"],
    "lists everything": ["none", "HS256", "HS384", "HS512", "RS256", "RS512", "ES256", "PS256", "EdDSA"],
}

Mint = Callable[[HostileProvider], object]


def _now(p: HostileProvider) -> int:
    return int(p.clock().timestamp())


def _tampered(p: HostileProvider) -> str:
    head, _, mac = signed(p.claims()).split(".")
    return f"{head}.{encoded(p.claims(sub='root'))}.{mac}"


def _without_signature(p: HostileProvider) -> str:
    return signed(p.claims()).rpartition(".")[0] + "."


def _doubled(p: HostileProvider) -> str:
    text = json.dumps(p.claims())
    return signed(f'{{"sub": "root", {text[1:]}'.encode())


HOSTILE: dict[str, Mint] = {
    "no token": lambda p: None,
    "a number": lambda p: 7,
    "a list": lambda p: [signed(p.claims())],
    "empty": lambda p: "",
    "text": lambda p: "not.a.token",
    "none": lambda p: f"{encoded({'alg': 'none'})}.{encoded(p.claims())}.",
    "none with a signature": lambda p: f"{encoded({'alg': 'none', 'kid': 'rsa'})}.{encoded(p.claims())}.AAAA",
    "None in other case": lambda p: f"{encoded({'alg': 'NoNe'})}.{encoded(p.claims())}.AAAA",
    "no alg": lambda p: f"{encoded({'kid': 'rsa'})}.{encoded(p.claims())}.AAAA",
    "alg that is a list": lambda p: f"{encoded({'alg': 'RS256 none'})}.{encoded(p.claims())}.AAAA",
    "HS256 with the public key as PEM": lambda p: forged(p.claims(), RSA.as_pem(private=False), kid="rsa"),
    "HS256 with the public key as DER": lambda p: forged(p.claims(), RSA.as_der(private=False), kid="rsa"),
    "HS256 with the client secret": lambda p: forged(p.claims(), CLIENT_SECRET.encode()),
    "HS256 with nothing": lambda p: forged(p.claims(), b""),
    "RS512": lambda p: signed(p.claims(), "RS512", UNNAMED),
    "signature stripped": _without_signature,
    "payload changed": _tampered,
    "unknown key": lambda p: signed(p.claims(), key=STRANGE),
    "another's key under a known name": lambda p: signed(p.claims(), key=STRANGE, kid="rsa"),
    "key of its own in the header": lambda p: signed(p.claims(), key=STRANGE, jwk=STRANGE.as_dict(private=False)),
    "key at an address in the header": lambda p: signed(p.claims(), key=STRANGE, jku=f"{p.issuer}/other"),
    "key of another kind": lambda p: signed(p.claims(), "ES256", EC, kid="rsa"),
    "kid that is a number": lambda p: f"{encoded({'alg': 'RS256', 'kid': 7})}.{encoded(p.claims())}.AAAA",
    "crit": lambda p: f"{encoded({'alg': 'RS256', 'kid': 'rsa', 'crit': ['x'], 'x': 1})}.{encoded(p.claims())}.AAAA",
    "crit that is known": lambda p: signed(p.claims(), crit=["b64"], b64=True),
    "encrypted": lambda p: f"{encoded({'alg': 'RSA-OAEP', 'enc': 'A256GCM'})}.AA.AA.AA.AA",
    "too long": lambda p: signed(p.claims(padding="x" * 16_384)),
    "no iss": lambda p: signed(p.claims(iss=None)),
    "another issuer": lambda p: signed(p.claims(iss="https://evil.example")),
    "issuer with a slash": lambda p: signed(p.claims(iss=p.issuer + "/")),
    "no aud": lambda p: signed(p.claims(aud=None)),
    "another audience": lambda p: signed(p.claims(aud="other")),
    "audience that holds our name": lambda p: signed(p.claims(aud="lectern-other")),
    "audience that is an object": lambda p: signed(p.claims(aud={CLIENT: 1})),
    "empty list of audiences": lambda p: signed(p.claims(aud=[])),
    "audiences without azp": lambda p: signed(p.claims(aud=[CLIENT, "other"])),
    "audiences with a foreign azp": lambda p: signed(p.claims(aud=[CLIENT, "other"], azp="other")),
    "a foreign azp": lambda p: signed(p.claims(azp="other")),
    "no exp": lambda p: signed(p.claims(exp=None)),
    "exp null": lambda p: signed(p.claims() | {"exp": None}),
    "exp a text": lambda p: signed(p.claims(exp="2099-01-01")),
    "exp true": lambda p: signed(p.claims(exp=True)),
    "exp endless": lambda p: signed(json.dumps(p.claims(exp=float("inf"))).encode()),
    "exp no number": lambda p: signed(json.dumps(p.claims(exp=float("nan"))).encode()),
    "expired": lambda p: signed(p.claims(exp=_now(p) - 60)),
    "no iat": lambda p: signed(p.claims(iat=None)),
    "iat in the future": lambda p: signed(p.claims(iat=_now(p) + 61)),
    "nbf in the future": lambda p: signed(p.claims(nbf=_now(p) + 61)),
    "nbf a text": lambda p: signed(p.claims(nbf="soon")),
    "no nonce": lambda p: signed(p.claims(nonce=None)),
    "another nonce": lambda p: signed(p.claims(nonce="another")),
    "nonce in a list": lambda p: signed(p.claims(nonce=["the nonce of this sign-in"])),
    "bad at_hash": lambda p: signed(p.claims(at_hash=half_hash("another token"))),
    "at_hash null": lambda p: signed(p.claims() | {"at_hash": None}),
    "at_hash a number": lambda p: signed(p.claims(at_hash=7)),
    "no sub": lambda p: signed(p.claims(sub=None)),
    "empty sub": lambda p: signed(p.claims(sub="")),
    "sub a number": lambda p: signed(p.claims(sub=7)),
    "sub too long": lambda p: signed(p.claims(sub="x" * 256)),
    "claims that are a list": lambda p: signed([p.claims()]),
    "claims that are no JSON": lambda p: signed(b"{"),
    "claims too deep": lambda p: signed(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "a claim twice": _doubled,
    "a logout token": lambda p: signed(p.farewell(nonce="the nonce of this sign-in")),
    "a token with events": lambda p: signed(p.claims(events={EVENT: {}})),
    "typed as a logout token": lambda p: signed(p.claims(), typ="logout+jwt"),
    "typed as an access token": lambda p: signed(p.claims(), typ="at+jwt"),
}


@pytest.mark.parametrize("listed", LISTS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_th_42_43_a_hostile_id_token_is_refused(provider: HostileProvider, identify: Identify, kind: str, listed: str):
    provider.metadata["id_token_signing_alg_values_supported"] = LISTS[listed]
    with pytest.raises(Refused):
        identify(HOSTILE[kind](provider))


@pytest.mark.parametrize("listed", LISTS)
@pytest.mark.parametrize(
    "good",
    [
        {},
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "other"], "azp": CLIENT},
        {"azp": CLIENT},
        {"at_hash": half_hash(ACCESS_TOKEN)},
        {"acr": "1", "sid": "s", "auth_time": 1},
    ],
    ids=str,
)
def test_th_42_a_good_id_token_is_believed(provider: HostileProvider, identify: Identify, good, listed: str):
    provider.metadata["id_token_signing_alg_values_supported"] = LISTS[listed]
    assert identify(signed(provider.claims(**good))).user == "ann"


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
def test_th_43_every_algorithm_of_our_list_is_understood(provider: HostileProvider, identify: Identify, alg: str):
    claims = provider.claims(at_hash=half_hash(ACCESS_TOKEN, alg))
    assert identify(signed(claims, alg)).user == "ann"


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
def test_th_42_100_the_leeway_ends_to_the_second(
    provider: HostileProvider, identify: Identify, clock: SetClock, claim: str
):
    now = _now(provider)
    at_the_edge = now - 59 if claim == "exp" else now + 60
    assert identify(signed(provider.claims(**{claim: at_the_edge}))).user == "ann"
    beyond = now - 60 if claim == "exp" else now + 61
    with pytest.raises(Refused, match="clock"):
        identify(signed(provider.claims(**{claim: beyond})))


def test_th_42_time_is_that_of_the_injected_clock(provider: HostileProvider, identify: Identify, clock: SetClock):
    token = signed(provider.claims())
    clock.move(3600)
    with pytest.raises(Refused, match="expired"):
        identify(token)
