"""A proxy is stated, and others can go past it: `lectern check` says so."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lectern.settings import Settings
from services import reach
from services.cli import main
from services.reach import reachable_past_the_proxy

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


@pytest.mark.parametrize("contained", [True, False])
def test_th_56_the_check_warns_unless_it_is_in_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contained: bool
):
    mark = tmp_path / ".containerenv"
    if contained:
        mark.touch()
    monkeypatch.setattr(reach, "_MARKS_OF_A_CONTAINER", (mark,))
    (tmp_path / "lectern.toml").write_text('host = "0.0.0.0"\ntrusted_proxies = 1\n')
    found = json.loads(CliRunner().invoke(main, ["--home", str(tmp_path), "check", "--json"]).stdout)
    told = [each["level"] for each in found if "LECTERN_HOST" in each["detail"]]
    assert told == ([] if contained else ["warning"])
