"""A provider that is slow, down, hostile, or changes its keys (TH-40, TH-45, TH-46)."""

import base64
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from auth.oidc.peer import KEYS_LIFE, METADATA_LIFE, REFETCH, RETRY, Peer
from auth.oidc.problems import ProviderUnavailable, Refused
from tests.auth.oidc.conftest import Identify
from tests.clock import SetClock
from tests.hostile_provider import CLIENT, CLIENT_SECRET, EC, NONCE, RSA, STRANGE, Answer, HostileProvider, signed

DISCOVERY = "/.well-known/openid-configuration"
_URI = "https://books.example.org/auth/callback/sso"


def _exchange(peer: Peer) -> Any:
    return peer.identify(code="a code", verifier="v" * 64, nonce=NONCE, redirect_uri=_URI)


def test_th_39_40_41_the_provider_is_sent_state_nonce_and_an_s256_challenge(provider: HostileProvider, peer: Peer):
    provider.metadata["authorization_endpoint"] += "?tenant=1"
    provider.metadata["code_challenge_methods_supported"] = ["plain"]  # no reason to be content with less
    url = peer.sign_in_url(state="s t", nonce="n", verifier="v" * 64, redirect_uri=_URI)
    sent = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert sent == {
        "tenant": "1",
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": _URI,
        "scope": "openid profile",
        "state": "s t",
        "nonce": "n",
        "code_challenge": create_s256_code_challenge("v" * 64),
        "code_challenge_method": "S256",
    }


def test_th_40_the_code_is_exchanged_with_the_verifier_and_the_secret(provider: HostileProvider, identify: Identify):
    identify(signed(provider.claims()))
    form = provider.forms[-1]
    assert form["code_verifier"] == ["v" * 64]
    assert form["grant_type"] == ["authorization_code"]
    assert "client_secret" not in form


def test_the_secret_goes_in_the_form_if_the_provider_wants_it_there(provider: HostileProvider, identify: Identify):
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    identify(signed(provider.claims()))
    assert provider.forms[-1]["client_secret"] == [CLIENT_SECRET]


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks", "/token"])
def test_th_45_nobody_waits_long_for_a_slow_provider(
    provider: HostileProvider, make_peer: Callable[..., Peer], path: str
):
    provider.delays[path] = 2
    provider.id_token = signed(provider.claims())
    with pytest.raises(ProviderUnavailable, match="Timeout"):
        _exchange(make_peer(timeout=0.2))


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks", "/token"])
@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_th_45_an_answer_that_trickles_ends_in_time(
    provider: HostileProvider, make_peer: Callable[..., Peer], path: str, head: bytes
):
    provider.id_token = signed(provider.claims())
    provider.trickles[path] = head
    with pytest.raises(ProviderUnavailable, match="too slowly"):
        _exchange(make_peer(timeout=0.5))


def test_th_45_nobody_waits_long_for_what_somebody_else_has_asked(
    provider: HostileProvider, make_peer: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("auth.oidc.peer.PATIENCE", 0.01)
    asked, answers = threading.Event(), threading.Event()

    def late() -> Answer:
        asked.set()
        answers.wait(60)
        return 200, {}, json.dumps(provider.metadata).encode()

    provider.answers[DISCOVERY] = late
    peer = make_peer(timeout=30)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(peer.metadata)
        assert asked.wait(60)
        with pytest.raises(ProviderUnavailable, match="somebody else"):
            peer.metadata()
        answers.set()
        assert first.result(60).issuer == provider.issuer
    assert peer.metadata().issuer == provider.issuer


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks", "/token"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_th_45_no_redirect_is_followed(provider: HostileProvider, peer: Peer, path: str, status: int):
    provider.answers[path] = lambda: (status, {"Location": f"{provider.issuer}/elsewhere"}, b"")
    provider.id_token = signed(provider.claims())
    with pytest.raises(Refused, match="redirects"):
        _exchange(peer)
    assert provider.asked["/elsewhere"] == 0


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks", "/token"])
def test_th_45_a_long_answer_is_not_read(provider: HostileProvider, peer: Peer, path: str):
    provider.answers[path] = lambda: (200, {}, b'{"a": "' + b"x" * 300_000 + b'"}')
    provider.id_token = signed(provider.claims())
    with pytest.raises(Refused, match="too long"):
        _exchange(peer)


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks", "/token"])
@pytest.mark.parametrize("status", [404, 500, 503])
def test_th_45_an_error_of_the_provider_is_told_as_one(provider: HostileProvider, peer: Peer, path: str, status: int):
    provider.answers[path] = lambda: (status, {}, b"<h1>down</h1>")
    provider.id_token = signed(provider.claims())
    with pytest.raises((ProviderUnavailable, Refused)):
        _exchange(peer)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b'"text"', b"{}", b'{"id_token": 7}', b'{"error": "invalid_grant"}']
)
def test_th_45_an_answer_for_a_code_that_is_none_is_refused(provider: HostileProvider, peer: Peer, body: bytes):
    provider.answers["/token"] = lambda: (200, {"Content-Type": "application/json"}, body)
    with pytest.raises(Refused):
        _exchange(peer)


