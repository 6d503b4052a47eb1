"""Settings of providers: what cannot work or is not safe is refused, every error at once."""

import pytest

from lectern.errors import ConfigurationError
from lectern.providers import OidcProvider
from lectern.settings import load_settings

GOOD = """
[providers.sso]
kind = "oidc"
issuer = "https://login.example.org/realms/library"
client_id = "lectern"
client_secret_file = "keys/sso"
"""


def test_several_providers_are_read(tmp_path):
    second = GOOD.replace("sso", "staff").replace("client_secret_file", "client_secret")
    (tmp_path / "lectern.toml").write_text(GOOD + second)
    providers = load_settings(tmp_path).providers
    assert sorted(providers) == ["sso", "staff"]
    assert "keys/staff" not in repr(providers["staff"])


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('client_secret = "both"', "not both"),
        ('client_secret_file = ""', "providers.sso"),
        ('issuer = "http://login.example.org"', "issuer"),
        ('issuer = "login.example.org"', "issuer"),
        ('issuer = "https://login.example.org/?a=b"', "issuer"),
        ('issuer = "https://me@login.example.org/"', "issuer"),
        ('issuer = "https://login.example.org/#x"', "issuer"),
        ('client_id = ""', "client_id"),
        ('algorithms = ["none"]', "algorithms"),
        ('algorithms = ["HS256"]', "algorithms"),
        ("algorithms = []", "algorithms"),
        ('scopes = ["profile"]', "openid"),
        ('scopes = ["openid", "a b"]', "openid"),
        ('roles = { members = "member" }', "roles_claim"),
        ("roles_as_they_are = true", "roles_claim"),
        ('roles_claim = "a..b"', "roles_claim"),
        ('roles_claim = "a"\nroles = { members = "no role" }', "no role"),
        ('roles_of_everyone = ["<b>"]', "no role"),
        ("leeway = -1", "leeway"),
        ("leeway = 3600", "leeway"),
        ("timeout = 0", "timeout"),
        ('verify = "off"', "verify"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path, line: str, word: str):
    key = line.partition(" ")[0]
    kept = [known for known in GOOD.splitlines() if known.partition(" ")[0] != key]
    (tmp_path / "lectern.toml").write_text("\n".join([*kept, line]) + "\n")
    if line == 'client_secret_file = ""':  # the folder itself: told when the secret is read
        provider = load_settings(tmp_path).providers["sso"]
        assert isinstance(provider, OidcProvider)
        with pytest.raises(ConfigurationError, match="client_secret_file"):
            provider.secret(tmp_path)
        return
    with pytest.raises(ConfigurationError, match=word):
        load_settings(tmp_path)


def test_every_error_is_told_at_once(tmp_path):
    (tmp_path / "lectern.toml").write_text('[providers.a]\nkind = "oidc"\nissuer = "x"\nclient_id = ""\nleeway = -1\n')
    with pytest.raises(ConfigurationError) as error:
        load_settings(tmp_path)
    assert len(error.value.problems) == 3


def test_a_secret_that_is_missing_is_refused(tmp_path):
    (tmp_path / "lectern.toml").write_text(GOOD.replace("client_secret_file", "#"))
    with pytest.raises(ConfigurationError, match="client_secret_file or client_secret"):
        load_settings(tmp_path)


@pytest.mark.parametrize("name", ["local", "codes", "a b", "a/b", "a" * 33])
def test_a_provider_cannot_be_called_as_one_of_ours_or_what_no_address_can_hold(tmp_path, name):
    (tmp_path / "lectern.toml").write_text(GOOD.replace("[providers.sso]", f'[providers."{name}"]'))
    with pytest.raises(ConfigurationError, match="cannot name a provider") as caught:
        load_settings(tmp_path)
    assert str(caught.value).count("cannot name a provider") == 1


def test_a_provider_of_no_kind_is_an_openid_provider(tmp_path):
    (tmp_path / "lectern.toml").write_text(GOOD.replace('kind = "oidc"\n', ""))
    assert isinstance(load_settings(tmp_path).providers["sso"], OidcProvider)
