"""Mirador, and readers who sign in at an OpenID provider: in the viewer's window, and in a second one (TH-20)."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.pictures import detail
from tests.browser.test_mirador import _CONTINUE, _look_closely, _open, _open_window
from tests.conftest import ROOT
from tests.peers.provider import CLIENT_SECRET, RealProvider, real_provider
from tests.servers import free_port, running, settings_free_environment

pytestmark = pytest.mark.browser

_START_SECONDS = 180


@dataclass(frozen=True)
class Shelf:
    """The sample shelf, whose letters are for readers of a provider."""

    url: str
    second_window: bool
    provider: RealProvider


@pytest.fixture(scope="module", params=[False, True], ids=["one window", "a second window for COOP"])
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    home, port, second = tmp_path_factory.mktemp("sso"), free_port(), bool(request.param)
    policies = (ROOT / "samples/policies.toml").read_text()
    (home / "policies.toml").write_text(policies.replace('provider = "local"', 'provider = "sso"'))
    url = f"http://localhost:{port}"
    with real_provider(tmp_path_factory.mktemp("provider"), url, coop=second) as provider:
        (home / "lectern.toml").write_text(
            f'[providers.sso]\nkind = "oidc"\nlabel = "Harbour ID"\nissuer = "{provider.issuer}"\n'
            f'client_id = "lectern"\nclient_secret = "{CLIENT_SECRET}"\nscopes = ["openid", "profile", "groups"]\n'
            f'roles_claim = "groups"\nroles = {{ members = "reader" }}\nsecond_window = {str(second).lower()}\n'
        )
        environment = settings_free_environment(PORT=str(port), LECTERN_HOME=str(home), LECTERN_WORKERS="2")
        command = [sys.executable, "-m", "services.cli", "demo"]
        with running(command, environment, f"http://127.0.0.1:{port}/readyz", seconds=_START_SECONDS):
            yield Shelf(url, second, provider)


def _sign_in(browser: BrowserContext, page: Page, shelf: Shelf) -> None:
    """Go through the login bar, our window and the provider's page as a reader would."""
    window = there = _open_window(browser, page, "Sign in")
    button = window.get_by_role("button", name="Harbour ID")
    if shelf.second_window:
        with browser.expect_page() as second:
            button.click()
        there = second.value
    else:
        button.click()
    there.get_by_label("User").fill("ann")
    if shelf.second_window:
        page.wait_for_timeout(1500)
        assert not window.is_closed()
    there.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")
    if not window.is_closed():
        window.wait_for_event("close")
    if shelf.second_window:
        page.bring_to_front()  # what lies behind another window is not painted


def test_th_20_the_letters_are_sharp_after_signing_in_at_the_provider(
    shelf: Shelf, browser: BrowserContext, page: Page
):
    _open(page, f"{shelf.url}/objects/letters?viewer=mirador")
    _look_closely(page)
    before = detail(page)
    _sign_in(browser, page, shelf)
    sign_out = page.get_by_role("button", name=re.compile("sign out", re.IGNORECASE)).first
    expect(sign_out).to_be_visible()
    page.wait_for_timeout(3000)
    assert detail(page) > 1.5 * before
    with browser.expect_page():
        sign_out.click()
    expect(page.get_by_text(_CONTINUE).first).to_be_visible()
