"""Hostile discovery documents: the issuer is compared, endpoints are safe, algorithms only narrow (TH-43, TH-44)."""

from collections.abc import Callable
from typing import Any

import pytest

from auth.oidc.metadata import discovery_url, read_metadata
from auth.oidc.peer import Peer
from auth.oidc.problems import Refused
from tests.hostile_provider import HostileProvider

_SAFE = "https://login.example.org/realms/library"


def document(**changed: Any) -> dict[str, Any]:
    found = {
        "issuer": _SAFE,
        "authorization_endpoint": f"{_SAFE}/auth",
        "token_endpoint": "https://tokens.example.org/token?tenant=1",
        "jwks_uri": f"{_SAFE}/keys",
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return {name: value for name, value in {**found, **changed}.items() if value is not None}


HOSTILE: dict[str, dict[str, Any]] = {
    "no issuer": {"issuer": None},
    "another issuer": {"issuer": "https://evil.example"},
    "issuer with a slash": {"issuer": _SAFE + "/"},
    "issuer in capitals": {"issuer": _SAFE.upper()},
    "issuer in a list": {"issuer": [_SAFE]},
    "plain token endpoint": {"token_endpoint": "http://login.example.org/token"},
    "token endpoint here": {"token_endpoint": "http://127.0.0.1:8080/token"},
    "keys at a file": {"jwks_uri": "file:///etc/passwd"},
    "keys at nothing": {"jwks_uri": None},
    "keys at a relative address": {"jwks_uri": "/keys"},
    "keys at a number": {"jwks_uri": 7},
    "script as the sign-in page": {"authorization_endpoint": "javascript:alert(1)"},
    "a name before the host": {"authorization_endpoint": "https://login.example.org@evil.example/"},
    "a backslash": {"authorization_endpoint": "https://evil.example\\@login.example.org/"},
    "a fragment": {"authorization_endpoint": f"{_SAFE}/auth#x"},
    "a line break": {"authorization_endpoint": f"{_SAFE}/auth\r\nSet-Cookie: a=b"},
    "a port that is none": {"token_endpoint": "https://login.example.org:99999/"},
    "no host": {"token_endpoint": "https:///token"},
    "plain sign-out": {"end_session_endpoint": "http://login.example.org/out"},
    "sign-out that is null": {"end_session_endpoint": []},
    "none alone": {"id_token_signing_alg_values_supported": ["none"]},
    "HS256 alone": {"id_token_signing_alg_values_supported": ["HS256"]},
    "no algorithm": {"id_token_signing_alg_values_supported": []},
    "algorithms as a text": {"id_token_signing_alg_values_supported": "RS256"},
    "algorithms of numbers": {"id_token_signing_alg_values_supported": [256]},
    "no way to show a secret": {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
}


def settings(provider: HostileProvider, **changed: Any):
    return provider.settings(issuer=_SAFE, **changed)


@pytest.mark.parametrize("kind", HOSTILE)
def test_th_43_44_a_hostile_discovery_document_is_refused(provider: HostileProvider, kind: str):
    with pytest.raises(Refused):
        read_metadata(document(**HOSTILE[kind]), settings(provider))


def test_th_44_a_good_discovery_document_is_believed(provider: HostileProvider):
    found = read_metadata(document(), settings(provider))
    assert found.token_endpoint == "https://tokens.example.org/token?tenant=1"
    assert found.algorithms == {"RS256"}
    assert not found.says_issuer
    assert found.end_session_endpoint == ""


def test_th_43_the_document_narrows_the_list_of_the_settings_and_never_widens_it(provider: HostileProvider):
    everything = ["none", "HS256", "RS256", "RS512", "ES256"]
    found = read_metadata(document(id_token_signing_alg_values_supported=everything), settings(provider))
    assert found.algorithms == {"RS256", "ES256"}
    narrow = settings(provider, algorithms=("ES256",))
    assert read_metadata(document(id_token_signing_alg_values_supported=everything), narrow).algorithms == {"ES256"}
    with pytest.raises(Refused, match="in common"):
        read_metadata(document(), narrow)


def test_a_provider_that_names_no_algorithm_uses_rs256(provider: HostileProvider):
    found = read_metadata(document(id_token_signing_alg_values_supported=None), settings(provider))
    assert found.algorithms == {"RS256"}


def test_the_secret_goes_into_the_form_only_where_the_header_is_not_taken(provider: HostileProvider):
    posts = document(token_endpoint_auth_methods_supported=["client_secret_post"])
    both = document(token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"])
    assert read_metadata(posts, settings(provider)).secret_in_body
    assert not read_metadata(both, settings(provider)).secret_in_body


def test_the_document_is_where_the_issuer_says():
    assert discovery_url("https://a.example/x/") == "https://a.example/x/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"<html>", b'{"issuer":1,"issuer":2}', b'{"a":NaN}', b"[" * 50_000, b"\xff\xfe", b'{"a":'],
)
def test_th_45_a_document_that_is_none_is_refused(provider: HostileProvider, peer: Peer, body: bytes):
    provider.answers["/.well-known/openid-configuration"] = lambda: (200, {}, body)
    with pytest.raises(Refused):
        peer.metadata()


@pytest.mark.parametrize("said", [None, "https://evil.example", "ISSUER/", ""])
def test_th_44_a_callback_of_another_issuer_is_refused(
    provider: HostileProvider, make_peer: Callable[..., Peer], said: str | None
):
    provider.metadata["authorization_response_iss_parameter_supported"] = True
    peer = make_peer()
    peer.check_issuer(provider.issuer)
    with pytest.raises(Refused):
        peer.check_issuer(said.replace("ISSUER", provider.issuer) if said else said)


def test_th_44_an_issuer_that_was_not_announced_is_compared_if_it_comes(provider: HostileProvider, peer: Peer):
    peer.check_issuer(None)
    peer.check_issuer(provider.issuer)
    with pytest.raises(Refused):
        peer.check_issuer("https://evil.example")
