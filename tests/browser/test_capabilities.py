"""A viewer on another site that asks for tiles without cookies, as Universal Viewer 4.4 does (TH-70).

Lectern is `localhost`, the viewer's page is `127.0.0.1`: two sites, on which browsers keep Secure cookies without TLS.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, send_file
from playwright.sync_api import Page, Playwright
from werkzeug.serving import make_server

from auth.passwords import hash_password
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.settings import Settings
from lectern.state import UserRow
from lectern.urls import canvas_path
from services.app import create_app
from services.context import Context
from tests.browser.pictures import detail
from tests.chromium import FLAGS, PROGRAM
from tests.conftest import ROOT
from tests.image.conftest import noise

pytestmark = pytest.mark.browser

_OPENSEADRAGON = ROOT / "node_modules" / "openseadragon" / "build" / "openseadragon" / "openseadragon.min.js"
# Authentication 1.0 as viewers do it; the tiles are asked for with crossorigin="anonymous".
_PAGE = """<!doctype html><title>viewer</title>
<button id="go">Sign in</button><div id="viewer" style="width: 800px; height: 600px"></div>
<script src="/openseadragon.js"></script>
<script>
const base = BASE, image = base + "/iiif/2/book-1/info.json";
window.seen = {};
function show(info) {
  window.seen.id = info["@id"];
  const viewer = OpenSeadragon({id: "viewer", crossOriginPolicy: "Anonymous", ajaxWithCredentials: false,
    drawer: "canvas", tileSources: info, showNavigationControl: false});
  viewer.addHandler("tile-loaded", () => { seen.loaded = (seen.loaded || 0) + 1; });
  viewer.addHandler("tile-load-failed", () => { seen.failed = (seen.failed || 0) + 1; });
}
window.addEventListener("message", async event => {
  if (event.origin !== base) return;
  window.seen.message = event.data;
  if (!event.data.accessToken) return;
  const answer = await fetch(image, {headers: {Authorization: "Bearer " + event.data.accessToken}});
  window.seen.status = answer.status;
  show(await answer.json());
});
document.getElementById("go").onclick = () => {
  const opened = window.open(`${base}/auth/access/members?origin=${location.origin}`);
  const timer = setInterval(() => {
    if (!opened.closed) return;
    clearInterval(timer);
    const frame = document.createElement("iframe");
    frame.src = `${base}/auth/token/1/members?messageId=7&origin=${location.origin}`;
    document.body.append(frame);
  }, 50);
};
</script>"""


@contextmanager
def serving(app: Flask) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with one page of noise that members may see, and one member."""
    folder = tmp_path_factory.mktemp("capabilities") / "home"
    context = Context(Settings(home=folder))
    context.home.prepare()
    context.home.policies_file.write_text('[policies.members]\npatterns = ["login"]\nroles = ["member"]\n')
    pictures = context.home.image_folder("book")
    pictures.mkdir(parents=True)
    noise(1100, 800).pngsave(str(pictures / "page.png"))
    make_pyramid(pictures / "page.png", pictures / "1.tif")
    image = str((pictures / "1.tif").relative_to(context.home.images))
    row = ObjectRow("book", "book", "book", policy="members", pages=1)
    context.catalogue.publish(row, [CanvasRow(1, canvas_path("book", 1), 1100, 800, image=image)])
    context.state.add_user(UserRow("ann", hash_password("secret"), ("member",)))
    context.catalogue.close()
    context.state.close()
    return folder


@contextmanager
def viewing(playwright: Playwright, folder: Path, home: Path, *, third_party: bool, **settings: bool) -> Iterator[Page]:
    """Yield the viewer's page in a browser that lets other sites have cookies, or does not."""
    relay, viewer = Flask("relay"), Flask("viewer")
    preferences = {"cookie_controls_mode": 0 if third_party else 1, "block_third_party_cookies": not third_party}
    (folder / "profile" / "Default").mkdir(parents=True)
    (folder / "profile" / "Default" / "Preferences").write_text(json.dumps({"profile": preferences}))
    with serving(relay) as lectern, serving(viewer) as port:
        base = f"http://localhost:{lectern}"
        context = Context(Settings(home=home, public_url=base, cross_site=True, **settings))  # type: ignore[arg-type]
        relay.wsgi_app = create_app(context)  # type: ignore[method-assign]
        viewer.add_url_rule("/", "page", lambda: _PAGE.replace("BASE", repr(base)))
        viewer.add_url_rule("/openseadragon.js", "library", lambda: send_file(_OPENSEADRAGON))
        browser = playwright.chromium.launch_persistent_context(
            folder / "profile", executable_path=PROGRAM, headless=True, args=FLAGS
        )
        page = browser.pages[0]
        page.goto(f"http://127.0.0.1:{port}/")
        yield page
        browser.close()
        context.catalogue.close()
        context.state.close()


def sign_in(page: Page) -> None:
    with page.expect_popup() as opened:
        page.click("#go")
    window = opened.value
    window.fill("#username", "ann")
    window.fill("#password", "secret")
    with window.expect_event("close"):
        window.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")
    page.wait_for_function("seen.message")


def blank(page: Page) -> bool:
    """Return whether the viewer shows nothing: noise has much detail, an empty stage none."""
    return detail(page) < 1


def test_th_70_with_capabilities_a_foreign_viewer_shows_the_page(playwright: Playwright, tmp_path: Path, home: Path):
    with viewing(playwright, tmp_path, home, third_party=True, capability_urls=True) as page:
        sign_in(page)
        page.wait_for_function("seen.loaded > 0")
        assert "/iiif/2/book-1~~" in page.evaluate("seen.id")
        page.wait_for_timeout(1000)
        assert not blank(page)
        assert page.evaluate("seen.failed") is None
        # Signed out elsewhere, its URLs are dead.
        context = Context(Settings(home=home))
        with context.state.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM sessions")
        context.state.close()
        status = page.evaluate("fetch(seen.id + '/0,0,256,256/256,/0/default.jpg').then(answer => answer.status)")
        assert status == 401


def test_without_capabilities_its_tiles_are_refused(playwright: Playwright, tmp_path: Path, home: Path):
    with viewing(playwright, tmp_path, home, third_party=True) as page:
        sign_in(page)
        page.wait_for_function("seen.failed > 0")
        assert page.evaluate("seen.status") == 200
        assert page.evaluate("seen.loaded") is None
        assert blank(page)


def test_th_22_with_third_party_cookies_blocked_there_is_no_token_to_begin_with(
    playwright: Playwright, tmp_path: Path, home: Path
):
    with viewing(playwright, tmp_path, home, third_party=False, capability_urls=True) as page:
        sign_in(page)
        assert page.evaluate("seen.message.error") == "missingCredentials"
        assert page.evaluate("seen.id") is None
