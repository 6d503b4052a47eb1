"""The portal as its readers meet it: search in all objects, every viewer, the keyboard, axe-core, nothing elsewhere."""

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Response, Route, expect

from services.portal import content_state
from services.portal.bundles import VIEWERS
from tests.browser.conftest import Demo
from tests.chromium import FLAGS, PROGRAM
from tests.services_auth.test_accessible import AXE, COLOURS, DESKTOP, PHONE, Colours, blamed

pytestmark = pytest.mark.browser

OWN = ("openseadragon", "leaflet")  # the viewers that have our bar
BAR, NOTE = ".bar .where", ".restricted"
TILE = re.compile(r"/iiif/2/[^/]+/[0-9,]+/[0-9,]+/0/default\.jpg$")
PAGES = (
    "/",
    "/?q=lantern",
    "/?q=zeppelin",
    f"/?q={'x' * 1100}",
    "/objects/almanac/search?q=lantern",
    "/objects/letters/search?q=salt",
    "/objects/almanac?q=lantern&viewer=uv",
    "/objects/beginnings?viewer=openseadragon",
    "/objects/letters?viewer=leaflet&q=salt",
    "/objects/gazette?viewer=openseadragon",
)
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
_FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {
    name: (at.getAttribute("aria-label") || at.textContent || at.name || "").trim(),
    inside: Boolean(at.closest("#viewer")),
    ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 1 && box.height > 1,
  };
}"""


def at_word(demo: Demo) -> str:
    """Return the query of a link that leads to a word on the third page of the almanac."""
    manifest = f"{demo.url}/presentation/3/almanac/manifest"
    target = f"{demo.url}/presentation/3/almanac/canvas/3#xywh=515,614,121,28"
    return f"{content_state.PARAMETER}={content_state.build(manifest, target)}"


def tiles_of(page: Page) -> list[Response]:
    """Return a list that fills with the answers to requests for tiles."""
    found: list[Response] = []
    page.on("response", lambda answer: found.append(answer) if TILE.search(urlsplit(answer.url).path) else None)
    return found


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until something holds that the browser's events bring about."""
    for _ in range(300):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come about")


def test_a_search_in_all_objects_leads_to_the_word_in_our_viewer(demo: Demo, page: Page):
    page.goto(demo.url)
    page.get_by_role("searchbox", name="Search in all objects").fill("lantern")
    page.keyboard.press("Enter")
    expect(page.locator(".group")).to_have_count(2)
    expect(page.get_by_role("status")).to_have_text(re.compile(r"22 hits\s+in 2 objects"))
    hit = page.locator("[data-object=almanac] .snippets a").nth(1)
    expect(hit.locator("mark")).to_have_text(re.compile("lantern"))
    hit.click()
    expect(page).to_have_url(re.compile(r"/objects/almanac/read\?iiif-content=[\w-]+&q=lantern"))
    page.locator(".sheet").wait_for()
    expect(page.locator(".hit.current")).to_have_count(1)
    expect(page.locator("#jump")).to_have_value("2")


def test_strangers_do_not_find_what_readers_find(demo: Demo, browser: BrowserContext, page: Page):
    def objects() -> list[str]:
        page.goto(f"{demo.url}/?q=salt")
        return [each.get_attribute("data-object") or "" for each in page.locator(".group").all()]

    assert "letters" not in objects()
    page.goto(demo.object("letters", "openseadragon"))
    sign_in(demo, browser, page)
    assert "letters" in objects()


def sign_in(demo: Demo, browser: BrowserContext, page: Page) -> None:
    """Sign in by the button above the picture."""
    with browser.expect_page() as opened:
        page.locator(f"{NOTE} button").click()
    window = opened.value
    window.get_by_label("Name").fill(demo.name)
    window.get_by_label("Password").fill(demo.password)
    window.get_by_role("button", name="Sign in").click()
    if not window.is_closed():
        window.wait_for_event("close")


@pytest.mark.parametrize("viewer", OWN)
def test_open_pages_are_drawn_and_turned(demo: Demo, page: Page, viewer: str):
    tiles = tiles_of(page)
    page.goto(demo.object("almanac", viewer))
    expect(page.locator(BAR)).to_have_text("Title page (1 of 13)")
    wait_for(page, lambda: bool(tiles))
    page.get_by_role("button", name="Next page").click()
    expect(page.locator(BAR)).to_have_text(re.compile("2 of 13"))
    wait_for(page, lambda: any("almanac-2" in tile.url for tile in tiles))
    assert {tile.status for tile in tiles} == {200}
    expect(page.locator(NOTE)).to_be_hidden()
    page.get_by_role("button", name="Previous page").click()
    expect(page.get_by_role("button", name="Previous page")).to_be_disabled()


