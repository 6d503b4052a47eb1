"""Searching in the reader: hits, their light, steps, suggestions, and what is said when there is nothing."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.reading.conftest import LINES, PAGES, WORDS, Desk
from tests.shelf.drawn import lit

pytestmark = pytest.mark.browser

ALL = PAGES * LINES * WORDS


def _boxes(desk: Desk, object_id: str, query: str) -> list[tuple[str, list[int]]]:
    with urlopen(f"{desk.url}/search/2/{object_id}?q={query}", timeout=10) as answer:
        items: list[dict[str, Any]] = json.load(answer)["items"]
    targets = [item["target"].partition("#xywh=") for item in items]
    return [(canvas, [int(number) for number in box.split(",")]) for canvas, _, box in targets]


def test_the_first_hit_is_lit_over_its_word_and_the_others_are_listed_by_page(desk: Desk):
    desk.open("almanac").search("lantern")
    desk.told("1 of 10 hits")
    (place,) = desk.lit()
    _, (x, y, width, height) = _boxes(desk, "almanac", "lantern")[0]
    assert abs(place["x"] - (x + width / 2)) < 2
    assert abs(place["y"] - (y + height / 2)) < 2
    expect(desk.page.locator("#found h3")).to_have_text(["Title page", *(f"Page {n}" for n in (3, 10, 12, 13))])
    first = desk.page.locator("#found button").first
    expect(first).to_have_text(re.compile(r"^… .*the rule of the lantern, set down .* …$"))
    expect(first.locator("mark")).to_have_text("lantern,")


@pytest.mark.parametrize(
    ("book", "query", "drawn"),
    [
        ("seasons", "夕暮れ", ["夕", "暮", "れ"]),
        ("beginnings", "מרחפת", ["מְרַחֶפֶת"]),
        ("odes", "سدوله", ["سُدُولَهُ"]),
    ],
)
def test_the_light_lies_over_the_ink_of_the_drawn_words(desk: Desk, book: str, query: str, drawn: list[str]):
    desk.open(book).search(query)
    places = desk.lit()
    box = desk.page.evaluate(
        """() => { const {x, y, width, height} = document.querySelector(".hit.current");
          return [x, y, width, height].map(each => Math.round(each.baseVal.value)); }"""
    )
    assert [piece.text for piece in lit(book, 1, tuple(box))] == drawn
    view = desk.page.viewport_size
    assert view is not None
    assert 0 <= places[0]["left"] < places[0]["right"] <= view["width"]
    assert 0 <= places[0]["top"] < places[0]["bottom"] <= view["height"]


def test_n_and_p_enter_and_the_buttons_step_from_hit_to_hit_and_around_the_end(desk: Desk):
    page = desk.open("almanac").page
    desk.search("lantern")
    desk.told("1 of 10 hits")
    desk.box.press("Enter")
    desk.told("2 of 10 hits")
    desk.at("3 of 13")
    desk.box.press("Shift+Enter")
    desk.told("1 of 10 hits")
    page.get_by_role("button", name="Previous hit").click()
    desk.told("10 of 10 hits")
    page.keyboard.press("n")
    desk.told("1 of 10 hits")
    page.keyboard.press("p")
    desk.at("13 of 13")


def test_a_hit_over_a_lines_end_is_one_hit_with_two_lights(desk: Desk):
    desk.open("almanac").search("lantern")
    desk.page.locator("#found button", has_text="lan-tern").click()
    desk.told("5 of 10 hits")
    desk.at("10 of 13")
    assert len(desk.lit()) == 2


def test_the_step_after_another_page_was_opened_goes_on_from_there(desk: Desk):
    desk.open("almanac").search("lantern")
    desk.told("1 of 10 hits")
    desk.press("End")
    desk.told("10 hits")
    desk.page.keyboard.press("p")
    desk.told("7 of 10 hits")


def test_words_are_suggested_and_taken_by_keys_alone(desk: Desk):
    page = desk.open("almanac").page
    box = desk.box
    box.press_sequentially("lan")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowUp")
    expect(page.locator("#terms [aria-selected=true]")).to_contain_text("lanterns")
    expect(box).to_have_attribute("aria-activedescendant", re.compile(r"terms-\d+"))
    box.press("Enter")
    expect(box).to_have_value("lanterns")
    expect(box).to_have_attribute("aria-expanded", "false")
    desk.told("1 of 2 hits")
    box.fill("harbour lan")
    expect(page.locator("#terms [role=option]").first).to_be_visible()
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("harbour lan")
    box.press("Escape")
    expect(box).to_have_value("")
    expect(page.locator(".hit")).to_have_count(0)


def test_nothing_found_comes_with_advice(desk: Desk):
    desk.open("almanac").search("zeppelin")
    desk.told("Nothing found")
    expect(desk.page.locator("#found")).to_contain_text("No page of this book has zeppelin.")
    expect(desk.page.locator("#found li")).to_have_count(3)
    desk.search("lantern")
    desk.told("1 of 10 hits")


def test_where_a_book_is_closed_the_advice_says_that_there_may_be_more(desk: Desk):
    desk.open("letters").search("lantern")
    desk.told("Nothing found")
    expect(desk.page.locator("#found li").last).to_contain_text("Not all of this book is open to you.")


def test_what_the_query_language_cannot_take_is_told_with_its_remedy(desk: Desk):
    page = desk.open("almanac").page
    page.evaluate("document.getElementById('q').removeAttribute('maxlength')")
    desk.search("x" * 1001)
    desk.told("The query has 1001 characters. Ask with at most 1000.")


def _answer(status: int, body: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, body=body, content_type="application/json")


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (_answer(503, "{}"), "Search is not available just now. You can read on, and try again later."),
        (_answer(500, "<html>"), "Search is not available just now. You can read on, and try again later."),
        (_answer(429, '{"detail": "Come again tomorrow."}'), "Come again tomorrow."),
        (lambda route: route.abort(), "The search did not answer. You can read on, and try again."),
    ],
    ids=["503", "html", "429", "silence"],
)
def test_a_search_that_is_down_says_so_and_the_page_stays_usable(desk: Desk, act: Callable[[Route], None], told: str):
    page = desk.open("almanac").page
    page.route("**/search/2/**", act)
    desk.search("lantern")
    desk.told(told)
    desk.press("ArrowRight")
    desk.at("2 of 13")
    page.unroute("**/search/2/**")
    desk.box.fill("lantern")
    desk.box.press("Enter")
    desk.told("1 of 10 hits" if page.locator("#where").inner_text() == "1 of 13" else "2 of 10 hits")


def test_an_older_query_never_wins_over_a_newer_one(desk: Desk):
    page = desk.open("almanac").page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/search/2/almanac?q=comet", hold)
    desk.search("comet")
    desk.told("Looking…")
    desk.search("lantern")
    desk.told("1 of 10 hits")
    assert len(held) == 1
    held[0].abort()
    desk.told("1 of 10 hits")


def test_a_page_that_was_turned_while_a_link_was_looked_up_is_not_turned_back(desk: Desk):
    page = desk.open("almanac").page
    desk.search("lantern")
    desk.told("1 of 10 hits")
    desk.press("n")
    desk.told("2 of 10 hits")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/search/2/almanac?q=lantern", hold)
    page.reload()
    desk.shown()
    desk.told("Looking…")
    desk.press("End")
    last = page.locator("#where").text_content()
    held[0].continue_()
    desk.told("10 hits")
    desk.at(str(last))
    assert str(last).split(" of ")[0] == str(last).split(" of ")[1]


def test_over_1000_hits_are_fetched_page_by_page_as_one_steps_and_scrolls(long_shelf: str, page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search/2/long?" in request.url else None)
    desk = Desk(page, long_shelf).open("long")
    desk.search("tide")
    desk.told(f"1 of {ALL:,} hits")
    per_page = LINES * WORDS
    assert page.locator("#found button").count() == per_page
    page.locator("#found button").nth(per_page - 1).click()
    desk.told(f"{per_page} of {ALL:,} hits")
    page.keyboard.press("n")
    desk.told(f"{per_page + 1} of {ALL:,} hits")
    desk.at(f"2 of {PAGES}")
    page.locator("#found button").nth(2 * per_page - 1).scroll_into_view_if_needed()
    expect(page.locator("#found button")).to_have_count(ALL)
    assert len(asked) == PAGES
    desk.press("End")
    page.keyboard.press("p")
    desk.told(f"{2 * per_page:,} of {ALL:,} hits")


def test_a_page_without_a_picture_shows_its_words_where_they_stand(long_shelf: str, page: Page):
    desk = Desk(page, long_shelf).open("long", "?q=tide")
    expect(page.locator("#notice")).to_contain_text("There is no picture of this page.")
    expect(page.locator(".sheet text")).to_have_count(LINES)
    line = page.locator(".sheet text").first.bounding_box()
    (light,) = desk.lit()
    line = page.locator(".sheet text").first.bounding_box()
    assert line is not None
    assert abs(line["x"] - light["left"]) < 8
    assert line["y"] < (light["top"] + light["bottom"]) / 2 < line["y"] + line["height"]