def test_th_45_a_provider_that_was_down_is_asked_again_after_a_while(
    provider: HostileProvider, peer: Peer, clock: SetClock
):
    provider.answers[DISCOVERY] = lambda: (503, {}, b"")
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            peer.metadata()
    assert provider.asked[DISCOVERY] == 1
    del provider.answers[DISCOVERY]
    clock.move(RETRY)
    assert peer.metadata().issuer == provider.issuer


def test_the_discovery_document_is_read_once_an_hour(provider: HostileProvider, peer: Peer, clock: SetClock):
    for _ in range(3):
        peer.metadata()
    assert provider.asked[DISCOVERY] == 1
    clock.move(METADATA_LIFE)
    provider.metadata["issuer"] = "https://evil.example"
    with pytest.raises(Refused):
        peer.metadata()


def test_th_45_random_key_ids_do_not_make_us_hammer_the_provider(
    provider: HostileProvider, identify: Identify, clock: SetClock
):
    identify(signed(provider.claims()))
    for number in range(20):
        with pytest.raises(Refused):
            identify(signed(provider.claims(), key=STRANGE, kid=f"random {number}"))
        clock.move(REFETCH // 20)
    assert provider.asked["/jwks"] <= 2


def test_th_46_a_new_key_costs_one_look_and_the_old_one_is_refused(
    provider: HostileProvider, identify: Identify, clock: SetClock
):
    identify(signed(provider.claims()))
    clock.move(REFETCH)
    provider.keys = [STRANGE.as_dict(private=False)]
    assert identify(signed(provider.claims(), key=STRANGE)).user == "ann"
    assert provider.asked["/jwks"] == 2
    with pytest.raises(Refused):
        identify(signed(provider.claims()))


def test_th_46_a_key_that_is_gone_is_not_believed_for_long(
    provider: HostileProvider, identify: Identify, clock: SetClock
):
    identify(signed(provider.claims()))
    provider.keys = [EC.as_dict(private=False)]
    clock.move(KEYS_LIFE)
    with pytest.raises(Refused):
        identify(signed(provider.claims()))


def test_th_46_a_key_without_a_name_is_changed_too(provider: HostileProvider, identify: Identify, clock: SetClock):
    def unnamed(key: Any) -> dict[str, Any]:
        return {name: value for name, value in key.as_dict(private=False).items() if name in {"kty", "n", "e"}}

    provider.keys = [unnamed(RSA)]
    assert identify(signed(provider.claims(), kid=None)).user == "ann"
    provider.keys = [unnamed(STRANGE)]
    clock.move(REFETCH)
    assert identify(signed(provider.claims(), key=STRANGE, kid=None)).user == "ann"


@pytest.mark.parametrize(
    "keys",
    [
        None,
        "keys",
        [],
        [7, None, "x", {}],
        [{"kty": "oct", "k": base64.urlsafe_b64encode(b"s" * 32).decode(), "kid": "rsa"}],
        [{"kty": "RSA", "kid": "rsa"}],
        [{"kty": "RSA", "kid": "rsa", "n": "AQAB", "e": "AQAB"}],
        [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "rsa"}],
        [{**RSA.as_dict(private=False), "use": "enc"}],
        [{**RSA.as_dict(private=False), "alg": "RS512"}],
        [{**RSA.as_dict(private=False), "key_ops": ["encrypt"]}],
        [{**RSA.as_dict(private=False), "kid": 7}],
    ],
    ids=range(12),
)
def test_th_42_a_key_set_without_a_key_that_fits_opens_nothing(
    provider: HostileProvider, identify: Identify, keys: Any
):
    provider.keys = keys
    with pytest.raises(Refused):
        identify(signed(provider.claims()))


def test_a_strange_key_beside_the_right_one_does_no_harm(provider: HostileProvider, identify: Identify):
    provider.keys = [{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}, {"kty": "RSA", "n": 7}, *provider.keys]
    assert identify(signed(provider.claims())).user == "ann"


def test_th_102_no_secret_is_in_a_reason(provider: HostileProvider, peer: Peer):
    provider.answers["/token"] = lambda: (401, {"Content-Type": "application/json"}, b'{"error": "invalid_client"}')
    with pytest.raises(Refused) as refused:
        _exchange(peer)
    assert CLIENT_SECRET not in f"{refused.value!r} {refused.value}"
    assert CLIENT_SECRET not in repr(peer.provider)
