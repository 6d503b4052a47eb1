"""Mirador: the search box, the hits, the highlight, and the sign-in to the letters."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, TimeoutError, expect

from tests.browser.conftest import Demo
from tests.browser.pictures import coloured_pixels, detail

pytestmark = pytest.mark.browser

_CONTINUE = re.compile("^continue$", re.IGNORECASE)
_SEARCH_PANEL = 'aside[aria-label="Search"]'


def _open(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator(".openseadragon-canvas").first).to_be_visible()


def _search(page: Page, text: str) -> None:
    box = page.locator('input[id^="search-"]')
    if not box.is_visible():
        page.locator('button[role=tab][aria-label="Search"]').click()
    box.fill(text)
    box.press("Enter")


def test_a_word_typed_into_the_search_box_is_listed_and_lit_on_the_page(demo: Demo, page: Page):
    _open(page, demo.object("almanac"))
    _search(page, "lantern")
    panel = page.locator(_SEARCH_PANEL)
    expect(panel).to_contain_text(re.compile(r"1 of \d+"))
    expect(panel.locator("ul").first).to_contain_text("lantern", ignore_case=True)
    page.wait_for_function("() => document.querySelectorAll('.openseadragon-canvas canvas').length > 1")
    page.wait_for_timeout(1500)
    assert coloured_pixels(page, "yellow") > 20


def test_a_word_that_is_not_there_says_so(demo: Demo, page: Page):
    _open(page, demo.object("almanac"))
    _search(page, "zeppelin")
    expect(page.locator(_SEARCH_PANEL)).to_contain_text("No results found")


def test_suggestions_are_offered(demo: Demo, page: Page):
    _open(page, demo.object("almanac"))
    page.locator('input[id^="search-"]').press_sequentially("lant")
    expect(page.get_by_role("option").first).to_contain_text("lantern", ignore_case=True)


def _look_closely(page: Page) -> None:
    """Turn to a page full of text and enlarge it."""
    page.get_by_role("button", name="Next item").click()
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
        page.wait_for_timeout(400)
    page.wait_for_timeout(2000)


def _open_window(browser: BrowserContext, page: Page, label: str) -> Page:
    """Press the bar's buttons until the access service's window opens; a bar that is drawn anew folds up again."""
    button = page.get_by_role("button", name=label, exact=True).first
    for _ in range(4):
        if not button.is_visible():
            page.get_by_text(_CONTINUE).first.click()
        try:
            with browser.expect_page(timeout=8_000) as opened:
                button.click(timeout=4_000)
        except TimeoutError:
            continue
        return opened.value
    return pytest.fail(f"no window opened for {label!r}")


def _sign_in(browser: BrowserContext, page: Page, demo: Demo) -> None:
    """Go through the login bar and the sign-in window as a reader would."""
    window = _open_window(browser, page, "Sign in")
    window.get_by_label("Name").fill(demo.name)
    window.get_by_label("Password").fill(demo.password)
    with window.expect_event("close"):
        window.get_by_role("button", name="Sign in").click()


def test_after_signing_in_the_letters_are_sharp_and_after_signing_out_they_are_not(
    demo: Demo, browser: BrowserContext, page: Page
):
    _open(page, demo.object("letters"))
    _look_closely(page)
    before = detail(page)
    _sign_in(browser, page, demo)
    sign_out = page.get_by_role("button", name=re.compile("sign out", re.IGNORECASE))
    expect(sign_out.first).to_be_visible()
    page.wait_for_timeout(3000)
    after = detail(page)
    assert after > 1.5 * before, (before, after)
    with browser.expect_page():
        sign_out.first.click()
    expect(page.get_by_text(_CONTINUE).first).to_be_visible()
    page.wait_for_timeout(3000)
    assert detail(page) < after / 1.3


def test_whoever_signed_out_can_sign_in_again(demo: Demo, browser: BrowserContext, page: Page):
    _open(page, demo.object("letters"))
    _look_closely(page)
    before = detail(page)
    for _ in range(2):
        _sign_in(browser, page, demo)
        sign_out = page.get_by_role("button", name=re.compile("sign out", re.IGNORECASE)).first
        expect(sign_out).to_be_visible()
        page.wait_for_timeout(3000)
        assert detail(page) > 1.5 * before
        with browser.expect_page():
            sign_out.click()
        expect(page.get_by_text(_CONTINUE).first).to_be_visible()


def test_the_search_box_of_the_page_asks_the_viewer_once(demo: Demo, page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search/1/almanac?" in request.url else None)
    _open(page, f"{demo.object('almanac')}&q=lantern")
    expect(page.locator(_SEARCH_PANEL)).to_contain_text(re.compile(r"1 of \d+"))
    assert len(asked) == 1


def test_greek_and_hebrew_are_found_as_printed(demo: Demo, page: Page):
    _open(page, demo.object("almanac"))
    for typed, printed in (("λυχνον", "λύχνον"), ("השביט", "השביט"), ("ist", "iſt")):
        _search(page, typed)
        expect(page.locator(_SEARCH_PANEL).locator("ul").first).to_contain_text(printed)


def test_a_stranger_finds_nothing_in_the_letters_and_a_reader_does(demo: Demo, browser: BrowserContext, page: Page):
    _open(page, demo.object("letters"))
    _search(page, "commodore")
    expect(page.locator(_SEARCH_PANEL)).to_contain_text("No results found")
    _sign_in(browser, page, demo)
    _search(page, "Commodore")
    expect(page.locator(_SEARCH_PANEL)).to_contain_text(re.compile(r"1 of \d+"))


def test_the_gazette_is_shown_after_its_terms_are_accepted(demo: Demo, browser: BrowserContext, page: Page):
    _open(page, demo.object("gazette"))
    window = _open_window(browser, page, "Read the terms")
    with window.expect_event("close"):
        window.get_by_role("button", name="I accept").click()
    page.wait_for_timeout(3000)
    assert detail(page) > 3