@pytest.mark.parametrize("viewer", OWN)
def test_restricted_pages_are_drawn_small_and_after_signing_in_whole(
    demo: Demo, browser: BrowserContext, page: Page, viewer: str
):
    tiles = tiles_of(page)
    page.goto(demo.object("letters", viewer))
    expect(page.locator(NOTE)).to_contain_text("This page is restricted: you see a small version of it.")
    wait_for(page, lambda: bool(tiles))
    assert all("letters-1~degraded/" in tile.url and tile.status == 200 for tile in tiles)
    sign_in(demo, browser, page)
    expect(page.locator(NOTE)).to_be_hidden()
    wait_for(page, lambda: any("letters-1/" in tile.url for tile in tiles))
    assert {tile.status for tile in tiles} == {200}


@pytest.mark.parametrize("viewer", OWN)
def test_where_no_picture_is_shown_the_page_says_so_and_shows_the_terms(demo: Demo, page: Page, viewer: str):
    tiles = tiles_of(page)
    page.goto(demo.object("gazette", viewer))
    expect(page.locator(NOTE)).to_contain_text("its picture is not shown")
    expect(page.locator(f"{NOTE} button")).to_be_visible()
    assert tiles == []


def test_a_link_to_a_word_opens_every_viewer_at_its_page(demo: Demo, page: Page):
    shown: dict[str, tuple[str, str | re.Pattern[str]]] = {
        "mirador": ("#viewer", re.compile("3 of 13")),
        "uv": ("#viewer", re.compile("page 3 of 13", re.IGNORECASE)),
        "openseadragon": (BAR, "Page 3 of 13"),
        "leaflet": (BAR, "Page 3 of 13"),
    }
    for viewer in VIEWERS:
        page.goto(f"{demo.object('almanac', viewer)}&{at_word(demo)}")
        place, text = shown[viewer]
        expect(page.locator(place)).to_contain_text(text)


@pytest.mark.parametrize("viewer", OWN)
def test_a_link_to_a_word_lights_the_word(demo: Demo, page: Page, viewer: str):
    page.goto(f"{demo.object('almanac', viewer)}&{at_word(demo)}")
    lit = page.locator("#viewer .lit")
    lit.wait_for()
    wait_for(page, lambda: (lit.bounding_box() or {"width": 0})["width"] > 20)
    word, stage = lit.bounding_box(), page.locator("#viewer").bounding_box()
    assert word is not None
    assert stage is not None
    assert stage["x"] < word["x"] < word["x"] + word["width"] < stage["x"] + stage["width"]
    assert stage["y"] < word["y"] < word["y"] + word["height"] < stage["y"] + stage["height"]
    assert word["width"] / word["height"] == pytest.approx(121 / 28, rel=0.2)


def test_a_word_is_not_lit_on_another_page_that_was_turned_to_meanwhile(demo: Demo, page: Page):
    """Leaflet's plugin asks for info.json itself, after we have."""
    info = f"{demo.url}/iiif/2/almanac-3/info.json"
    ours: list[Route] = []

    def ours_alone(route: Route) -> None:
        ours.append(route)
        if len(ours) == 1:
            route.continue_()

    page.route(info, ours_alone)
    page.goto(f"{demo.object('almanac', 'leaflet')}&{at_word(demo)}")
    wait_for(page, lambda: len(ours) == 2)
    tiles = tiles_of(page)
    page.get_by_role("button", name="Next page").click()
    wait_for(page, lambda: any("almanac-4" in tile.url for tile in tiles))
    with page.expect_response(info):
        ours[1].continue_()
    page.get_by_role("button", name="Next page").click()
    wait_for(page, lambda: any("almanac-5" in tile.url for tile in tiles))
    expect(page.locator("#viewer .lit")).to_have_count(0)


def test_a_picture_that_cannot_be_drawn_is_told_and_its_word_not_lit_elsewhere(demo: Demo, page: Page):
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.route("**/iiif/2/almanac-3/info.json", lambda route: route.fulfill(status=503, body="not now"))
    page.goto(f"{demo.object('almanac', 'openseadragon')}&{at_word(demo)}")
    expect(page.locator(NOTE)).to_contain_text("cannot be shown just now.")
    tiles = tiles_of(page)
    page.get_by_role("button", name="Next page").click()
    wait_for(page, lambda: any("almanac-4" in tile.url for tile in tiles))
    expect(page.locator("#viewer .lit")).to_have_count(0)
    assert faults == []


