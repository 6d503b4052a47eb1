"""Pages of the reader: turning them, the strip, chapters, facts, links in and out, frames, and what it looks like."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect

from tests.browser.conftest import Demo
from tests.browser.reading.conftest import Desk
from tests.chromium import FLAGS, PROGRAM
from tests.conformance.stage import serve
from tests.services_auth.test_accessible import COLOURS, Colours, blamed

pytestmark = pytest.mark.browser


def _changed(change: Callable[[dict[str, Any]], Any]) -> Callable[[Route], None]:
    """Return what lets a manifest through with a change."""

    def answer(route: Route) -> None:
        response = route.fetch()
        manifest = response.json()
        change(manifest)
        route.fulfill(response=response, body=json.dumps(manifest))

    return answer


def _state(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return urlsafe_b64encode(quote(text, safe="").encode()).decode().rstrip("=")


def test_keys_turn_pages_and_the_page_tells_where_one_is(desk: Desk):
    page = desk.open("almanac").page
    desk.at("1 of 13")
    expect(page.get_by_role("button", name="Previous page")).to_be_disabled()
    for key, where in [("ArrowRight", 2), ("PageDown", 3), ("ArrowLeft", 2), ("PageUp", 1), ("End", 13), ("Home", 1)]:
        page.keyboard.press(key)
        desk.at(f"{where} of 13")
    page.get_by_role("button", name="Next page").click()
    desk.at("2 of 13")
    page.get_by_label("Page", exact=True).select_option(index=12)
    desk.at("13 of 13")
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()


def test_in_a_book_from_right_to_left_the_left_key_goes_on(desk: Desk):
    page = desk.open("seasons").page
    expect(page.locator("#strip")).to_have_attribute("dir", "rtl")
    page.keyboard.press("ArrowLeft")
    desk.at("2 of 3")
    page.keyboard.press("ArrowRight")
    desk.at("1 of 3")
    expect(page.locator("#left")).to_have_accessible_name("Next page")
    page.locator("#left").click()
    desk.at("2 of 3")


def test_the_strip_has_pictures_that_are_fetched_when_they_come_into_sight(desk: Desk):
    page = desk.open("almanac").page
    small = page.locator("#strip img")
    expect(small).to_have_count(13)
    assert set(small.evaluate_all("all => all.map(each => each.loading)")) == {"lazy"}
    page.locator("#strip button").nth(4).click()
    desk.at("5 of 13")
    expect(page.locator("#strip [aria-current]")).to_have_text("5")
    page.keyboard.press("t")
    expect(page.locator("#strip")).to_be_hidden()


def test_small_pictures_are_told_to_wait_before_they_are_told_their_address(desk: Desk):
    desk.page.add_init_script(
        """const { set } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
        window.loadings = [];
        Object.defineProperty(HTMLImageElement.prototype, "src", { set(address) {
          if (address.includes("/iiif/")) window.loadings.push(this.loading);
          set.call(this, address);
        } });"""
    )
    page = desk.open("almanac").page
    expect(page.locator("#strip img")).to_have_count(13)
    assert page.evaluate("window.loadings.slice(0, 13)") == ["lazy"] * 13


def test_what_is_beside_the_page_is_scrolled_by_the_keyboard(desk: Desk):
    page = desk.open("almanac", "?q=lantern").page
    desk.told("1 of 10 hits")
    page.set_viewport_size({"width": 1280, "height": 400})
    page.locator("#found button").first.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.getElementById('hits').scrollTop > 0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("n")
    desk.told("2 of 10 hits")  # from where it was: no page was turned
    page.get_by_role("button", name="Close", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Hits", exact=True)).to_be_focused()


def test_keys_of_one_letter_can_be_switched_off_and_stay_so(desk: Desk):
    page = desk.open("almanac").page
    page.keyboard.press("?")
    page.get_by_label("Keys of one letter or sign do something").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    desk.shown()
    page.keyboard.press("t")
    page.keyboard.press("?")
    page.keyboard.press("PageDown")
    desk.at("2 of 13")
    expect(page.locator("#strip")).to_be_visible()
    expect(page.locator("#keys")).to_be_hidden()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Keys of one letter or sign do something").check()
    page.keyboard.press("Escape")
    desk.press("t")
    expect(page.locator("#strip")).to_be_hidden()


def test_a_book_without_pages_says_so_and_no_key_breaks_it(desk: Desk):
    faults: list[str] = []
    desk.page.on("pageerror", lambda fault: faults.append(str(fault)))
    desk.page.route("**/presentation/3/almanac/manifest", _changed(lambda told: told.update(items=[])))
    page = desk.open("almanac", picture=False).page
    expect(page.locator("#door h2")).to_have_text("This book has no pages")
    page.keyboard.press("End")
    page.keyboard.press("n")
    assert faults == []


def test_zoom_and_turn_have_keys_and_buttons(desk: Desk):
    page = desk.open("almanac").page
    desk.still()
    sheet = page.locator(".sheet")
    width = sheet.evaluate("each => each.getBoundingClientRect().width")
    page.keyboard.press("+")
    desk.still()
    assert sheet.evaluate("each => each.getBoundingClientRect().width") > 1.3 * width
    page.get_by_role("button", name="Whole page").click()
    desk.still()
    assert abs(sheet.evaluate("each => each.getBoundingClientRect().width") - width) < 2
    page.keyboard.press("r")
    desk.still()
    assert sheet.evaluate("each => { const b = each.getBoundingClientRect(); return b.width > b.height; }")


def test_everything_can_be_reached_by_the_tab_key(desk: Desk):
    page = desk.open("almanac").page
    met = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        met.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    wanted = {
        "q",
        "show-hits",
        "show-about",
        "show-keys",
        "openseadragon-canvas",
        "closer",
        "farther",
        "whole",
        "rotate",
    }
    assert wanted | {"show-strip", "jump", "right"} <= met
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(desk.box).to_be_focused()


def test_chapters_lead_to_their_first_page_and_the_open_one_is_marked(desk: Desk):
    base = f"{desk.url}/presentation/3/almanac"
    leaf = [{"id": f"{base}/canvas/{n}", "type": "Canvas"} for n in range(1, 14)]
    ranges = [
        {"id": f"{base}/range/1", "type": "Range", "label": {"en": ["Beginning"]}, "items": leaf[:3]},
        {
            "id": f"{base}/range/2",
            "type": "Range",
            "label": {"en": ["Months"]},
            "items": [{"id": f"{base}/range/3", "type": "Range", "label": {"en": ["May"]}, "items": leaf[6:8]}],
        },
    ]
    desk.page.route("**/presentation/3/almanac/manifest", _changed(lambda told: told.update(structures=ranges)))
    page = desk.open("almanac").page
    page.get_by_role("button", name="Contents").click()
    page.get_by_role("button", name="May").click()
    desk.at("7 of 13")
    expect(page.locator("#toc [aria-current]")).to_have_text("May")
    page.get_by_role("button", name="Beginning").click()
    desk.at("1 of 13")
    stops = page.locator("#toc [tabindex='0']")
    expect(stops).to_have_text("Beginning")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Months")).to_be_focused()
    expect(stops).to_have_text("Months")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Months")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    desk.at("7 of 13")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Contents")).to_be_focused()
    desk.open(
        "almanac", f"?iiif-content={_state({'id': f'{base}/range/3', 'type': 'Range', 'partOf': f'{base}/manifest'})}"
    )
    desk.at("7 of 13")


def test_facts_rights_and_the_required_statement_are_told_without_the_scripts_of_others(desk: Desk):
    def change(manifest: dict[str, Any]) -> None:
        manifest["requiredStatement"] = {"label": {"en": ["Thanks"]}, "value": {"en": ["<p><b>Kindly</b> lent</p>"]}}
        value = "<p>See <a href='https://e.example/' onclick='x()'>there</a><img src=x onerror='window.bad=1'></p>"
        manifest["metadata"].append({"label": {"en": ["Link"]}, "value": {"en": [value]}})
        manifest["metadata"].append(
            {"label": {"en": ["Bad"]}, "value": {"en": ["<a href='javascript:window.bad=1'>x</a>"]}}
        )

    desk.page.route("**/presentation/3/almanac/manifest", _changed(change))
    page = desk.open("almanac").page
    page.get_by_role("button", name="About this book").click()
    facts = page.locator("#facts")
    expect(facts).to_contain_text("The Halcyon Almanac")
    expect(facts.get_by_role("link", name="CC0 1.0")).to_be_visible()
    expect(facts.get_by_role("link", name="there")).to_have_attribute("href", "https://e.example/")
    expect(facts.locator("img, [onclick], [href^=javascript]")).to_have_count(0)
    expect(page.locator("#required")).to_have_text("Kindly lent")
    assert page.evaluate("window.bad") is None


def test_the_address_is_always_a_link_to_what_is_seen(desk: Desk, browser: BrowserContext):
    page = desk.open("almanac").page
    desk.search("lantern")
    desk.told("1 of 10 hits")
    page.keyboard.press("Enter")
    desk.told("2 of 10 hits")
    place = desk.lit()
    other = Desk(browser.new_page(), desk.url)
    other.page.goto(page.url)
    other.shown()
    other.told("2 of 10 hits")
    other.at("3 of 13")
    again = other.lit()
    assert abs(again[0]["x"] - place[0]["x"]) < 2
    assert other.page.url == page.url


def test_copy_link_to_this_hit_copies_that_address(desk: Desk, browser: BrowserContext):
    browser.grant_permissions(["clipboard-read", "clipboard-write"])
    page = desk.open("almanac", "?q=lantern").page
    desk.told("1 of 10 hits")
    page.get_by_role("button", name="Copy link to this hit").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_browser_that_does_not_let_links_be_copied_is_given_the_link_to_copy_by_hand(desk: Desk):
    refuses = (
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error()) } })"
    )
    desk.page.add_init_script(refuses)
    page = desk.open("almanac", "?q=lantern").page
    desk.told("1 of 10 hits")
    page.get_by_role("button", name="Copy link to this hit").click()
    expect(page.locator("#notice")).to_contain_text(page.url)


def test_a_browser_that_does_not_let_the_page_fill_the_screen_says_so(desk: Desk):
    desk.page.add_init_script("Element.prototype.requestFullscreen = () => Promise.reject(new Error())")
    page = desk.open("almanac").page
    page.keyboard.press("f")
    expect(page.locator("#notice")).to_contain_text("fill the screen")


_CANVAS = "{base}/presentation/3/almanac/canvas/3#xywh=515,614,121,28"


@pytest.mark.parametrize("form", ["annotation", "target", "canvas", "array", "source", "address", "json", "behind #"])
def test_content_states_of_every_form_open_the_page_and_light_the_place(desk: Desk, form: str):
    canvas = _CANVAS.format(base=desk.url)
    manifest = f"{desk.url}/presentation/3/almanac/manifest"
    target = {"id": canvas, "type": "Canvas", "partOf": [{"id": manifest, "type": "Manifest"}]}
    source = {"id": canvas.partition("#")[0], "type": "Canvas", "partOf": {"id": manifest, "type": "Manifest"}}
    selector = {"type": "FragmentSelector", "value": "xywh=515,614,121,28"}
    annotation = {"@context": "x", "id": "https://e.example/1", "type": "Annotation", "motivation": ["contentState"]}
    elsewhere = {
        "id": "https://e.example/c",
        "type": "Canvas",
        "partOf": [{"id": "https://e.example/m", "type": "Manifest"}],
    }
    text = {
        "annotation": _state(annotation | {"target": target}),
        "target": _state(target),
        "canvas": _state({"id": canvas, "type": "Canvas", "partOf": manifest}),
        "array": _state([elsewhere, target]),
        "source": _state(annotation | {"target": {"type": "SpecificResource", "source": source, "selector": selector}}),
        "address": quote(canvas, safe=""),
        "json": quote(json.dumps(target), safe=""),
        "behind #": _state(target),
    }[form]
    desk.open("almanac", f"{'#' if form == 'behind #' else '?'}iiif-content={text}")
    desk.at("3 of 13")
    (place,) = desk.lit()
    assert abs(place["x"] - (515 + 121 / 2)) < 2
    assert abs(place["y"] - (614 + 28 / 2)) < 2


@pytest.mark.parametrize("text", ["", "%%%", "bm9wZQ", "https%3A%2F%2Fe.example%2Fother"])
def test_a_content_state_that_names_nothing_here_opens_the_book_and_says_so(desk: Desk, text: str):
    desk.open("almanac", f"?iiif-content={text}")
    desk.at("1 of 13")
    if text:
        expect(desk.page.locator("#notice")).to_contain_text("not in this book")


def test_no_request_goes_to_another_origin(desk: Desk, demo: Demo):
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.open("letters", "?q=lantern")
    desk.told("Nothing found")
    desk.open("almanac").search("lantern")
    desk.lit()
    origins = {
        f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in asked if not url.startswith(("data:", "blob:"))
    }
    assert origins == {demo.url}


def test_a_picture_that_does_not_come_is_told_with_a_way_to_try_again(desk: Desk):
    page = desk.page
    page.route("**/iiif/3/almanac-1/info.json", lambda route: route.fulfill(status=500, body="{}"))
    desk.open("almanac", picture=False)
    expect(page.locator("#notice")).to_contain_text("The picture of this page did not come.")
    page.unroute("**/iiif/3/almanac-1/info.json")
    page.locator("#notice button").click()
    desk.shown()


@pytest.mark.parametrize(("kind", "path"), [("ImageService2", "/iiif/2/"), ("none", "/full/max/")])
def test_pictures_of_image_2_and_pictures_without_a_service_are_drawn(desk: Desk, kind: str, path: str):
    def change(manifest: dict[str, Any]) -> None:
        body = manifest["items"][0]["items"][0]["items"][0]["body"]
        body["service"] = [each for each in body["service"] if each.get("@type") == kind]

    desk.page.route("**/presentation/3/almanac/manifest", _changed(change))
    with desk.page.expect_response(lambda answer: path in answer.url and answer.url.endswith(".jpg")) as answer:
        desk.open("almanac")
    assert answer.value.status == 200


def test_th_24_it_may_be_framed_and_signs_nobody_out_there(desk: Desk, demo: Demo):
    """The framing page is of another site, so the reader in it is a stranger, with a way to a window of his own."""
    page = desk.page
    other = Flask("other")
    other.add_url_rule("/", "page", lambda: _frame(demo.url))
    server = serve(other)
    page.goto(f"http://127.0.0.1:{server.port}/")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".sheet")).to_be_visible()
    expect(frame.locator("#access")).to_contain_text("You see a small version.")
    expect(frame.get_by_role("link", name="Open in a window of its own")).to_have_attribute(
        "href", re.compile(r"/objects/letters/read$")
    )
    expect(frame.locator("#leave")).to_be_hidden()
    expect(frame.locator(".brand")).to_be_hidden()
    server.shutdown()
    server.server_close()


def _frame(url: str) -> str:
    return f"<!doctype html><iframe src='{url}/objects/letters/read?embed=1' width=800 height=600></iframe>"


def _fits(page: Page) -> bool:
    fits: bool = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return fits


@pytest.mark.parametrize("colours", COLOURS)
@pytest.mark.parametrize("width", [390, 1920])
def test_axe_finds_nothing_in_any_state(demo: Demo, playwright: Playwright, colours: Colours, width: int):
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    context = browser.new_context(bypass_csp=True, color_scheme=colours, viewport={"width": width, "height": 900})
    desk = Desk(context.new_page(), demo.url)
    page = desk.open("letters", "?q=lantern").page
    desk.told("Nothing found")
    expect(page.locator("#access")).to_be_visible()
    assert blamed(page) == []
    desk.open("almanac", "?q=lantern")
    desk.lit()
    assert blamed(page) == []
    page.get_by_role("button", name="About this book").click()
    desk.box.fill("s")  # typed keys would go before the query that is there
    expect(page.locator("#terms [role=option]").first).to_be_visible()
    assert blamed(page) == []
    assert _fits(page)
    desk.open("gazette", picture=False)
    expect(page.locator("#door h2")).to_be_visible()
    assert blamed(page) == []
    page.keyboard.press("?")
    assert blamed(page) == []
    assert _fits(page)
    browser.close()
