"""Signing in at a real provider in a real browser, as a viewer runs it: with one window, and with a second (TH-20)."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Playwright
from werkzeug.serving import make_server

from lectern.clock import utc_now
from tests.chromium import FLAGS, PROGRAM
from tests.peers.provider import RealProvider, real_provider
from tests.services_auth.conftest import MakeSite
from tests.services_auth.sso.conftest import POLICIES

pytestmark = pytest.mark.browser

# What a viewer does: it opens the access service, and asks for the token as soon as the window is closed.
VIEWER_PAGE = """<!doctype html><title>viewer</title><button id="go">Sign in</button>
<script>
window.messages = [];
window.closedSeen = 0;
window.addEventListener("message", e => window.messages.push(e.data));
document.getElementById("go").onclick = () => {
  window.opened = window.open(`BASE/auth/access/elsewhere?origin=${location.origin}`);
  const timer = setInterval(() => {
    if (!window.opened.closed) { return; }
    clearInterval(timer);
    window.closedSeen += 1;
    const frame = document.createElement("iframe");
    frame.src = `BASE/auth/token/2/elsewhere?messageId=7&origin=${location.origin}`;
    document.body.append(frame);
  }, 50);
};
</script>"""


class Stage:
    """Lectern and a viewer on ports of localhost, the provider on 127.0.0.1: another site."""

    def __init__(self, make_site: MakeSite, folder: Path, provider: RealProvider, servers: Any, **changed: Any) -> None:
        file = folder / "policies.toml"
        file.write_text(file.read_text() + POLICIES.partition("[policies.other]")[0])
        self.lectern, self.viewer = servers
        self.base = f"http://localhost:{self.lectern.port}"
        self.url = f"http://localhost:{self.viewer.port}/"
        self.provider = provider
        self.site = make_site(public_url=self.base, providers={"sso": provider.settings(**changed)})
        self.site.clock.now = utc_now()
        self.lectern.app = self.site.app
        viewer = Flask("viewer")
        viewer.add_url_rule("/", "page", lambda: VIEWER_PAGE.replace("BASE", self.base))
        self.viewer.app = viewer


@pytest.fixture
def servers() -> Iterator[Any]:
    found = [make_server("127.0.0.1", 0, Flask("later"), threaded=True) for _ in range(2)]
    for server in found:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield found
    for server in found:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Page]:
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def sign_in_there(window: Page) -> None:
    """Fill in the provider's page; a moment later, since the window may close under the hands of who presses."""
    window.get_by_label("User").fill("ann")
    window.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")


def the_token(page: Page) -> dict[str, Any]:
    page.wait_for_function("window.messages.length >= 1")
    found: dict[str, Any] = page.evaluate("window.messages[0]")
    return found


def test_th_19_a_viewer_s_window_goes_to_the_provider_and_comes_back(
    make_site: MakeSite, tmp_path: Path, servers: Any, page: Page
):
    with real_provider(tmp_path, f"http://localhost:{servers[0].port}") as provider:
        stage = Stage(make_site, tmp_path, provider, servers)
        page.goto(stage.url)
        with page.expect_popup() as opened:
            page.click("#go")
        window = opened.value
        window.get_by_role("button", name="Harbour ID").click()
        sign_in_there(window)
        assert the_token(page)["type"] == "AuthAccessToken2"
        assert page.evaluate("window.closedSeen") == 1


def test_th_20_a_provider_with_coop_gets_a_second_window_and_the_viewer_waits(
    make_site: MakeSite, tmp_path: Path, servers: Any, page: Page
):
    with real_provider(tmp_path, f"http://localhost:{servers[0].port}", coop=True) as provider:
        stage = Stage(make_site, tmp_path, provider, servers, second_window=True)
        page.goto(stage.url)
        with page.expect_popup() as opened:
            page.click("#go")
        window = opened.value
        with page.context.expect_page() as second:
            window.get_by_role("button", name="Harbour ID").click()
        assert window.get_by_role("status").inner_text().startswith("Waiting")
        there = second.value
        there.get_by_label("User").wait_for()
        page.wait_for_timeout(1500)
        assert page.evaluate("window.opened.closed") is False
        assert page.evaluate("window.messages") == []
        sign_in_there(there)
        assert the_token(page)["type"] == "AuthAccessToken2"
        assert page.evaluate("window.closedSeen") == 1


def test_th_20_without_the_second_window_a_provider_with_coop_breaks_the_flow(
    make_site: MakeSite, tmp_path: Path, servers: Any, page: Page
):
    with real_provider(tmp_path, f"http://localhost:{servers[0].port}", coop=True) as provider:
        stage = Stage(make_site, tmp_path, provider, servers)
        page.goto(stage.url)
        with page.expect_popup() as opened:
            page.click("#go")
        opened.value.get_by_role("button", name="Harbour ID").click()
        assert the_token(page)["type"] == "AuthAccessTokenError2", "this is what the second window is for"


def test_th_20_without_script_the_reader_comes_back_and_goes_on(
    make_site: MakeSite, tmp_path: Path, servers: Any, chromium: Chromium
):
    with real_provider(tmp_path, f"http://localhost:{servers[0].port}", coop=True) as provider:
        stage = Stage(make_site, tmp_path, provider, servers, second_window=True)
        context = chromium.new_context(java_script_enabled=False, locale="en-GB")
        window = context.new_page()
        window.goto(f"{stage.base}/auth/access/elsewhere?origin={stage.url.rstrip('/')}")
        with context.expect_page() as second:
            window.get_by_role("button", name="Harbour ID").click()
        there = second.value
        there.get_by_label("User").fill("ann")
        there.get_by_role("button", name="Sign in there").click()
        there.get_by_text("You are signed in").first.wait_for()
        window.get_by_role("link", name="continue").click()
        window.get_by_text("You are let in").first.wait_for()
        context.close()
