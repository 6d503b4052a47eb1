"""The gateway with a certificate, and what single sign-on needs of it: one address, inside and outside."""

import http.client
import os
import re
import ssl
from pathlib import Path

import pytest
import trustme

from tests.compose.installation import Installation, variables_of, wait_until
from tests.conftest import ROOT

_ISSUER = "https://lectern.localhost:8080/sso/realms/lectern"


@pytest.fixture(scope="module")
def tls(installation: Installation, secrets: Path) -> Installation:
    """Return an installation with the variables of the profile `sso`, without Keycloak, and a certificate of a test."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "lectern.localhost")
    authority.cert_pem.write_to_path(secrets / "authority")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(secrets / "certificate", append=True)
    issued.private_key_pem.write_to_path(secrets / "key")
    (secrets / "sso-client").write_text("f7c0b1d29e3a4b5c6d7e8f9a0b1c2d3e\n")
    for name, owner in (("key", 101), ("sso-client", 10001)):
        (secrets / name).chmod(0o400)
        os.chown(secrets / name, owner, owner)
    given = variables_of(ROOT / "deploy/compose/sso.env")
    given |= {
        "TLS_CERTIFICATE": str(secrets / "certificate"),
        "TLS_KEY": str(secrets / "key"),
        "CA_CERTIFICATE": str(secrets / "authority"),
        "SSO_CLIENT": str(secrets / "sso-client"),
        "COMPOSE_PROFILES": "",
        "FRONT_PROXY": "0.0.0.0/0",
    }
    one = installation.with_variables(**given)
    one.compose("up", "-d", "gateway", "auth", "portal")
    wait_until(lambda: _ask(one, secrets, "/")[0] == 200)
    return one


def _ask(
    installation: Installation, secrets: Path, path: str, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    trust = ssl.create_default_context(cafile=str(secrets / "authority"))
    connection = http.client.HTTPSConnection("localhost", installation.port, context=trust, timeout=20)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    except OSError:
        return 0, http.client.HTTPMessage(), b""
    finally:
        connection.close()


def test_the_gateway_speaks_tls_with_the_certificate_it_is_given(tls: Installation, secrets: Path):
    status, _, body = _ask(tls, secrets, "/")
    assert status == 200
    assert b"</html>" in body


def test_behind_a_stated_proxy_a_reader_has_his_own_address(tls: Installation, secrets: Path):
    assert _ask(tls, secrets, "/objects/nothing", X_Forwarded_For="203.0.113.9")[0] == 404
    log = tls.engine("logs", tls.container("gateway"))
    assert re.search(r'^203\.0\.113\.9 .*"GET /objects/nothing" 404', log, re.M)


def test_who_comes_by_plain_http_is_sent_to_https(tls: Installation):
    connection = http.client.HTTPConnection("localhost", tls.port, timeout=20)
    connection.request("GET", "/objects/almanac?x=1")
    response = connection.getresponse()
    assert (response.status, response.headers["Location"]) == (301, f"https://localhost:{tls.port}/objects/almanac?x=1")
    connection.close()


def test_the_issuer_has_one_address_inside_and_outside(tls: Installation, secrets: Path):
    outside, _, body = _ask(tls, secrets, "/sso/realms/lectern/.well-known/openid-configuration")
    assert outside == 503, body  # the gateway's own answer: no Keycloak is here
    asked = f"import requests; print(requests.get('{_ISSUER}/.well-known/openid-configuration', timeout=9).status_code)"
    assert tls.inside("auth", "python", "-c", asked).strip() == "503"


@pytest.mark.parametrize("path", ["/sso/admin/", "/sso/", "/sso/health", "/sso/realms/master/"])
def test_the_console_of_the_identity_provider_is_not_for_the_world(tls: Installation, secrets: Path, path: str):
    assert _ask(tls, secrets, path)[0] == 404


def test_the_provider_of_the_profile_is_known_with_its_secret(tls: Installation):
    asked = (
        "from lectern.settings import load_settings; sso = load_settings().providers['sso'];"
        "print(sso.issuer, len(sso.client_secret.get_secret_value()), sso.roles_path)"
    )
    assert tls.inside("auth", "python", "-c", asked).strip() == f"{_ISSUER} 32 ('realm_access', 'roles')"


def test_th_102_no_secret_is_in_the_environment_of_a_container(tls: Installation, secrets: Path):
    hidden = [(secrets / name).read_text().strip() for name in ("key", "sso-client")]
    for name in ("gateway", "auth", "portal"):
        shown = str(tls.inspect(name)) + tls.inside(name, "cat", "/proc/1/environ")
        assert not [value for value in hidden if value in shown]
