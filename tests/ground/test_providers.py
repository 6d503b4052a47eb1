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
client_secret_file = "sso-secret"
"""


def test_several_providers_are_read(tmp_path):
    second = GOOD.replace("sso", "staff").replace("client_secret_file", "client_secret")
    (tmp_path / "lectern.toml").write_text(GOOD + second)
    providers = load_settings(tmp_path).providers
    assert sorted(providers) == ["sso", "staff"]
    assert "staff-secret" not in repr(providers["staff"])


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


@pytest.mark.parametrize("kind", ["oidc", "header"])
def test_every_kind_of_provider_maps_roles_in_one_way(tmp_path, kind: str):
    """One role or a list of them; what the map does not name is a role only if that is said, and looks like one."""
    own = 'issuer = "https://a.example"\nclient_id = "x"\nroles_claim = "groups"\nclient_secret = "0f7c1e9ab4d25588e1"'
    head = f'[providers.sso]\nkind = "{kind}"\n{own if kind == "oidc" else ""}\n'
    table = 'roles = { "staff@x" = "staff", "all@x" = ["member", "guest"] }\n'
    (tmp_path / "lectern.toml").write_text(head + table)
    given = ["staff@x", "all@x", "editor", "no role"]
    assert load_settings(tmp_path).providers["sso"].roles_of(given) == {"staff", "member", "guest"}
    (tmp_path / "lectern.toml").write_text(head + "roles_as_they_are = true\n" + table)
    assert load_settings(tmp_path).providers["sso"].roles_of(given) == {"staff", "member", "guest", "editor"}
    (tmp_path / "lectern.toml").write_text(head + 'roles = { "staff@x" = "no role" }\n')
    with pytest.raises(ConfigurationError, match="'no role' is no role"):
        load_settings(tmp_path)
