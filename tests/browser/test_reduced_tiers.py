"""TH-63: OpenSeadragon itself, given the info.json of a tier, zooms and pans over all of it and is refused nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.attack.test_tiers import LARGE, TIERS, Houses, close, pair, tiles_of_openseadragon
from tests.conftest import ROOT
from tests.services_image.conftest import BASE

pytestmark = pytest.mark.browser

_SCRIPT = ROOT / "node_modules" / "openseadragon" / "build" / "openseadragon" / "openseadragon.min.js"
_PATIENCE_SECONDS = 60
_PAGE = """<!doctype html><title>viewer</title><div id="v" style="width:900px;height:700px"></div>
<script src="/viewer/openseadragon.js"></script><script>
const viewer = OpenSeadragon({id: "v", tileSources: SOURCE, showNavigationControl: false, immediateRender: true,
  animationTime: 0, imageLoaderLimit: 4, minZoomImageRatio: 0.1, maxZoomPixelRatio: 1, minPixelRatio: 0.1});
viewer.addHandler("open", () => { window.opened = true; });
</script>"""
# Every level, and at each all of the picture by steps of half a window.
_WALK = """async () => {
  const settle = async () => {
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);  // it asks for tiles as it draws
    const idle = () => viewer.world.getItemAt(0).getFullyLoaded();
    for (let i = 0; i < 600 && !idle(); i++) await new Promise(resolve => setTimeout(resolve, 50));
  };
  const view = viewer.viewport, item = viewer.world.getItemAt(0), size = item.getContentSize();
  for (let zoom = view.getMinZoom(); ; zoom = Math.min(zoom * 2, view.getMaxZoom())) {
    view.zoomTo(zoom, null, true);
    const seen = view.getBounds(true), bounds = item.getBounds();
    for (let x = 0; x <= bounds.width + seen.width / 2; x += seen.width / 2)
      for (let y = 0; y <= bounds.height + seen.height / 2; y += seen.height / 2) {
        view.panTo(new OpenSeadragon.Point(Math.min(x, bounds.width), Math.min(y, bounds.height)), true);
        viewer.forceRedraw();
        await settle();
      }
    if (zoom >= view.getMaxZoom()) return [size.x, size.y];
  }
}"""


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    made = pair(tmp_path_factory.mktemp("tiers"), LARGE)
    yield made
    close(made)


@pytest.fixture
def asked(page: Page, houses: Houses) -> list[tuple[str, int]]:
    """Answer the browser from the first house, and note what it asks for and what it is told."""
    noted: list[tuple[str, int]] = []
    client = houses.first.client()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(BASE)
        told = client.get(path, headers={"Accept": route.request.headers.get("accept", "*/*")})
        noted.append((path, told.status_code))
        headers = {name: value for name, value in told.headers if name.lower() != "content-length"}
        route.fulfill(status=told.status_code, headers=headers, body=told.data)

    page.route(f"{BASE}/iiif/**", answer)
    page.route(f"{BASE}/viewer/openseadragon.js", lambda route: route.fulfill(path=_SCRIPT))
    return noted


@pytest.mark.parametrize("version", [2, 3])
def test_th_63_openseadragon_walks_over_a_tier_and_is_refused_nothing(
    page: Page, houses: Houses, asked: list[tuple[str, int]], version: int
):
    info = f"{BASE}/iiif/{version}/{TIERS[0]}/info.json"
    shown = _PAGE.replace("SOURCE", repr(info))
    page.route(f"{BASE}/viewer/", lambda route: route.fulfill(content_type="text/html", body=shown))
    page.goto(f"{BASE}/viewer/")
    page.wait_for_function("window.opened", timeout=_PATIENCE_SECONDS * 1000)
    assert page.evaluate(_WALK) == list(LARGE)
    assert {status for _, status in asked} == {200}
    paths = {path for path, _ in asked}
    start = f"/iiif/{version}/{TIERS[0]}/"
    assert all(path.startswith(start) for path in paths)
    document: Any = houses.first.client().get(start + "info.json").json
    # It asked for every tile that the info.json leads to, and what the other tests take it to ask for is that.
    assert {path.removeprefix(start) for path in paths} - {"info.json"} == set(
        tiles_of_openseadragon(document, version)
    )
    for path in paths:
        first, second = houses.both(path)
        assert first.data == second.data, path
