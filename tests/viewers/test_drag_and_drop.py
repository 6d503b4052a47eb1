"""The IIIF icon of an object's page, dragged by the mouse onto a viewer, opens the object there."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.viewers import bench
from tests.viewers.cells import Visiting
from tests.viewers.places import ONE_ORIGIN
from tests.viewers.visit import Visit

pytestmark = pytest.mark.browser

_OF_DROPPED = re.compile(rf"/iiif/[23]/{bench.VOLUME}-1/.*default\.jpg$")


def beside(visit: Visit, viewer: str) -> None:
    """Open the page of an object and, beside it, a viewer that shows another one or none."""
    asked = {
        "viewer": viewer,
        "object": f"/objects/{bench.VOLUME}",
        "begin": visit.manifest(bench.OPEN, 2),
    }
    visit.page.goto(f"{visit.origin}/bench/pages/drop.html?{urlencode(asked)}")


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, target: Locator) -> None:
    """Drag the icon onto a place as a hand does: pressed, moved in steps, let go."""
    icon = page.frame_locator("iframe[title]").locator("a.drag")
    icon.scroll_into_view_if_needed()
    expect(icon).to_be_visible()
    page.mouse.move(*middle(icon))
    page.mouse.down()
    page.mouse.move(*middle(target), steps=12)
    page.mouse.move(*middle(target), steps=2)
    page.mouse.up()


def draws_the_dropped(page: Page) -> Callable[[Response], bool]:
    """Return whether an answer is a picture of the dropped object for the viewer, not for the page beside it."""
    return lambda answer: answer.ok and answer.frame == page.main_frame and bool(_OF_DROPPED.search(answer.url))


def test_dropped_on_mirador_the_object_opens_in_a_window(visiting: Visiting):
    with visiting(ONE_ORIGIN) as visit:
        beside(visit, "mirador")
        welcome = visit.page.get_by_text("Welcome to Mirador")
        expect(welcome).to_be_visible()
        with visit.page.expect_response(draws_the_dropped(visit.page)):
            drag(visit.page, welcome)
        expect(visit.page.locator("section.mirador-window")).to_have_count(1)
        expect(visit.page.locator("section.mirador-window")).to_contain_text(f"1 of {bench.VOLUME_PAGES}")


def test_dropped_on_universal_viewer_the_object_takes_the_place_of_the_other(visiting: Visiting):
    with visiting(ONE_ORIGIN) as visit:
        beside(visit, "uv")
        stage = visit.page.locator("#viewer .centerPanel").first
        expect(stage).to_be_visible()
        expect(visit.page.locator("#viewer .total").first).to_contain_text(f"{len(bench.HERBAL)}")
        with visit.page.expect_response(draws_the_dropped(visit.page)):
            drag(visit.page, stage)
        expect(visit.page.locator("#viewer .total").first).to_contain_text(f"{bench.VOLUME_PAGES}")
