"""A static copy behind a plain file server: viewers find every file that they ask for, and show the pixels."""

from pathlib import Path
from typing import Any

import pytest
import pyvips
from playwright.sync_api import Page, Route, expect

from tests.conftest import ROOT
from tests.services_tiles.conftest import HEIGHT, WIDTH, Desk, desk, pictures
from tests.services_tiles.plain import file_server

pytestmark = pytest.mark.browser

__all__ = ["desk", "pictures"]

_MODULES = ROOT / "node_modules"
_OPENSEADRAGON = _MODULES / "openseadragon" / "build" / "openseadragon" / "openseadragon.min.js"
_MIRADOR = _MODULES / "mirador" / "dist" / "mirador.min.js"
_UNIVERSAL_VIEWER = _MODULES / "universalviewer" / "dist"
_PATIENCE_SECONDS = 60
_ALONE = """<!doctype html><meta charset="utf-8"><div id="v" style="width:700px;height:560px"></div>
<script src="/viewer.js"></script><script>
const viewer = OpenSeadragon({id: "v", tileSources: "INFO", showNavigationControl: false, immediateRender: true,
  animationTime: 0, drawer: "canvas"});
viewer.addHandler("open", () => { window.opened = true; });
</script>"""
_WORKSPACE = """<!doctype html><meta charset="utf-8"><div id="v" style="position:absolute;inset:0"></div>
<script src="/viewer.js"></script><script>
const sideBar = {sideBarOpen: true, defaultSideBarPanel: "canvas"};
const thumbnails = {defaultPosition: "far-bottom"};
Mirador.viewer({id: "v", windows: [{manifestId: "MANIFEST"}], window: sideBar, thumbnailNavigation: thumbnails});
</script>"""
_UNIVERSAL = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/uv/uv.css">
<div id="v" class="uv" style="position:absolute;inset:0"></div><script src="/uv/umd/UV.js"></script>
<script>window.viewer = UV.init("v", {manifest: "MANIFEST"});</script>"""
_SETTLE = """async () => {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  for (let i = 0; i < 600 && !viewer.world.getItemAt(0).getFullyLoaded(); i++)
    await new Promise(resolve => setTimeout(resolve, 50));
  await new Promise(resolve => setTimeout(resolve, 200));
}"""
_LOOK = """([zoom, x, y]) => {
  const item = viewer.world.getItemAt(0), view = viewer.viewport;
  if (zoom) view.zoomTo(item.imageToViewportZoom(zoom), null, true);
  else view.goHome(true);
  if (zoom) view.panTo(item.imageToViewportCoordinates(x, y), true);
  viewer.forceRedraw();
}"""
_PLACE = "([x, y]) => { const p = viewer.world.getItemAt(0).imageToViewerElementCoordinates("
_PLACE += "new OpenSeadragon.Point(x, y)); return [p.x, p.y]; }"


def show(page: Page, url: str, html: str, script: Path) -> None:
    """Open a page with a viewer on the server's own origin."""
    page.route(f"{url}/viewer.js", lambda route: route.fulfill(path=script))
    page.route(f"{url}/viewer.html", lambda route: route.fulfill(content_type="text/html", body=html))
    page.route(f"{url}/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{url}/viewer.html")


def lost(noted: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return what was asked of the copy and is not there.

    Of a canvas without a picture Universal Viewer asks for a thumbnail at no address, which is no file of a copy's.
    """
    return [(path, status) for path, status in noted if status not in {200, 304} and path.startswith("/copy/")]


def colour_at(page: Page, x: int, y: int) -> list[float]:
    """Return the colour that is seen where a pixel of the picture is shown."""
    left, top = page.evaluate(_PLACE, [x, y])
    picture: Any = pyvips.Image.new_from_buffer(page.locator("#v").screenshot(), "")
    return [float(value) for value in picture.getpoint(round(left), round(top))[:3]]


def expected_at(x: int, y: int) -> list[float]:
    return [x * 250 / (WIDTH - 1), y * 250 / (HEIGHT - 1), 128]


@pytest.mark.parametrize("version", [2, 3])
def test_openseadragon_shows_the_pixels_of_a_copy_at_every_zoom(page: Page, desk: Desk, tmp_path: Path, version: int):
    with file_server(tmp_path) as (url, noted):
        result = desk.run("mixed", str(tmp_path / "copy"), "--base", f"{url}/copy", "--version", str(version))
        assert result.exit_code == 0, result.output
        show(page, url, _ALONE.replace("INFO", f"{url}/copy/images/1/info.json"), _OPENSEADRAGON)
        page.wait_for_function("window.opened", timeout=_PATIENCE_SECONDS * 1000)
        for zoom, x, y in ((0, 0, 0), (0.5, 500, 400), (1, 350, 280), (1, 800, 560), (2, 1000, 700)):
            page.evaluate(_LOOK, [zoom, x, y])
            page.evaluate(_SETTLE)
            at = [(x, y), (x + 60, y + 40)] if zoom else [(40, 40), (550, 400), (1060, 760)]
            for point in at:
                assert colour_at(page, *point) == pytest.approx(expected_at(*point), abs=8), (zoom, point)
    assert not lost(noted)
    regions = {path.split("/")[-4] for path, _ in noted if path.endswith(".jpg")}
    assert {"0,0,1024,800", "512,512,512,288"} <= regions


@pytest.mark.parametrize("version", [2, 3])
def test_mirador_opens_a_copy_and_finds_every_file(page: Page, desk: Desk, tmp_path: Path, version: int):
    with file_server(tmp_path) as (url, noted):
        result = desk.run("mixed", str(tmp_path / "copy"), "--base", f"{url}/copy", "--version", str(version))
        assert result.exit_code == 0, result.output
        show(page, url, _WORKSPACE.replace("MANIFEST", f"{url}/copy/manifest.json"), _MIRADOR)
        expect(page.locator(".openseadragon-canvas").first).to_be_visible()
        expect(page.get_by_text("folio 1").first).to_be_visible()
        for service in ("images/1/", "images/2~small/"):
            page.wait_for_function("() => !document.querySelector('[role=progressbar]')")
            page.wait_for_timeout(2000)
            assert [path for path, _ in noted if service in path and path.endswith(".jpg")], noted
            page.get_by_role("button", name="Next item").click()
        page.wait_for_timeout(1000)
    assert not lost(noted)


@pytest.mark.parametrize("version", [2, 3])
def test_universal_viewer_opens_a_copy_and_finds_every_file(page: Page, desk: Desk, tmp_path: Path, version: int):
    with file_server(tmp_path) as (url, noted):
        result = desk.run("mixed", str(tmp_path / "copy"), "--base", f"{url}/copy", "--version", str(version))
        assert result.exit_code == 0, result.output

        def answer(route: Route) -> None:
            path = _UNIVERSAL_VIEWER / route.request.url.removeprefix(f"{url}/uv/").partition("?")[0]
            route.fulfill(path=path) if path.is_file() else route.fulfill(status=404)

        page.route(f"{url}/uv/**", answer)
        show(page, url, _UNIVERSAL.replace("MANIFEST", f"{url}/copy/manifest.json"), _OPENSEADRAGON)
        expect(page.locator(".openseadragon-canvas").first).to_be_visible(timeout=_PATIENCE_SECONDS * 1000)
        page.wait_for_timeout(3000)
    assert [path for path, _ in noted if "images/1/" in path and path.endswith(".jpg")], noted
    assert not lost(noted)
