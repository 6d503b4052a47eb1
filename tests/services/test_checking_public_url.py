"""`lectern check` says when the public URL is not where readers are, by http, or where nobody answers."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from click.testing import CliRunner

from lectern.settings import Settings
from services.checking_public_url import judged, public_url_troubles
from services.cli import main
from services.reach import ids_of_this_machine
from tests.servers import free_port, serving

BASE = "http://books.example.org"


def details(base: str, status: int, location: str = "", *, ours: bool = False) -> str:
    return " ".join(detail for detail, _ in judged(base, status, location, ours=ours))


def test_http_that_the_proxy_leads_to_https_is_told_as_mixed_content():
    ((detail, remedy),) = judged(BASE, 301, "https://books.example.org/healthz", ours=False)
    assert "mixed content" in detail
    assert "Set LECTERN_PUBLIC_URL to the https address" in remedy


@pytest.mark.parametrize(
    ("base", "to"), [(BASE, "http://www.example.org/"), ("https://a.example", "https://b.example/")]
)
def test_an_address_that_leads_elsewhere_is_told_with_where(base, to):
    assert f"leads elsewhere, to {to}" in details(base, 302, to)


@pytest.mark.parametrize(("status", "ours"), [(404, False), (200, False), (503, True)])
def test_somebody_else_at_the_public_url_is_told(status, ours):
    assert "not by Lectern" in details(BASE, status, ours=ours)


def test_lectern_at_the_public_url_is_nothing_to_tell_of():
    assert details(BASE, 200, ours=True) == ""


class _Ours(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"status":"ok"}' if self.path == "/books/healthz" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with serving(_Ours) as server:
        yield server.server_port


def test_the_path_of_the_public_url_is_asked_below(port: int):
    assert list(public_url_troubles(f"http://127.0.0.1:{port}/books")) == []
    assert "not by Lectern" in next(public_url_troubles(f"http://127.0.0.1:{port}"))[0]


def test_check_online_warns_where_nobody_answers_and_check_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LECTERN_PUBLIC_URL", f"http://127.0.0.1:{free_port()}")

    def told(*options: str) -> list[str]:
        found = json.loads(CliRunner().invoke(main, ["--home", str(tmp_path), "check", "--json", *options]).stdout)
        return [each["level"] for each in found if "does not answer this machine" in each["detail"]]

    assert (told("--online"), told()) == (["warning"], [])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"trusted_proxies": 1}, "LECTERN_TRUSTED_PROXIES is 1"),
        ({"host": "0.0.0.0"}, "LECTERN_HOST is 0.0.0.0"),
        ({}, ""),
        ({"trusted_proxies": 1, "public_url": "http://localhost:8080"}, ""),
    ],
)
def test_ids_that_name_this_machine_are_told_where_others_are_to_read_them(settings, told):
    found = [detail for detail, _ in ids_of_this_machine(Settings.model_validate(settings))]
    assert len(found) == bool(told)
    assert all(told in detail and "http://localhost:8080" in detail for detail in found)


def test_a_public_url_by_http_is_told_as_what_https_pages_cannot_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    assert "mixed content" in CliRunner().invoke(main, ["--home", str(tmp_path), "check"]).output
