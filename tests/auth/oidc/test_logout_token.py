"""Hostile logout tokens are refused, good ones say whose sessions are over (TH-50)."""

from collections.abc import Callable

import pytest

from auth.oidc.logout_token import LIFE
from auth.oidc.peer import Peer
from auth.oidc.problems import Refused
from tests.clock import SetClock
from tests.hostile_provider import (
    CLIENT,
    CLIENT_SECRET,
    EVENT,
    NONCE,
    STRANGE,
    HostileProvider,
    encoded,
    forged,
    signed,
)

Mint = Callable[[HostileProvider], object]

HOSTILE: dict[str, Mint] = {
    "no token": lambda p: None,
    "text": lambda p: "x",
    "none": lambda p: f"{encoded({'alg': 'none'})}.{encoded(p.farewell())}.",
    "HS256 with the client secret": lambda p: forged(p.farewell(), CLIENT_SECRET.encode()),
    "another's key": lambda p: signed(p.farewell(), key=STRANGE, kid="rsa"),
    "an id_token": lambda p: signed(p.claims()),
    "an id_token without nonce": lambda p: signed(p.claims(nonce=None, jti="1")),
    "with a nonce": lambda p: signed(p.farewell(nonce=NONCE)),
    "with an empty nonce": lambda p: signed(p.farewell(nonce="")),
    "no events": lambda p: signed(p.farewell(events=None)),
    "events in a list": lambda p: signed(p.farewell(events=[EVENT])),
    "another event": lambda p: signed(p.farewell(events={"https://example.org/event": {}})),
    "event that is no object": lambda p: signed(p.farewell(events={EVENT: True})),
    "another issuer": lambda p: signed(p.farewell(iss="https://evil.example")),
    "another audience": lambda p: signed(p.farewell(aud="other")),
    "audiences without azp": lambda p: signed(p.farewell(aud=[CLIENT, "other"])),
    "no iat": lambda p: signed(p.farewell(iat=None)),
    "iat in the future": lambda p: signed(p.farewell(iat=int(p.clock().timestamp()) + 61)),
    "old": lambda p: signed(p.farewell(iat=int(p.clock().timestamp()) - LIFE - 60)),
    "expired": lambda p: signed(p.farewell(exp=int(p.clock().timestamp()) - 60)),
    "exp a text": lambda p: signed(p.farewell(exp="later")),
    "no jti": lambda p: signed(p.farewell(jti=None)),
    "jti a number": lambda p: signed(p.farewell(jti=7)),
    "nobody": lambda p: signed(p.farewell(sub=None)),
    "sub a number": lambda p: signed(p.farewell(sub=7)),
    "sid in a list": lambda p: signed(p.farewell(sid=["s"])),
    "empty sid": lambda p: signed(p.farewell(sid="")),
    "typed as an access token": lambda p: signed(p.farewell(), typ="at+jwt"),
    "too long": lambda p: signed(p.farewell(padding="x" * 16_384)),
    "crit": lambda p: signed(p.farewell(), crit=["b64"], b64=True),
}


@pytest.mark.parametrize("listed", [["RS256"], ["none", "HS256", "RS256"]], ids=["honest", "lists none and HS256"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_th_50_a_hostile_logout_token_is_refused(provider: HostileProvider, peer: Peer, kind: str, listed: list[str]):
    provider.metadata["id_token_signing_alg_values_supported"] = listed
    with pytest.raises(Refused):
        peer.logout_token(HOSTILE[kind](provider))


@pytest.mark.parametrize("typ", ["logout+jwt", "JWT", None])
@pytest.mark.parametrize("said", [{}, {"sid": "s"}, {"sub": None, "sid": "s"}, {"exp": None}], ids=str)
def test_th_50_a_good_logout_token_says_who(provider: HostileProvider, peer: Peer, said, typ: str | None):
    about = peer.logout_token(signed(provider.farewell(**said), typ=typ))
    assert (about.jti, about.sub, about.sid) == ("1", "" if "sub" in said else "ann", said.get("sid", ""))


def test_th_50_it_is_remembered_for_as_long_as_it_could_be_shown(
    provider: HostileProvider, peer: Peer, clock: SetClock
):
    token = signed(provider.farewell(exp=None))
    ends = peer.logout_token(token).ends
    clock.move(ends - int(clock().timestamp()) - 1)
    with pytest.raises(Refused):
        peer.logout_token(token)


def test_th_50_a_logout_token_is_no_id_token(provider: HostileProvider, peer: Peer):
    provider.id_token = signed(provider.farewell(nonce=NONCE))
    with pytest.raises(Refused):
        peer.identify(code="c", verifier="v" * 64, nonce=NONCE, redirect_uri="https://books.example.org/c")
