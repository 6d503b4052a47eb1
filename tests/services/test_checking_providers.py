"""`lectern check --online` says when a provider does not answer, or is another than the settings say (TH-44)."""

import pytest
from click.testing import CliRunner

from lectern.clock import utc_now
from services.cli import main
from services.starting import require_startable
from tests.hostile_provider import CLIENT_SECRET, HostileProvider, hostile_provider


@pytest.fixture
def provider():
    with hostile_provider(utc_now) as found:
        yield found


def check(home, provider: HostileProvider, *options: str, line: str = f'client_secret = "{CLIENT_SECRET}"') -> str:
    (home / "lectern.toml").write_text(
        f'[providers.sso]\nkind = "oidc"\nissuer = "{provider.issuer}"\nclient_id = "lectern"\n{line}\n'
    )
    return CliRunner().invoke(main, ["--home", str(home), "check", *options]).output


def test_a_good_provider_is_no_finding(tmp_path, provider: HostileProvider):
    assert "Provider sso" not in check(tmp_path, provider, "--online")
    assert provider.asked["/jwks"] == 1


def test_th_44_another_issuer_is_told(tmp_path, provider: HostileProvider):
    provider.metadata["issuer"] += "/"
    found = check(tmp_path, provider, "--online")
    assert "error: Provider sso: the issuer of the discovery document is not the one" in found
    assert f"{provider.issuer}/.well-known/openid-configuration" in found


def test_th_45_a_provider_that_does_not_answer_is_told(tmp_path, provider: HostileProvider):
    provider.answers["/jwks"] = lambda: (500, {}, b"")
    assert "the key set cannot be fetched: status 500" in check(tmp_path, provider, "--online")


def test_a_provider_without_usable_keys_or_sign_out_is_told(tmp_path, provider: HostileProvider):
    provider.keys = []
    provider.metadata.pop("end_session_endpoint")
    line = f'client_secret = "{CLIENT_SECRET}"\nlogout = true'
    found = check(tmp_path, provider, "--online", line=line)
    assert "no key that id_tokens can be signed with" in found
    assert "no page to sign out at" in found


def test_without_the_option_nobody_is_asked(tmp_path, provider: HostileProvider):
    provider.metadata["issuer"] = "https://evil.example"
    assert "Provider sso" not in check(tmp_path, provider)
    assert provider.asked.total() == 0


def test_a_secret_that_cannot_be_read_is_told_and_keeps_a_start_from_happening(tmp_path, provider: HostileProvider):
    from lectern.errors import ConfigurationError
    from lectern.settings import load_settings

    found = check(tmp_path, provider, line='client_secret_file = "nowhere"')
    assert found.count("client_secret") == 1
    assert "providers.sso.client_secret: its file" in found
    assert CLIENT_SECRET not in found
    with pytest.raises(ConfigurationError, match="client_secret: its file"):
        require_startable(load_settings(tmp_path))
