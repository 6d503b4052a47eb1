"""Mirador: a hit in columns and in lines from right to left is lit exactly over the word that was drawn."""

import re

import pytest
import pyvips
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.pictures import coloured_extent
from tests.shelf.drawn import SAMPLES, lit

pytestmark = pytest.mark.browser

_PAPER = ((238, 232, 212), (250, 246, 230))
_YELLOW = ((225, 215, 90), (255, 255, 190))


@pytest.mark.parametrize(
    ("book", "query", "drawn"),
    [
        ("seasons", "夕暮れ", ["夕", "暮", "れ"]),
        ("seasons", "山の端", ["山", "の", "端"]),
        ("beginnings", "מרחפת", ["מְרַחֶפֶת"]),
        ("beginnings", '"בראשית ברא אלהים"', ["בְּרֵאשִׁית", "בָּרָא", "אֱלֹהִים"]),
        ("odes", "سدوله", ["سُدُولَهُ"]),
        ("odes", '"من ذكرى حبيب"', ["مِنْ", "ذِكْرَى", "حَبِيبٍ"]),
    ],
)
def test_the_light_lies_over_the_drawn_words(demo: Demo, page: Page, book: str, query: str, drawn: list[str]):
    page.goto(demo.object(book))
    expect(page.locator(".openseadragon-canvas").first).to_be_visible()
    page.locator("button[role=tab][aria-label=Search]").or_(page.locator('input[id^="search-"]')).first.click()
    box = page.locator('input[id^="search-"]')
    box.fill(query)
    box.press("Enter")
    expect(page.locator('aside[aria-label="Search"]')).to_contain_text(re.compile(r"1 of \d+"))
    page.wait_for_timeout(2500)
    width, height = _size(book)
    left, _, right, _ = coloured_extent(page, *_PAPER)
    scale = width / (right - left)
    area = page.locator(".openseadragon-canvas").first.bounding_box()
    assert area is not None
    top = (area["height"] - height / scale) / 2  # its head lies under a shadow, its foot under buttons
    x0, y0, x1, y1 = coloured_extent(page, *_YELLOW)
    place = [round(scale * each) for each in (x0 - left, y0 - top, x1 - x0, y1 - y0)]
    assert place[1] + place[3] < height
    found = lit(book, 1, (place[0], place[1], place[2], place[3]))
    assert [piece.text for piece in found] == drawn
    slack = 2 * scale + 8  # two pixels of the screen, and what ink may leave the advance of its letters
    for piece in found:
        x, y, w, h = piece.ink
        assert place[0] - slack <= x
        assert place[1] - slack <= y
        assert x + w <= place[0] + place[2] + slack
        assert y + h <= place[1] + place[3] + slack


def _size(book: str) -> tuple[int, int]:
    """Return the page's width and height in pixels, as its picture has them."""
    picture = pyvips.Image.new_from_file(str(SAMPLES / book / "images" / "p001.jpg"))
    return picture.width, picture.height
