"""Universal Viewer: the search box, the count, the boxes."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Demo
from tests.browser.pictures import detail

pytestmark = pytest.mark.browser


def _search(page: Page, text: str) -> None:
    box = page.locator("#searchWithinInput")
    expect(box).to_be_visible()
    box.fill(text)
    box.press("Enter")


def test_a_word_typed_into_the_search_box_is_counted_and_lit_on_the_page(demo: Demo, page: Page):
    page.goto(demo.object("almanac", "uv"))
    _search(page, "lantern")
    expect(page.locator(".searchResultsInfo .info").first).to_contain_text(
        re.compile(r"\d+ results? found for .lantern")
    )
    expect(page.locator(".openseadragon-canvas .annotationRect").first).to_be_attached()


def test_a_hit_is_shown_on_its_page_and_does_not_fill_the_stage(demo: Demo, page: Page):
    page.goto(demo.object("almanac", "uv"))
    _search(page, "lantern")
    lit = page.locator(".openseadragon-canvas .annotationRect").first
    expect(lit).to_be_attached()
    page.wait_for_timeout(2000)  # it would be moved to by then
    stage = page.locator(".openseadragon-canvas").first.bounding_box()
    word = lit.bounding_box()
    assert stage is not None
    assert word is not None
    assert word["width"] < stage["width"] / 8
    assert stage["x"] <= word["x"] <= stage["x"] + stage["width"]
    assert stage["y"] <= word["y"] <= stage["y"] + stage["height"]


def test_a_word_that_is_not_there_says_so_and_the_box_lives_on(demo: Demo, page: Page):
    page.goto(demo.object("almanac", "uv"))
    _search(page, "zeppelin")
    dialogue = page.locator(".overlay.genericDialogue")
    expect(dialogue).to_contain_text("No matches were found")
    dialogue.locator(".accept").first.click()
    _search(page, "lantern")
    expect(page.locator(".searchResultsInfo .info").first).to_contain_text("found for")


def test_after_signing_in_the_letters_are_sharp(demo: Demo, browser: BrowserContext, page: Page):
    page.goto(demo.object("letters", "uv"))
    bar = page.locator(".informationBox .actions a")
    expect(bar.first).to_be_visible()
    page.wait_for_timeout(2000)
    before = detail(page)
    with browser.expect_page() as opened:
        bar.first.click()
    window = opened.value
    window.get_by_label("Name").fill(demo.name)
    window.get_by_label("Password").fill(demo.password)
    with window.expect_event("close"):
        window.get_by_role("button", name="Sign in").click()
    expect(bar.first).to_be_hidden()
    page.wait_for_timeout(3000)
    after = detail(page)
    assert after > 1.1 * before, (before, after)


def test_the_button_of_the_terms_can_be_read(demo: Demo, page: Page):
    page.goto(demo.object("gazette", "uv"))
    button = page.locator(".overlay.auth .confirm")
    expect(button).to_have_text("Read the terms")
    expect(button).to_have_css("color", "rgb(255, 255, 255)")
    expect(button).not_to_have_css("background-color", "rgb(255, 255, 255)")
