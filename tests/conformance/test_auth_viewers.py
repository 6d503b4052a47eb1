"""Mirador 4.0.0 and Universal Viewer 4.3.0 in Chromium: every pattern that they support, and what is broken in them.

The demo's tests (tests/browser) sign in to a picture with a reduced version; here nothing is shown before.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, TimeoutError, expect

from tests.chromium import FLAGS, PROGRAM
from tests.conformance.auth_shelf import MakeSite
from tests.conformance.stage import Stage

pytestmark = pytest.mark.browser
_CONTINUE = re.compile("^continue$", re.IGNORECASE)
_ENOUGH = 2000  # milliseconds in which a viewer that would show something has shown it
_SIGN_OUT = re.compile("sign out", re.IGNORECASE)


@pytest.fixture
def stage(make_house: MakeSite) -> Iterator[Stage]:
    stage = Stage(make_house)
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def profile(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    context = playwright.chromium.launch_persistent_context(
        Path(tmp_path_factory.mktemp("profile")),
        executable_path=PROGRAM,
        headless=True,
        args=FLAGS,
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def browser(profile: BrowserContext) -> Iterator[BrowserContext]:
    """Return a browser that was never here: without cookies, every viewer on an origin of its own."""
    profile.clear_cookies()
    yield profile
    for opened in profile.pages[1:]:
        opened.close()


@pytest.fixture
def page(browser: BrowserContext) -> Page:
    return browser.new_page()


def wait_for(page: Page, what: Callable[[], bool], seconds: int = 15) -> bool:
    """Return whether something comes true while the page goes on."""
    for _ in range(seconds * 5):
        if what():
            return True
        page.wait_for_timeout(200)
    return what()


def shown(page: Page, stage: Stage) -> bool:
    """Return whether Lectern gives out pixels to a viewer that asks for them now or in a while."""
    return wait_for(page, lambda: 200 in stage.pixels)


def fill_in(window: Page, pattern: str) -> None:
    """Sign in or accept, and wait for the window to close."""
    if pattern == "login":
        window.get_by_label("Name").fill("ann")
        window.get_by_label("Password").fill("secret")
    with window.expect_event("close"):
        window.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")


def mirador(page: Page, stage: Stage, name: str) -> None:
    page.goto(f"{stage.base}/objects/{name}?viewer=mirador")
    expect(page.locator(".mirador-window, [class*=mirador]").first).to_be_visible()


def press(browser: BrowserContext, page: Page, label: str) -> Page:
    """Return the window that the bar's button opens; a bar that is drawn anew folds up again."""
    button = page.get_by_role("button", name=label, exact=True).first
    for _ in range(4):
        if not button.is_visible():
            page.get_by_text(_CONTINUE).first.click()
        try:
            with browser.expect_page(timeout=6_000) as opened:
                button.click(timeout=4_000)
        except TimeoutError:
            continue
        return opened.value
    return pytest.fail(f"no window opened for {label!r}")


@pytest.mark.parametrize(("pattern", "label"), [("login", "Sign in"), ("clickthrough", "Read the terms")])
def test_mirador_goes_through_a_window_and_out_again(
    stage: Stage, browser: BrowserContext, page: Page, pattern: str, label: str
):
    mirador(page, stage, pattern)
    window = press(browser, page, label)
    assert 200 not in stage.pixels
    fill_in(window, pattern)
    sign_out = page.get_by_role("button", name=_SIGN_OUT).first
    expect(sign_out).to_be_visible()
    assert shown(page, stage)
    assert {path for path, token in stage.asked if token} <= {f"/iiif/2/{pattern}-{n}/info.json" for n in (1, 2)}
    with browser.expect_page():
        sign_out.click()
    expect(page.get_by_text(_CONTINUE).first).to_be_visible()
    assert stage.site.context.state.counts()["sessions"] == 0


@pytest.mark.parametrize("pattern", ["kiosk", "external"])
@pytest.mark.parametrize("viewer", ["mirador", "uv"])
def test_in_the_reading_room_both_viewers_show_it_at_once(stage: Stage, page: Page, viewer: str, pattern: str):
    stage.enter_the_room()
    page.goto(f"{stage.base}/objects/{pattern}?viewer={viewer}")
    assert shown(page, stage)
    assert 401 not in stage.pixels


@pytest.mark.parametrize("viewer", ["mirador", "uv"])
def test_both_viewers_go_through_the_window_of_a_kiosk_by_themselves(stage: Stage, page: Page, viewer: str):
    """The first info.json is asked from outside (another way out of the house), the window from inside."""
    stage.enters_at = "/auth/access/"
    page.goto(f"{stage.base}/objects/kiosk?viewer={viewer}")
    assert wait_for(page, lambda: stage.tokens_asked() > 0)
    assert "/auth/access/kiosk" in [path for path, _ in stage.asked]
    assert shown(page, stage)


@pytest.mark.parametrize("viewer", ["mirador", "uv"])
@pytest.mark.parametrize("pattern", ["kiosk", "external"])
def test_outside_the_reading_room_neither_viewer_shows_anything(stage: Stage, page: Page, viewer: str, pattern: str):
    page.goto(f"{stage.base}/objects/{pattern}?viewer={viewer}")
    assert wait_for(page, lambda: any(path == f"/iiif/2/{pattern}-1/info.json" for path, _ in stage.asked))
    page.wait_for_timeout(_ENOUGH)
    assert 200 not in stage.pixels
    if pattern == "external":
        # Mirador's silence is known to be broken (viewers.md 3.1): if it asks, the tests can ask for more.
        assert (stage.tokens_asked() > 0) == (viewer == "uv")


@pytest.mark.parametrize("pattern", ["login", "clickthrough"])
def test_universal_viewer_goes_through_a_window(stage: Stage, browser: BrowserContext, page: Page, pattern: str):
    page.goto(f"{stage.base}/objects/{pattern}?viewer=uv")
    confirm = page.locator(".overlay.auth .confirm")
    expect(confirm.first).to_be_visible()
    stage.pixels.clear()
    with browser.expect_page() as opened:
        confirm.first.click()
    window = opened.value
    window.wait_for_url("**/auth/access/**")
    assert 200 not in stage.pixels
    fill_in(window, pattern)
    assert shown(page, stage)
    tokens = {path for path, token in stage.asked if token}
    assert tokens <= {f"/iiif/2/{pattern}-{n}/info.json" for n in (1, 2)}


def test_a_reader_without_the_right_sees_nothing_in_mirador_and_the_window_says_why(
    stage: Stage, browser: BrowserContext, page: Page
):
    mirador(page, stage, "login")
    window = press(browser, page, "Sign in")
    window.get_by_label("Name").fill("bob")
    window.get_by_label("Password").fill("hidden")
    window.get_by_role("button", name="Sign in").click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("not let in")
    window.close()
    page.wait_for_timeout(_ENOUGH)
    assert 200 not in stage.pixels
    assert stage.tokens_asked() <= 2
