"""Authorization Flow 2 in the reader: substitute, sign-in, sign-out, terms, denial, and a session that ends."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.reading.conftest import Desk
from tests.conformance.stage import Stage

pytestmark = [
    pytest.mark.browser,
    # A window that closes while its style sheet is sent leaves a file to the garbage collector in these tests' server.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <_io.FileIO name=:pytest.PytestUnraisableExceptionWarning"
    ),
]

_BAR = "#access"
_IMAGE = re.compile(r"/iiif/3/([^/]+)/.*\.jpg$")


class Tiles:
    """The pictures that a page was given: the image of each with its status, in the order of their coming."""

    def __init__(self, page: Page) -> None:
        self.found: list[tuple[str, int]] = []
        page.on("response", lambda answer: self._note(answer.url, answer.status))

    def _note(self, url: str, status: int) -> None:
        if image := _IMAGE.search(url):
            self.found.append((image[1], status))

    def since(self, page: Page, image: str, before: int) -> set[int]:
        """Wait for a picture of an image after so many others; return the statuses of those of it."""
        for _ in range(300):
            if statuses := {status for name, status in self.found[before:] if name == image}:
                return statuses
            page.wait_for_timeout(100)
        raise AssertionError(f"no picture of {image} was asked for: {self.found[before:]}")


def _sign_in(desk: Desk, name: str, password: str, button: str = "Sign in") -> None:
    with desk.page.expect_popup() as opened:
        desk.page.get_by_role("button", name=button).click()
    window = opened.value
    window.fill("#username", name)
    window.fill("#password", password)
    window.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")


def test_a_stranger_sees_the_substitute_then_signs_in_and_sees_everything_then_signs_out(desk: Desk, demo: Demo):
    page = desk.page
    tiles = Tiles(page)
    desk.open("letters")
    expect(page.locator(_BAR)).to_contain_text("You see a small version. The letters are for readers")
    assert tiles.since(page, "letters-1~degraded", 0) == {200}
    assert not any(image == "letters-1" for image, _ in tiles.found)
    desk.search("lantern")
    desk.told("Nothing found")
    before = len(tiles.found)
    _sign_in(desk, demo.name, demo.password)
    expect(page.locator(_BAR)).to_be_hidden()
    assert tiles.since(page, "letters-1", before) == {200}
    expect(page.locator(".openseadragon-canvas")).to_be_focused()  # the button that was pressed is gone
    desk.told("4 hits")  # the search was asked again
    page.keyboard.press("n")
    desk.at("4 of 11")
    before = len(tiles.found)
    with page.expect_popup():
        page.get_by_role("button", name="Sign out of Lectern").click()
    expect(page.locator(_BAR)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    assert tiles.since(page, "letters-4~degraded", before) == {200}
    desk.told("Nothing found")


def test_who_comes_back_need_not_sign_in_again(desk: Desk, demo: Demo):
    page = desk.page
    desk.open("letters")
    _sign_in(desk, demo.name, demo.password)
    expect(page.locator(_BAR)).to_be_hidden()
    tiles = Tiles(page)
    desk.open("letters", "?q=lantern")
    desk.told("1 of 4 hits")
    assert tiles.since(page, "letters-4", 0) == {200}
    expect(page.locator(_BAR)).to_be_hidden()
    desk.press("ArrowRight")
    assert tiles.since(page, "letters-5", 0) == {200}
    assert not any(image.startswith("letters-5~") for image, _ in tiles.found)


def test_a_session_that_was_ended_elsewhere_leads_back_to_the_substitute(desk: Desk, demo: Demo):
    page = desk.page
    desk.open("letters")
    _sign_in(desk, demo.name, demo.password)
    expect(page.locator(_BAR)).to_be_hidden()
    desk.still()
    elsewhere = page.context.new_page()
    elsewhere.goto(f"{demo.url}/auth/logout")
    elsewhere.close()
    tiles = Tiles(page)
    for _ in range(4):
        page.get_by_role("button", name="Closer").click()
    expect(page.locator(_BAR)).to_contain_text("You see a small version.")
    assert tiles.since(page, "letters-1", 0) == {401}
    assert tiles.since(page, "letters-1~degraded", 0) == {200}
    expect(page.get_by_role("button", name="Sign out of Lectern")).to_be_hidden()
    _sign_in(desk, demo.name, demo.password)
    expect(page.locator(_BAR)).to_be_hidden()


def test_terms_are_a_card_in_place_of_the_page_and_open_it(desk: Desk):
    page = desk.page
    tiles = Tiles(page)
    desk.open("gazette", picture=False)
    card = page.locator("#door")
    expect(card.get_by_role("heading")).to_have_text("The gazette has terms of use")
    expect(card).to_contain_text("whoever agrees to be kind to them")
    expect(page.locator("#strip img")).to_have_count(0)
    desk.search("the")
    expect(page.locator("#count")).to_contain_text("hits")  # its text is free
    with page.expect_popup() as opened:
        card.get_by_role("button", name="Read the terms").click()
    opened.value.locator("form").first.wait_for()
    opened.value.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")
    expect(card).to_be_hidden()
    assert tiles.since(page, "gazette-1", 0) == {200}


def test_a_window_that_is_closed_is_told_and_the_way_in_stays(desk: Desk):
    page = desk.page
    desk.open("gazette", picture=False)
    button = page.get_by_role("button", name="Read the terms")
    with page.expect_popup() as opened:
        button.click()
    expect(page.get_by_role("button", name="Waiting for the other window…")).to_be_disabled()
    opened.value.close()
    expect(page.locator("#door").get_by_role("heading")).to_have_text("Not signed in")
    expect(button).to_be_enabled()
    expect(button).to_be_focused()


def test_who_is_signed_in_without_the_right_is_told_so(staged: Desk):
    staged.open("tiered")
    with staged.page.expect_popup() as opened:
        staged.page.locator("#access button").click()
    window = opened.value
    window.fill("#username", "bob")
    window.fill("#password", "hidden")
    with window.expect_navigation():
        window.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")
    window.close()
    expect(staged.page.locator("#access")).not_to_contain_text("You see a small version.")
    expect(staged.page.locator("#access b")).to_have_text("You were not let in")
    expect(staged.page.locator(".sheet")).to_be_visible()


def test_outside_the_room_there_is_a_note_and_no_button_and_inside_there_is_the_page(staged: Desk, stage: Stage):
    staged.open("external", picture=False)
    expect(staged.page.locator("#door h2")).not_to_be_empty()
    expect(staged.page.locator("#door button")).to_have_count(0)
    stage.enter_the_room()
    staged.open("external")
    expect(staged.page.locator("#door")).to_be_hidden()


@pytest.mark.parametrize("life", ["token_life", "session_idle"])
def test_what_runs_out_while_one_reads_is_replaced_or_leads_back_to_the_substitute(
    staged: Desk, stage: Stage, life: str
):
    page = staged.page
    staged.open("tiered")
    _sign_in(staged, "ann", "secret")
    expect(page.locator("#access")).to_be_hidden()
    stage.site.clock.move(getattr(stage.site.context.settings, life))
    tiles = Tiles(page)
    staged.press("ArrowRight")
    if life == "token_life":
        assert tiles.since(page, "tiered-2", 0) == {200}
        expect(page.locator("#access")).to_be_hidden()
    else:
        assert tiles.since(page, "tiered-2~degraded", 0) == {200}
        expect(page.locator("#access")).to_contain_text("You see a small version.")
        assert not any(image == "tiered-2" for image, _ in tiles.found)


def test_a_probe_that_is_down_leaves_the_page_usable_and_says_so(desk: Desk):
    page = desk.page
    page.route("**/auth/probe/letters-1", lambda route: route.abort())
    desk.open("letters", picture=False)
    expect(page.locator("#door h2")).to_have_text("Not available just now")
    desk.press("ArrowRight")
    desk.shown()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#door h2")).to_be_visible()
    page.unroute("**/auth/probe/letters-1")
    page.get_by_role("button", name="Try again").click()
    desk.shown()
    expect(page.locator(_BAR)).to_be_visible()
