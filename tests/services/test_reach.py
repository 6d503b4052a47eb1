"""A proxy is stated, and others can go past it: `lectern check` says so."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from lectern.settings import Settings
from services import reach
from services.cli import main
from services.reach import reachable_past_the_proxy
from services.starting import require_startable
from tests.servers import free_port

_SECRET = "6fbe0d71c1a9cd4a8bb0c1b54b24a3f4"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "books.example.org"])
@pytest.mark.parametrize("proxy", [{"trusted_proxies": 1}, {"verify_secret": _SECRET}])
def test_th_56_who_can_go_past_a_stated_proxy_is_told_of(host: str, proxy: dict[str, object]):
    settings = Settings.model_validate({"host": host, **proxy})
    ((detail, remedy),) = reachable_past_the_proxy(settings, contained=False)
    assert host in detail
    assert f"LECTERN_{next(iter(proxy)).upper()}" in detail
    assert _SECRET not in detail + remedy
    assert list(reachable_past_the_proxy(settings, contained=True)) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_th_56_on_loopback_nobody_goes_past(host: str):
    assert list(reachable_past_the_proxy(Settings(host=host, trusted_proxies=1), contained=False)) == []


def test_th_56_without_a_proxy_there_is_nothing_to_go_past():
    assert list(reachable_past_the_proxy(Settings(host="0.0.0.0"), contained=False)) == []


@pytest.mark.parametrize("told_by", ["a file", "a variable", ""])
def test_th_56_the_check_warns_unless_it_is_in_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told_by: str
):
    mark = tmp_path / ".containerenv"
    monkeypatch.delenv("container", raising=False)
    if told_by == "a file":
        mark.touch()
    elif told_by == "a variable":
        monkeypatch.setenv("container", "podman")
    monkeypatch.setattr(reach, "_MARKS_OF_A_CONTAINER", (mark,))
    (tmp_path / "lectern.toml").write_text('host = "0.0.0.0"\ntrusted_proxies = 1\n')
    found = json.loads(CliRunner().invoke(main, ["--home", str(tmp_path), "check", "--json"]).stdout)
    told = [each["level"] for each in found if "LECTERN_HOST" in each["detail"]]
    assert told == ([] if told_by else ["warning"])


_ROOM = '[policies.room]\npatterns = ["external"]\nnetworks = ["10.0.0.0/8"]\n'
_UNSTATED = "LECTERN_TRUSTED_PROXIES is 0, and policy room"


@pytest.mark.parametrize(
    ("settings", "policies", "warned"),
    [
        ('public_url = "https://books.example.org"', _ROOM, True),
        ('public_url = "https://localhost"', _ROOM, True),
        ('public_url = "http://books.example.org"', _ROOM, True),
        ('public_url = "http://localhost:8080"', _ROOM, False),
        ("", _ROOM, False),
        ('public_url = "https://books.example.org"\ntrusted_proxies = 1', _ROOM, False),
        ('public_url = "https://books.example.org"', '[policies.room]\nallow = "nobody"\n', False),
    ],
)
def test_th_54_networks_behind_a_proxy_that_nobody_stated_are_a_warning(
    tmp_path: Path, settings: str, policies: str, warned: bool
):
    (tmp_path / "lectern.toml").write_text(settings)
    (tmp_path / "policies.toml").write_text(policies)
    found = json.loads(CliRunner().invoke(main, ["--home", str(tmp_path), "check", "--json"]).stdout)
    told = [each["level"] for each in found if each["detail"].startswith(_UNSTATED)]
    assert told == (["warning"] if warned else [])


def test_th_54_a_start_logs_the_same_warning(tmp_path: Path):
    (tmp_path / "policies.toml").write_text(_ROOM)
    settings = Settings(home=tmp_path, public_url="https://books.example.org", port=free_port())
    with capture_logs() as logs:
        require_startable(settings)
    assert any(line["event"].startswith(_UNSTATED) for line in logs)
