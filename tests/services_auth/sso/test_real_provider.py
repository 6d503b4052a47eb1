"""The whole way with a provider that other people wrote and certified: npm oidc-provider, over HTTP."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.serving import make_server

from lectern.clock import utc_now
from tests.peers.provider import RealProvider, real_provider
from tests.services_auth.conftest import Browser, MakeSite, Site, hidden
from tests.services_auth.sso.conftest import POLICIES
from tests.tokens import by_token


@dataclass
class Peers:
    """Lectern on loopback, and the provider that signs its readers in."""

    site: Site
    provider: RealProvider

    def leave(self, browser: Browser) -> str:
        response = browser.submit("elsewhere", action="sso", provider="sso")
        assert response.status_code == 303, response.text
        return str(response.headers["Location"])

    def back(self, browser: Browser, address: str):
        parts = urlsplit(address)
        return browser.get(f"{parts.path}?{parts.query}")

    def sign_in(self, browser: Browser, user: str = "ann"):
        """Return the last page of a whole sign-in, and the reader at the provider."""
        reader = self.provider.reader()
        return self.back(browser, reader.go(self.leave(browser), user)), reader


@pytest.fixture
def peers(make_site: MakeSite, tmp_path: Path) -> Iterator[Peers]:
    file = tmp_path / "policies.toml"
    file.write_text(file.read_text() + POLICIES.partition("[policies.other]")[0])
    server = make_server("127.0.0.1", 0, Flask("later"), threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    base = f"http://localhost:{server.port}"
    try:
        with real_provider(tmp_path, base) as provider:
            site = make_site(public_url=base, providers={"sso": provider.settings()})
            site.clock.now = utc_now()
            server.app = site.app
            yield Peers(site, provider)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def browser(peers: Peers) -> Browser:
    return peers.site.browser()


def test_th_40_a_reader_signs_in_with_pkce_and_gets_a_token(peers: Peers, browser: Browser):
    response, _ = peers.sign_in(browser)
    assert response.status_code == 200, response.text
    session = peers.site.context.sessions.find(browser.cookie)
    assert session is not None
    assert (session.user, session.name, session.roles) == ("ann", "Ann Reader", ("member",))
    assert session.sid
    assert "accessToken" in browser.message(1, "elsewhere")
    assert "accessToken" in browser.message(2, "elsewhere")


def test_th_47_a_reader_whom_the_provider_gives_no_group_is_not_let_in(peers: Peers, browser: Browser):
    response, _ = peers.sign_in(browser, "bob")
    assert response.status_code == 200
    assert "accessToken" not in browser.message(2, "elsewhere")


def test_th_40_without_the_challenge_the_provider_refuses(peers: Peers, browser: Browser):
    address = peers.leave(browser).replace("code_challenge", "no_challenge")
    found = peers.provider.reader().go(address)
    assert parse_qs(urlsplit(found).query)["error"] == ["invalid_request"]
    assert peers.back(browser, found).status_code == 403


def test_th_40_a_code_with_another_verifier_fails(peers: Peers, browser: Browser):
    first, second = peers.leave(browser), peers.leave(browser)
    found = peers.provider.reader().go(first)
    state = parse_qs(urlsplit(second).query)["state"][0]
    mine = parse_qs(urlsplit(found).query)["state"][0]
    response = peers.back(browser, found.replace(mine, state))
    assert response.status_code == 403
    assert browser.cookie is None


def test_th_13_39_another_browser_and_a_second_time_are_refused(peers: Peers, browser: Browser):
    found = peers.provider.reader().go(peers.leave(browser))
    other = peers.site.browser()
    other.access("elsewhere")
    assert peers.back(other, found).status_code == 400
    assert peers.back(browser, found).status_code == 200
    assert peers.back(browser, found).status_code == 400


def test_th_48_a_reader_who_says_no_comes_back_to_fixed_words(peers: Peers, browser: Browser):
    found = peers.provider.reader().go(peers.leave(browser), button="no")
    assert "error=access_denied" in found
    response = peers.back(browser, found)
    assert response.status_code == 403
    assert "alert(1)" not in response.text


def test_th_50_signing_out_at_the_provider_ends_the_session_here(peers: Peers, browser: Browser):
    other = peers.site.browser()
    peers.sign_in(other)
    _, reader = peers.sign_in(browser)
    token = browser.token(2, "elsewhere")
    reader.sign_out()
    assert "accessToken" not in browser.message(2, "elsewhere")
    assert not by_token(peers.site.context.sessions, token, "elsewhere", 2).session
    assert "accessToken" in other.message(2, "elsewhere"), "another session of the same reader goes on"
    assert peers.site.context.state.counts()["seen_logout_tokens"] == 2  # the token, and whom it was about


def test_th_51_signing_out_here_leads_to_the_provider(peers: Peers, browser: Browser):
    _, reader = peers.sign_in(browser)
    answer = browser.post("/auth/logout", data={"stamp": hidden(browser.get("/auth/logout"), "stamp")})
    assert answer.status_code == 303
    page = reader.session.get(answer.headers["Location"], timeout=10)
    assert page.status_code == 200
    assert "Sign out of all" in page.text


def test_th_46_the_provider_changes_its_keys(peers: Peers, browser: Browser):
    peers.sign_in(browser)
    asked = peers.provider.asked("/jwks")
    peers.provider.change_keys()
    other = peers.site.browser()
    peers.site.clock.move(45)
    peers.sign_in(other)
    assert other.cookie is None, "asked a moment ago"
    peers.site.clock.move(15)
    response, _ = peers.sign_in(other)
    assert response.status_code == 200, response.text
    assert peers.provider.asked("/jwks") == asked + 1
