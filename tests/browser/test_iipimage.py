"""OpenSeadragon and the gate before Debian's iipsrv: sharp for a reader who signed in, small for everybody else."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page

from tests.browser.pictures import detail
from tests.conftest import ROOT
from tests.iipsrv import iipsrv_program
from tests.servers import settings_free_environment
from tests.services_nginx.gateway import nginx_program
from tests.services_nginx.iipimage import HEIGHT, WIDTH, Behind

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

_SCRIPT = ROOT / "node_modules" / "openseadragon" / "build" / "openseadragon" / "openseadragon.min.js"
_PATIENCE_MS = 60_000
_PASSWORD = "a good long password"
_PAGE = """<!doctype html><title>viewer</title><div id="v" style="width:900px;height:700px"></div>
<script src="openseadragon.js"></script><script>
const viewer = OpenSeadragon({id: "v", tileSources: SOURCE, showNavigationControl: false, immediateRender: true,
  animationTime: 0});
viewer.addHandler("open", async () => {
  viewer.viewport.zoomTo(viewer.viewport.getMaxZoom(), null, true);
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);  // it asks for tiles as it draws
  window.opened = true;
});
</script>"""
_SHOWN = "window.opened && viewer.world.getItemAt(0).getFullyLoaded()"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    nginx_program()
    iipsrv_program()
    with ExitStack() as stack:
        made = Behind(tmp_path_factory.mktemp("iipimage"), stack)
        stack.enter_context(made.gateway())
        subprocess.run(
            [sys.executable, "-m", "services.cli", "user", "add", "ann", "--role", "member", "--password-stdin"],
            env=settings_free_environment(LECTERN_HOME=str(made.home.path)),
            input=_PASSWORD.encode(),
            check=True,
            capture_output=True,
            timeout=60,
        )
        yield made


def opened(page: Page, base: str, version: int) -> dict[str, int]:
    """Return what the viewer asked for of one image of members, with the statuses, once it has drawn all of it."""
    noted: dict[str, int] = {}
    page.on("response", lambda answer: noted.update({answer.url.removeprefix(f"{base}/iiif/"): answer.status}))
    shown = _PAGE.replace("SOURCE", repr(f"{base}/iiif/{version}/members-1/info.json"))
    page.route(f"{base}/viewer/", lambda route: route.fulfill(content_type="text/html", body=shown))
    page.route(f"{base}/viewer/openseadragon.js", lambda route: route.fulfill(path=_SCRIPT))
    page.goto(f"{base}/viewer/")
    page.wait_for_function(_SHOWN, timeout=_PATIENCE_MS)
    size = page.evaluate("(() => { const s = viewer.world.getItemAt(0).getContentSize(); return [s.x, s.y]; })()")
    assert size == [WIDTH, HEIGHT]
    return {url: status for url, status in noted.items() if not url.startswith("http")}


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/auth/access/members?origin={base}")
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(_PASSWORD)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("Password").press("Enter")


def test_th_63_openseadragon_shows_the_small_version_to_all_and_the_picture_to_a_member(behind: Behind, page: Page):
    base = f"http://localhost:{behind.port}"
    asked = opened(page, base, 2)
    assert asked.pop("2/members-1/info.json") == 302
    assert set(asked.values()) == {200}
    assert all(url.startswith("2/members-1~small/") for url in asked)
    before = detail(page)

    sign_in(page, base)
    asked = opened(page, base, 2)
    assert set(asked.values()) == {200}
    tiles = [url for url in asked if url.endswith(".jpg")]
    assert len(tiles) > 3
    assert all(url.startswith("2/members-1/") for url in tiles)
    assert detail(page) > 2 * before


def test_im3_35_openseadragon_speaks_version_3_through_the_gate(behind: Behind, page: Page):
    """What info.json says of iipsrv in the words of version 3, OpenSeadragon asks for, and iipsrv gives."""
    base = f"http://localhost:{behind.port}"
    sign_in(page, base)
    asked = opened(page, base, 3)
    assert set(asked.values()) == {200}
    assert len([url for url in asked if url.startswith("3/members-1/") and url.endswith(".jpg")]) > 3