@pytest.mark.parametrize(
    ("viewer", "said"), [("openseadragon", ""), ("leaflet", "has no image service, so it cannot be shown here")]
)
def test_a_picture_without_an_image_service_is_drawn_or_told(demo: Demo, page: Page, viewer: str, said: str):
    def without(route: Route) -> None:
        response = route.fetch()
        manifest = response.json()
        manifest["items"][0]["items"][0]["items"][0]["body"].pop("service")
        route.fulfill(response=response, json=manifest)

    page.route("**/presentation/3/almanac/manifest", without)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(demo.object("almanac", viewer))
    if said:
        expect(page.locator(NOTE)).to_contain_text(said)
    else:
        wait_for(page, lambda: any(re.search(r"/almanac-1/full/[^/]+/0/default\.jpg$", url) for url in asked))
        wait_for(page, lambda: page.evaluate("lecternViewer.world.getItemCount()") == 1)
        expect(page.locator(NOTE)).to_be_hidden()


def test_a_picture_that_does_not_come_is_told_in_our_words(demo: Demo, page: Page):
    page.route("**/iiif/2/almanac-1/info.json", lambda route: route.fulfill(status=500, body="{}"))
    page.goto(demo.object("almanac", "openseadragon"))
    expect(page.locator(NOTE)).to_have_text("The picture cannot be shown just now.")


@pytest.mark.parametrize("viewer", ["mirador", "openseadragon", "uv"])
def test_the_link_to_share_and_the_one_to_drag_follow_the_reader(demo: Demo, page: Page, viewer: str):
    page.goto(f"{demo.object('almanac', viewer)}&{at_word(demo)}")
    third = f"{demo.url}/presentation/3/almanac/canvas/3"
    expect(page.locator("#drag")).to_have_attribute("href", re.compile(quote(third, safe="")))
    turn = {"mirador": "Next item", "openseadragon": "Next page", "uv": "Next Image"}[viewer]
    page.get_by_role("button", name=turn).first.click()
    fourth = f"{demo.url}/presentation/3/almanac/canvas/4"
    expect(page.locator("#drag")).to_have_attribute("href", re.compile(quote(fourth, safe="")))
    shared = page.locator("#share").get_attribute("href") or ""
    kept = re.search(r"iiif-content=([\w-]+)", shared)
    assert kept is not None
    state = content_state.read(kept[1], demo.url)
    assert state is not None
    assert state.canvas == fourth
    page.goto(shared)
    expect(page.locator("#stage")).to_have_attribute("data-n", "4")


@pytest.mark.parametrize("colours", COLOURS)
def test_axe_finds_nothing_wide_and_narrow(demo: Demo, page: Page, colours: Colours):
    page.emulate_media(color_scheme=colours)
    for path in PAGES:
        page.goto(demo.url + path)
        if "viewer=openseadragon" in path or "viewer=leaflet" in path:
            expect(page.locator(BAR)).not_to_be_empty()
        page.evaluate(AXE)
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            assert blamed(page) == [], (path, size)
            assert page.evaluate(_FITS), f"{path} is wider than the window"


@pytest.mark.parametrize("path", ["/", "/?q=lantern", "/objects/almanac?viewer=openseadragon"])
def test_the_keyboard_goes_everywhere_and_one_sees_where_it_is(demo: Demo, page: Page, path: str):
    page.goto(demo.url + path)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    names = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUS)
        if page.evaluate("document.activeElement === document.body"):
            break
        names.append(found["name"])
        assert found["inside"] or (found["ringed"] and found["seen"]), found
    assert "Search" in names
    if "viewer" in path:
        first = names.index("Read")
        assert names[first : first + 5] == ["Read", "Mirador", "Universal Viewer", "OpenSeadragon", "Leaflet-IIIF"]
        assert names.index("Next page") > first


def test_pages_are_turned_by_keyboard(demo: Demo, page: Page):
    page.goto(demo.object("almanac", "leaflet"))
    expect(page.locator(BAR)).to_have_text("Title page (1 of 13)")
    page.get_by_role("button", name="Next page").focus()
    page.keyboard.press("Enter")
    expect(page.locator(BAR)).to_have_text(re.compile("2 of 13"))


@pytest.mark.parametrize("path", ["/", "/?q=lantern", *(f"/objects/almanac?viewer={key}" for key in VIEWERS)])
def test_nothing_is_asked_of_anybody_else(demo: Demo, page: Page, path: str):
    asked: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(demo.url + path)
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((f"{demo.url}/", "data:", "blob:"))] == []
    assert refused == []


def test_the_search_works_without_script(demo: Demo, playwright: Playwright):
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    page = browser.new_page(java_script_enabled=False)
    page.goto(demo.url)
    page.get_by_role("searchbox").fill("lantern")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_be_visible()
    browser.close()
