"""Nothing is served with a secret that is none, and no secret is shown anywhere (TH-101, TH-102)."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lectern.errors import ConfigurationError, ExitCode
from lectern.home import Home
from lectern.settings import load_settings
from services.cli import main
from services.secrecy import open_settings, weak_secrets
from services.starting import require_startable
from tests.servers import free_port

STRONG = "5307bde3e633f2df70fdcfeced1c8c14"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def write(home: Home, text: str):
    home.settings_file.write_text(text)
    return load_settings(home.path, port=free_port())


def header(secret: str) -> str:
    return f'[providers.shib]\nkind = "header"\n{secret}\n'


def oidc(secret: str) -> str:
    where = 'issuer = "https://id.example.org"\nclient_id = "lectern"'
    return f'[providers.id]\nkind = "oidc"\n{where}\nclient_secret = "{secret}"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('verify_secret = "short"', "LECTERN_VERIFY_SECRET is shorter than 32 characters"),
        (f'verify_secret = "{"changeme-please-" * 3}"', "LECTERN_VERIFY_SECRET looks like a sample"),
        ('verify_secret_file = "/nowhere/secret"', "LECTERN_VERIFY_SECRET: its file"),
        (header(""), "providers.shib.secret is missing"),
        (header('secret = "tooshort"'), "providers.shib.secret is shorter"),
        (header('secret_file = "/nowhere/secret"'), "providers.shib.secret: its file"),
        (oidc("secret"), "providers.id.client_secret is shorter"),
        (oidc("changeme-changeme"), "providers.id.client_secret looks like"),
    ],
)
def test_th_101_a_weak_secret_refuses_the_start_and_check_tells_it(home: Home, text: str, told: str):
    settings = write(home, text)
    with pytest.raises(ConfigurationError, match=told):
        require_startable(settings)
    result = CliRunner().invoke(main, ["--home", str(home.path), "check"])
    assert result.exit_code == ExitCode.CONFIGURATION
    assert result.stdout.count(told) == 1


@pytest.mark.parametrize("text", [f'verify_secret = "{STRONG}"', header(f'secret = "{STRONG}"'), oidc(STRONG)])
def test_what_openssl_rand_hex_16_makes_is_enough(home: Home, text: str):
    require_startable(write(home, text))


def test_th_101_every_weak_secret_is_told_at_once_and_none_is_shown(home: Home):
    (home.path / "keys" / "forms").write_bytes(b"k" * 40)
    settings = write(home, 'verify_secret = "hunter2hunter2"\n' + header('secret = "swordfish"'))
    with pytest.raises(ConfigurationError) as caught:
        require_startable(settings)
    assert len(caught.value.problems) == 4  # the key's mode is wrong too
    assert not any(word in str(caught.value) for word in ("hunter2", "swordfish", "kkkk"))


@pytest.mark.parametrize("command", [["up"], ["serve", "auth"]])
def test_th_101_up_and_serve_refuse_a_key_that_others_can_read(home: Home, command: list[str]):
    home.key("forms")
    (home.path / "keys" / "forms").chmod(0o644)
    result = CliRunner().invoke(main, ["--home", str(home.path), *command])
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "can be read by others" in result.stderr


class TestFiles:
    def test_th_102_a_secret_is_read_from_its_file(self, home: Home, monkeypatch):
        file = home.path / "secret"
        file.write_text(STRONG + "\n")
        file.chmod(0o600)
        monkeypatch.setenv("LECTERN_VERIFY_SECRET_FILE", str(file))
        settings = write(home, header('secret_file = "secret"'))
        require_startable(settings)
        assert settings.verify_secret.get_secret_value() == STRONG
        assert settings.providers["shib"].secret.get_secret_value() == STRONG

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602])
    def test_th_102_a_file_that_others_can_read_refuses_the_start_like_a_key(self, home: Home, mode: int):
        file = home.path / "secret"
        file.write_text(STRONG)
        file.chmod(mode)
        settings = write(home, 'verify_secret_file = "secret"\n' + header('secret_file = "secret"'))
        with pytest.raises(ConfigurationError, match="can be read by others") as caught:
            require_startable(settings)
        assert len(caught.value.problems) == 2
        assert f"chmod 600 {file}" in caught.value.remedy
        result = CliRunner().invoke(main, ["--home", str(home.path), "check"])
        assert result.exit_code == ExitCode.CONFIGURATION
        assert f"mode {mode:04o}" in result.stdout
        file.chmod(0o600)
        require_startable(settings)

    def test_th_102_the_group_may_read_a_file_that_belongs_to_somebody_else(self, home: Home, monkeypatch):
        file = home.path / "secret"
        file.write_text(STRONG)
        file.chmod(0o640)
        monkeypatch.setattr("services.secrecy.os.geteuid", lambda: file.stat().st_uid + 1)
        assert list(weak_secrets(write(home, 'verify_secret_file = "secret"'))) == []

    def test_th_102_settings_with_a_secret_that_others_can_read_are_a_warning(self, home: Home):
        settings = write(home, header(f'secret = "{STRONG}"'))
        home.settings_file.chmod(0o644)
        assert [detail for detail, _ in open_settings(settings) if "lectern.toml" in detail]
        home.settings_file.chmod(0o600)
        assert list(open_settings(settings)) == []
        settings = write(home, header('secret_file = "secret"'))
        home.settings_file.chmod(0o644)
        assert list(open_settings(settings)) == []

    def test_a_secret_in_two_places_is_an_error(self, home: Home):
        with pytest.raises(ConfigurationError, match="not both"):
            write(home, f'verify_secret = "{STRONG}"\nverify_secret_file = "secret"')

    def test_other_commands_work_without_the_file_of_a_secret(self, home: Home):
        write(home, 'verify_secret_file = "/nowhere/secret"')
        assert CliRunner().invoke(main, ["--home", str(home.path), "keys", "list"]).exit_code == 0


def test_th_102_settings_never_show_a_secret(home: Home):
    settings = write(home, f'verify_secret = "{STRONG}"\n' + header(f'secret = "{STRONG}"') + oidc(STRONG))
    assert STRONG not in repr(settings) + str(settings) + repr(settings.providers)


def test_th_102_an_error_in_the_settings_shows_no_secret(home: Home):
    with pytest.raises(ConfigurationError) as caught:
        write(home, f'verify_secret = "{STRONG}"\nport = "x"\n' + header(f'secret = ["{STRONG}"]'))
    assert STRONG not in str(caught.value)


class TestKeysCommand:
    def run(self, home: Home, *arguments: str):
        return CliRunner().invoke(main, ["--home", str(home.path), "keys", *arguments])

    def test_th_101_rotating_makes_new_keys_and_says_what_stays(self, home: Home):
        before = {purpose: home.key(purpose) for purpose in ("forms", "index", "budget")}
        result = self.run(home, "rotate")
        assert result.exit_code == 0
        assert "forms: a new key signs, 1 older key accepted." in result.stderr
        assert "index: left as it is" in result.stderr
        assert "lectern reindex" in result.stderr
        assert "budget: left as it is" in result.stderr
        assert home.keys("forms")[0] == before["forms"]
        assert (home.key("index"), home.key("budget")) == (before["index"], before["budget"])

    def test_dropping_old_keys_leaves_the_new_one(self, home: Home):
        before = home.key("forms")
        assert self.run(home, "rotate", "forms", "--drop-old").exit_code == 0
        assert before not in home.keys("forms")

    def test_a_key_that_does_not_rotate_is_refused_by_name(self, home: Home):
        home.key("index")
        result = self.run(home, "rotate", "index")
        assert result.exit_code == ExitCode.INPUT
        assert "lectern reindex" in result.stderr

    def test_th_102_the_list_tells_purposes_and_ages_and_no_key(self, home: Home):
        home.key("index")
        home.key("forms")
        home.keyring.rotate("forms")
        rows = json.loads(self.run(home, "list", "--json").stdout)
        assert [(row["purpose"], row["number"], row["use"].split(":")[0]) for row in rows] == [
            ("forms", 1, "accepted"),
            ("forms", 2, "signs"),
            ("index", 1, "does not rotate"),
        ]
        plain = self.run(home, "list").stdout
        assert not any(key.hex() in plain for key in home.keys("forms"))
