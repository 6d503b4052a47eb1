"""`lectern check` on what readers see and on the browsers they come with."""

import json
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner

from lectern.errors import ConfigurationError
from lectern.settings import Settings
from services.cli import main
from services.starting import require_startable
from tests.servers import free_port


def check(home: Path) -> list[dict[str, str]]:
    result = CliRunner().invoke(main, ["--home", str(home), "check", "--json"])
    found: list[dict[str, str]] = json.loads(result.stdout)
    return found


def details(home: Path, level: str) -> list[str]:
    return [finding["detail"] for finding in check(home) if finding["level"] == level]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "words").mkdir()
    return home


def test_broken_words_are_errors_and_refuse_the_start(home: Path):
    (home / "words/it.toml").write_text('[pages]\nclosing = "Chiudi"\n')
    assert any("words/it.toml: pages.closing is unknown" in detail for detail in details(home, "error"))
    with pytest.raises(ConfigurationError, match=r"pages\.closing"):
        require_startable(Settings(home=home, port=free_port()))


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("LECTERN_ALLOWED_ORIGINS", "nonsense", "LECTERN_ALLOWED_ORIGINS: 'nonsense' is no origin"),
        ("LECTERN_LANGUAGE", "xx", "LECTERN_LANGUAGE: there are no words in 'xx'"),
    ],
)
def test_what_refuses_the_start_is_an_error_at_check(
    home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
):
    monkeypatch.setenv(variable, value)
    assert len([detail for detail in details(home, "error") if told in detail]) == 1
    with pytest.raises(ConfigurationError, match=told):
        require_startable(Settings(home=home, port=free_port()))


def test_a_language_of_the_operators_own_can_be_the_first(home: Path, monkeypatch: pytest.MonkeyPatch):
    (home / "words/it.toml").write_text('language = "Italiano"\n')
    monkeypatch.setenv("LECTERN_LANGUAGE", "it")
    require_startable(Settings(home=home, port=free_port()))
    assert details(home, "error") == []


def test_everything_that_refuses_a_start_is_told_at_once(home: Path, monkeypatch: pytest.MonkeyPatch):
    (home / "words/it.toml").write_text('[pages]\nclosing = "Chiudi"\n')
    (home / "policies.toml").write_text("[policies.p]\nnonsense = 1\n")
    monkeypatch.setenv("LECTERN_LANGUAGE", "xx")
    monkeypatch.setenv("LECTERN_VERIFY_SECRET", "short")
    with pytest.raises(ConfigurationError) as caught:
        require_startable(Settings(home=home, port=free_port()))
    assert len(caught.value.problems) == 4
    assert sorted(caught.value.problems) == sorted(details(home, "error"))


def test_what_a_language_lacks_is_a_warning(home: Path):
    (home / "words/it.toml").write_text('language = "Italiano"\n')
    assert any(detail.startswith("words/it.toml lacks ") for detail in details(home, "warning"))
    require_startable(Settings(home=home, port=free_port()))


def test_th_25_cookies_for_other_sites_are_warned_of_at_check_and_at_the_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LECTERN_CROSS_SITE", "true")
    assert any("LECTERN_CROSS_SITE is set" in detail for detail in details(home, "warning"))
    with structlog.testing.capture_logs() as logs:
        require_startable(Settings(home=home, port=free_port()))
    assert [log["log_level"] for log in logs if "LECTERN_CROSS_SITE" in log["event"]] == ["warning"]


def test_a_viewer_whose_readers_cannot_sign_in_is_named(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LECTERN_PUBLIC_URL", "https://books.example.org")
    monkeypatch.setenv("LECTERN_ALLOWED_ORIGINS", "https://viewer.example.org https://elsewhere.net")
    found = [detail for detail in details(home, "warning") if "LECTERN_ALLOWED_ORIGINS" in detail]
    assert len(found) == 1
    assert "https://elsewhere.net" in found[0]
    monkeypatch.setenv("LECTERN_CROSS_SITE", "true")
    assert not any("LECTERN_ALLOWED_ORIGINS" in detail for detail in details(home, "warning"))


def test_th_70_urls_that_open_without_a_cookie_are_told_with_their_limits(home: Path, monkeypatch: pytest.MonkeyPatch):
    assert not any("LECTERN_CAPABILITY_URLS" in detail for detail in details(home, "warning"))
    monkeypatch.setenv("LECTERN_CAPABILITY_URLS", "true")
    monkeypatch.setenv("LECTERN_CAPABILITY_LIFE", "120")
    (found,) = [finding for finding in check(home) if "LECTERN_CAPABILITY_URLS" in finding["detail"]]
    assert found["level"] == "warning"
    assert "120 seconds" in found["detail"]
    assert "docs/capability.md" in found["remedy"]


def test_th_95_policies_are_checked_against_the_providers_of_the_settings(home: Path, monkeypatch: pytest.MonkeyPatch):
    (home / "policies.toml").write_text('[policies.members]\npatterns = ["login"]\nprovider = "sso"\n')
    assert any("sso" in detail for detail in details(home, "error"))
    (home / "lectern.toml").write_text(
        '[providers.sso]\nkind = "oidc"\nissuer = "https://id.example.org"\nclient_id = "lectern"\n'
        f'client_secret = "{"k" * 40}"\n'
    )
    assert not any("policies.toml" in detail for detail in details(home, "error"))
    (home / "policies.toml").write_text('[policies.members]\npatterns = ["login"]\nprovider = "other"\n')
    assert any("other" in detail for detail in details(home, "error"))
