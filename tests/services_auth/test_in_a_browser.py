"""The flow as a viewer runs it, in a real browser: window, frame, message, and what a frame may not hold."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Playwright
from werkzeug.serving import BaseWSGIServer, make_server

from tests.chromium import FLAGS, PROGRAM
from tests.services_auth.conftest import MakeSite

pytestmark = pytest.mark.browser

# What a viewer does for Auth 1 and 2 alike: open the access service, wait for the close, frame the token service.
VIEWER_PAGE = """<!doctype html><title>viewer</title>
<button id="go">Sign in</button> <button id="out">Sign out</button>
<script>
const base = BASE;
window.messages = [];
window.addEventListener("message", e => window.messages.push({from: e.origin, data: e.data}));
function ask(version, policy) {
  const frame = document.createElement("iframe");
  frame.src = `${base}/auth/token/${version}/${policy}?messageId=<\\/script>7&origin=${location.origin}`;
  document.body.append(frame);
}
document.getElementById("go").onclick = () => {
  const opened = window.open(`${base}/auth/access/members?origin=${location.origin}`);
  const timer = setInterval(() => {
    if (opened.closed) { clearInterval(timer); ask(1, "members"); ask(2, "members"); }
  }, 50);
};
document.getElementById("out").onclick = () => window.open(`${base}/auth/logout`);
</script>"""


def serve(app: Flask) -> BaseWSGIServer:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    yield browser
    browser.close()


class Stage:
    """Lectern on one port of localhost, a viewer on another."""

    def __init__(self, make_site: MakeSite) -> None:
        self._app = Flask("relay")
        self.lectern = serve(self._app)
        self.base = f"http://localhost:{self.lectern.port}"
        self.site = make_site(public_url=self.base)
        self.lectern.app = self.site.app
        viewer = Flask("viewer")
        viewer.add_url_rule("/", "page", lambda: VIEWER_PAGE.replace("BASE", repr(self.base)))
        viewer.add_url_rule("/frame/<path:path>", "frame", lambda path: f'<iframe src="{self.base}/{path}"></iframe>')
        self.viewer = serve(viewer)
        self.viewer_url = f"http://localhost:{self.viewer.port}"

    def close(self) -> None:
        for server in (self.lectern, self.viewer):
            server.shutdown()
            server.server_close()


@pytest.fixture
def stage(make_site: MakeSite) -> Iterator[Stage]:
    stage = Stage(make_site)
    yield stage
    stage.close()


@pytest.fixture
def page(chromium: Chromium, stage: Stage) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(stage.viewer_url)
    yield page
    context.close()


def messages(page: Page, count: int) -> list[dict[str, Any]]:
    page.wait_for_function(f"window.messages.length >= {count}")
    found: list[dict[str, Any]] = page.evaluate("window.messages")
    return found


def sign_in(page: Page) -> None:
    with page.expect_popup() as opened:
        page.click("#go")
    window = opened.value
    window.fill("#username", "ann")
    window.fill("#password", "secret")
    with window.expect_event("close"):
        # Submitted a moment later, since the window closes under the hands of whoever presses the button.
        window.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")


def test_th_05_th_19_th_25_a_viewer_signs_in_and_gets_its_tokens(page: Page, stage: Stage):
    sign_in(page)
    one, two = sorted(messages(page, 2), key=lambda m: "type" in m["data"])
    assert one["from"] == two["from"] == stage.base
    assert one["data"]["messageId"] == two["data"]["messageId"] == "</script>7"
    assert one["data"]["accessToken"]
    assert two["data"]["type"] == "AuthAccessToken2"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies(stage.base)}
    cookie = cookies["__Host-lectern-session"]
    assert cookie["httpOnly"]
    assert cookie["secure"]
    assert cookie["sameSite"] == "Lax"
    answer = page.evaluate(
        """async ([url, token]) => (await (await fetch(url, {headers: {Authorization: "Bearer " + token}})).json())""",
        [f"{stage.base}/auth/probe/members-1", two["data"]["accessToken"]],
    )
    assert answer["status"] == 200


def test_th_34_the_viewer_s_sign_out_button_signs_out(page: Page, stage: Stage):
    sign_in(page)
    messages(page, 2)
    with page.expect_popup() as opened:
        page.click("#out")
    if not opened.value.is_closed():  # it closes by itself, and may have done so before anybody listens
        opened.value.wait_for_event("close")
    page.evaluate("ask(1, 'members')")
    assert messages(page, 3)[2]["data"]["error"] == "missingCredentials"


def test_th_34_a_picture_that_points_at_logout_does_not(page: Page, stage: Stage):
    sign_in(page)
    messages(page, 2)
    page.evaluate(
        "url => new Promise(done => { const i = new Image(); i.onerror = done; i.src = url; })",
        f"{stage.base}/auth/logout",
    )
    page.evaluate("ask(1, 'members')")
    assert "accessToken" in messages(page, 3)[2]["data"]


@pytest.mark.parametrize(
    "path", ["auth/access/members?origin=ORIGIN", "auth/access/terms?origin=ORIGIN", "auth/logout"]
)
def test_th_24_our_pages_do_not_show_in_a_frame(page: Page, stage: Stage, path: str):
    page.goto(f"{stage.viewer_url}/frame/{path.replace('ORIGIN', stage.viewer_url)}")
    page.wait_for_timeout(300)
    texts = [frame.locator("body").inner_text() for frame in page.frames[1:]]
    assert texts
    assert not any("Sign in" in text or "accept" in text or "Sign out" in text for text in texts)
