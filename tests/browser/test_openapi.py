"""`/openapi` in a browser: everything on it unfolded, axe-core blames nothing, nothing is asked elsewhere."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Demo
from tests.services_auth.test_accessible import AXE, COLOURS, DESKTOP, PHONE, Colours, blamed

pytestmark = pytest.mark.browser

_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
_UNFOLD = "document.querySelectorAll('details').forEach(each => { each.open = true; })"


@pytest.mark.parametrize("colours", COLOURS)
def test_axe_finds_nothing_wide_and_narrow(demo: Demo, page: Page, colours: Colours):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme=colours)
    page.goto(f"{demo.url}/openapi")
    page.evaluate(_UNFOLD)
    page.evaluate(AXE)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert blamed(page) == [], size
        assert page.evaluate(_FITS), f"wider than the window of {size}"
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(demo.url).netloc}
    assert {urlsplit(url).path for url in asked} == {"/openapi", "/static/lectern.css", "/static/lectern.svg"}
