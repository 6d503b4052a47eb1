"""Settings: the environment wins over lectern.toml, every error is told at once, nothing unknown is accepted."""

from pathlib import Path

import pytest

from lectern.errors import ConfigurationError, ExitCode
from lectern.settings import Settings, load_settings


@pytest.fixture
def home(tmp_path):
    return tmp_path


def write(home, text):
    (home / "lectern.toml").write_text(text)


def test_a_home_without_a_file_has_the_defaults(home):
    settings = load_settings(home)
    assert settings.port == 8080
    assert settings.base_url == "http://localhost:8080"
    assert settings.files.path == home


def test_a_home_that_is_not_there_yet_has_the_defaults(home):
    assert load_settings(home / "later").host == "127.0.0.1"


def test_the_file_is_read(home):
    write(home, 'institution = "Town Library"\nport = 9000\nallowed_origins = ["https://viewer.example.org"]')
    settings = load_settings(home)
    assert settings.institution == "Town Library"
    assert settings.base_url == "http://localhost:9000"
    assert settings.allowed_origins == ["https://viewer.example.org"]


def test_the_environment_wins_over_the_file(home, monkeypatch):
    write(home, "threads = 2\npage_hits = 10")
    monkeypatch.setenv("LECTERN_THREADS", "8")
    settings = load_settings(home)
    assert (settings.threads, settings.page_hits) == (8, 10)


def test_the_home_comes_from_the_environment_when_none_is_given(home, monkeypatch):
    write(home, "threads = 3")
    monkeypatch.setenv("LECTERN_HOME", str(home))
    assert load_settings().files.path == home
    assert load_settings().threads == 3


def test_a_list_in_a_variable_has_spaces_between_its_values(home, monkeypatch):
    monkeypatch.setenv("LECTERN_ALLOWED_ORIGINS", "https://a.example  https://b.example")
    assert load_settings(home).allowed_origins == ["https://a.example", "https://b.example"]


class TestPort:
    def test_port_is_read_from_the_short_variable(self, home, monkeypatch):
        monkeypatch.setenv("PORT", "9100")
        assert load_settings(home).port == 9100

    def test_the_long_variable_wins_over_the_short_one(self, home, monkeypatch):
        monkeypatch.setenv("PORT", "9100")
        monkeypatch.setenv("LECTERN_PORT", "9200")
        assert load_settings(home).port == 9200

    def test_a_given_port_wins_over_both(self, home, monkeypatch):
        monkeypatch.setenv("PORT", "9100")
        monkeypatch.setenv("LECTERN_PORT", "9200")
        assert load_settings(home, port=9300).port == 9300

    @pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "80.5"])
    def test_a_port_that_is_none_is_refused(self, home, monkeypatch, value):
        monkeypatch.setenv("PORT", value)
        with pytest.raises(ConfigurationError, match="port"):
            load_settings(home)


class TestErrors:
    def test_every_error_is_told_at_once_with_a_remedy(self, home):
        write(home, 'port = 0\nthreads = 1000\nlog_level = "loud"\ncolour = "red"')
        with pytest.raises(ConfigurationError) as caught:
            load_settings(home)
        for name in ("port", "threads", "log_level", "colour"):
            assert name in caught.value.detail
        assert "docs/settings.md" in caught.value.remedy
        assert caught.value.exit_code is ExitCode.CONFIGURATION

    @pytest.mark.parametrize("content", [b"port = ", b"[[[", b"\xff\xfe", b"port = 1\nport = 2"])
    def test_a_broken_file_is_named(self, home, content):
        (home / "lectern.toml").write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"lectern\.toml"):
            load_settings(home)

    def test_settings_cannot_be_changed_later(self, home):
        with pytest.raises(ValueError, match="frozen"):
            load_settings(home).port = 1  # type: ignore[misc]


class TestPublicUrl:
    @pytest.mark.parametrize(
        ("given", "base"),
        [
            ("https://books.example.org", "https://books.example.org"),
            ("https://books.example.org/", "https://books.example.org"),
            ("https://example.org/books/", "https://example.org/books"),
            ("https://example.org/Books/old", "https://example.org/Books/old"),
            ("http://localhost:9000", "http://localhost:9000"),
            ("HTTPS://Books.Example.ORG", "https://books.example.org"),
            ("https://books.example.org:443/", "https://books.example.org"),
            ("http://books.example.org:80", "http://books.example.org"),
            ("https://books.example.org:8443///", "https://books.example.org:8443"),
            ("https://books.example.org:80", "https://books.example.org:80"),
            ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
        ],
    )
    def test_ids_are_built_from_it_without_a_trailing_slash(self, given, base):
        assert Settings(public_url=given).base_url == base

    @pytest.mark.parametrize(
        "value",
        [
            "books.example.org",
            "ftp://a.example",
            "https://",
            "https://a.example?x=1",
            "https://a.example/b?x=1",
            "https://a.example#x",
            "https://a.example:0x50",
            "https://a.example:70000",
            "https://reader:secret@a.example",
            "https://a.example\\b",
            "https://bücher.example",
            "https://a.example /b",
            "https://a.example/b\n",
            "https://a.example/b//c",
            "https://a.example/../b",
            "https://a.example/b%2Fc",
            "https://a.example/iiif",
            "https://a.example/search/books",
        ],
    )
    def test_what_is_no_base_url_is_refused(self, home, monkeypatch, value):
        monkeypatch.setenv("LECTERN_PUBLIC_URL", value)
        with pytest.raises(ConfigurationError, match="public_url"):
            load_settings(home)

    @pytest.mark.parametrize(
        ("url", "possible"),
        [
            ("", True),
            ("http://localhost:8080", True),
            ("http://127.0.0.1", True),
            ("http://[::1]:8080", True),
            ("https://books.example.org", True),
            ("http://books.example.org", False),
            ("http://localhost.example.org", False),
        ],
    )
    def test_browsers_keep_our_cookies_on_https_and_on_loopback_only(self, url, possible):
        assert Settings(public_url=url).sign_in_possible is possible


def test_an_unknown_setting_is_told_with_the_nearest_known_one(tmp_path: Path):
    (tmp_path / "lectern.toml").write_text(
        'prt = 1\nqqq = 1\n[providers.sso]\nissuer = "https://id.example.org"\nclient_id = "lectern"\n'
        'client_scret = "swordfish"\n[providers.shib]\nkind = "heade"\n'
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert set(caught.value.problems) == {
        "prt: unknown setting, perhaps `port` is meant.",
        "qqq: unknown setting.",
        "providers.sso.client_scret: unknown setting, perhaps `client_secret` is meant.",
        "providers.shib: no kind of provider: `oidc` or `header`.",
    }
    assert "swordfish" not in str(caught.value)
