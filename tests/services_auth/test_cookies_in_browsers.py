"""Where the viewer lives, and what the browser does with cookies of other sites, decide whether a sign-in arrives.

Chromium with third-party cookies blocked and allowed, and Firefox as it comes and with them allowed (docs/browsers.md).
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from auth.wording import built_in
from tests.chromium import FLAGS, PROGRAM
from tests.firefox import Firefox, firefox
from tests.services_auth.conftest import MakeSite
from tests.services_auth.stages import FOREIGN, LIBRARY, SIBLING, Stage, open_stage

pytestmark = pytest.mark.browser

_PATIENCE = 20
say = built_in().say
TOKEN, NOTHING = "a token", "nothing, and why"
ARRANGEMENTS = {"one origin": (LIBRARY, False), "sibling host": (SIBLING, False)}
ARRANGEMENTS |= {"other site": (FOREIGN, False), "other site, declared": (FOREIGN, True)}


class Visitor(Protocol):
    """A person with a browser before the viewer."""

    def visit(self, url: str) -> None:
        """Open the viewer."""

    def script(self, text: str) -> Any:
        """Return what the body of a function returns in the viewer."""

    def press(self, selector: str) -> None:
        """Press a button of the viewer that opens a window."""

    def fill_in(self) -> None:
        """Sign in, in the window that has opened; it closes."""

    def window_text(self) -> str:
        """Return what the window that has opened says."""

    def cookies(self, url: str) -> list[dict[str, Any]]:
        """Return the cookies that the page at an address has."""

    def close_windows(self) -> None:
        """Close every window but the viewer's."""

    def messages(self, count: int = 2) -> list[dict[str, Any]]:
        """Return what the token pages have posted, the message of Auth 1 first."""
        wait_until(lambda: self.script("return window.messages.length") >= count)
        found = [message["data"] for message in self.script("return window.messages")]
        return sorted(found, key=lambda data: "type" in data)


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


class InChromium(Visitor):
    def __init__(self, browser: BrowserContext) -> None:
        self.browser = browser
        self.page: Page = browser.pages[0]
        self.window: Page | None = None

    def visit(self, url: str) -> None:
        self.page.goto(url)

    def script(self, text: str) -> Any:
        try:
            return self.page.evaluate(f"() => {{ {text} }}")
        except Error:  # the page went away under the script
            self.page.wait_for_load_state()
            return self.page.evaluate(f"() => {{ {text} }}")

    def press(self, selector: str) -> None:
        with self.page.expect_popup() as opened:
            self.page.click(selector)
        self.window = opened.value

    def fill_in(self) -> None:
        assert self.window is not None
        self.window.fill("#username", "ann")
        self.window.fill("#password", "secret")
        with self.window.expect_event("close"):
            # Submitted a moment later, since the window closes under the hands of whoever presses the button.
            self.window.evaluate("setTimeout(() => document.forms[0].requestSubmit(), 0)")

    def cookies(self, url: str) -> list[dict[str, Any]]:
        return [dict(cookie) for cookie in self.browser.cookies(url)]

    def close_windows(self) -> None:
        for page in self.browser.pages:
            if page is not self.page:
                page.close()

    def window_text(self) -> str:
        assert self.window is not None
        return self.window.locator("main").inner_text()


class InFirefox(Visitor):
    def __init__(self, browser: Firefox) -> None:
        self.browser = browser
        (self.home,) = browser.windows()

    def visit(self, url: str) -> None:
        self.browser.visit(url)

    def script(self, text: str) -> Any:
        return self.browser.script(text)

    def press(self, selector: str) -> None:
        self.browser.click(selector)

    def _in_window(self) -> None:
        wait_until(lambda: len(self.browser.windows()) == 2)
        (window,) = set(self.browser.windows()) - {self.home}
        self.browser.switch(window)
        wait_until(lambda: bool(self.browser.script("return document.querySelector('main') !== null")))

    def fill_in(self) -> None:
        self._in_window()
        self.browser.type("#username", "ann")
        self.browser.type("#password", "secret")
        self.browser.script("setTimeout(() => document.forms[0].requestSubmit(), 0)")
        wait_until(lambda: len(self.browser.windows()) == 1)
        self.browser.switch(self.home)

    def cookies(self, url: str) -> list[dict[str, Any]]:
        return self.browser.cookies()

    def close_windows(self) -> None:
        for window in set(self.browser.windows()) - {self.home}:
            self.browser.switch(window)
            self.browser.close_window()
        self.browser.switch(self.home)

    def window_text(self) -> str:
        self._in_window()
        text = str(self.browser.script("return document.querySelector('main').innerText"))
        self.browser.close_window()
        self.browser.switch(self.home)
        return text


@contextmanager
def in_chromium(playwright: Playwright, folder: Path, *, blocked: bool) -> Iterator[Visitor]:
    """Start Chromium with third-party cookies blocked or allowed (a preference of its profile)."""
    preferences = folder / "chromium" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 1 if blocked else 0}}))
    context = playwright.chromium.launch_persistent_context(
        folder / "chromium",
        executable_path=PROGRAM,
        headless=True,
        args=[*FLAGS, "--host-resolver-rules=MAP * 127.0.0.1", "--ignore-certificate-errors"],
    )
    context.set_default_timeout(_PATIENCE * 1000)
    yield InChromium(context)
    context.close()


@contextmanager
def in_firefox(folder: Path, *, blocked: bool) -> Iterator[Visitor]:
    """Start Firefox as it comes (cookies of other sites are kept apart), or with third-party cookies allowed."""
    with firefox(folder / "firefox", {} if blocked else {"network.cookie.cookieBehavior": 0}) as browser:
        yield InFirefox(browser)


@dataclass(frozen=True)
class Kind:
    name: str
    program: str
    blocked: bool


KINDS = [Kind(f"{p}, {'blocked' if b else 'allowed'}", p, b) for p in ("chromium", "firefox") for b in (True, False)]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def visitor(one_browser: Visitor) -> Iterator[Visitor]:
    """Return the browser with one window; every stage has hosts, and so cookies, of its own."""
    yield one_browser
    one_browser.close_windows()


@pytest.fixture(scope="module")
def one_browser(
    request: pytest.FixtureRequest, kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visitor]:
    folder = tmp_path_factory.mktemp("profile")
    if kind.program == "firefox":
        with in_firefox(folder, blocked=kind.blocked) as found:
            yield found
        return
    with in_chromium(request.getfixturevalue("playwright"), folder, blocked=kind.blocked) as found:
        yield found


@contextmanager
def staged(make_site: MakeSite, **settings: Any) -> Iterator[Stage]:
    stage = open_stage(make_site, **settings)
    try:
        yield stage
    finally:
        stage.close()


def expected(arrangement: str, kind: Kind) -> str:
    if arrangement in ("one origin", "sibling host"):
        return TOKEN
    return TOKEN if arrangement == "other site, declared" and not kind.blocked else NOTHING


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_th_22_th_25_a_sign_in_arrives_or_its_reader_is_told_why(
    make_site: MakeSite, visitor: Visitor, kind: Kind, arrangement: str
):
    host, declared = ARRANGEMENTS[arrangement]
    with staged(make_site, cross_site=declared) as stage:
        visitor.visit(stage.viewer(host))
        visitor.press("#members")
        visitor.fill_in()
        one, two = visitor.messages()
        assert one["messageId"] == two["messageId"] == "</script>7"
        if expected(arrangement, kind) == TOKEN:
            assert one["accessToken"]
            assert two["type"] == "AuthAccessToken2"
            return
        assert one["error"] == "missingCredentials"
        assert two["profile"] == "missingAspect"
        assert "third-party" in two["note"]["en"][0]
        # A second try explains, and leaves the window open, instead of closing it again and again.
        stage.site.clock.move(10)
        visitor.press("#members")
        text = visitor.window_text()
        assert say("en", "cookies.third_party") in text
        assert stage.origin(host) in text


@pytest.mark.parametrize("arrangement", ["one origin", "other site, declared"])
def test_th_21_a_kiosk_needs_no_cookie_and_works_everywhere(make_site: MakeSite, visitor: Visitor, arrangement: str):
    host, declared = ARRANGEMENTS[arrangement]
    with staged(make_site, cross_site=declared) as stage:
        policies = stage.site.context.home.policies_file
        policies.write_text(policies.read_text().replace("10.0.0.0/8", "127.0.0.0/8"))
        visitor.visit(stage.viewer(host))
        visitor.press("#kiosk")
        one, two = visitor.messages()
        assert one["accessToken"]
        assert two["type"] == "AuthAccessToken2"
        assert stage.site.context.state.counts()["sessions"] == 0


def test_th_14_nothing_is_granted_without_a_press_of_our_button(make_site: MakeSite, visitor: Visitor):
    with staged(make_site) as stage:
        visitor.visit(stage.viewer(SIBLING))
        address = f"{stage.base}/auth/access/terms?origin={stage.origin(SIBLING)}"
        visitor.script(
            f"""const link = document.createElement("link"); link.rel = "prefetch"; link.href = {address!r};
            document.head.append(link);
            const rules = document.createElement("script"); rules.type = "speculationrules";
            rules.textContent = JSON.stringify({{prerender: [{{source: "list", urls: [{address!r}]}}]}});
            document.head.append(rules);
            window.tried = 0;
            const image = new Image(); image.onerror = () => window.tried++; image.src = {address!r};
            fetch({address!r}, {{mode: "no-cors", credentials: "include"}}).finally(() => window.tried++);"""
        )
        wait_until(lambda: bool(visitor.script("return window.tried === 2")))
        visitor.script('ask(1, "terms")')
        assert visitor.messages(1)[0]["error"] == "missingCredentials"
        visitor.press("#terms")
        assert "terms of use" in visitor.window_text()
        assert stage.site.context.state.counts()["sessions"] == 0


def test_th_20_the_window_is_open_for_the_viewer_until_the_reader_is_let_in(make_site: MakeSite, visitor: Visitor):
    with staged(make_site) as stage:
        visitor.visit(stage.viewer(SIBLING))
        visitor.script("const open = window.open; window.open = (...all) => window.opened = open(...all);")
        visitor.press("#members")
        time.sleep(0.5)
        assert visitor.script("return window.opened.closed") is False
        assert visitor.script("return window.messages.length") == 0
        visitor.fill_in()
        assert "accessToken" in visitor.messages()[0]
        assert visitor.script("return window.opened.closed") is True


def test_th_24_no_page_of_ours_shows_in_a_frame(make_site: MakeSite, visitor: Visitor):
    with staged(make_site) as stage:
        for path in ("access/members", "access/terms", "access/kiosk", "logout"):
            visitor.visit(stage.origin(SIBLING) + f"/frame/auth/{path}?origin={stage.origin(SIBLING)}")
            time.sleep(0.3)
            # A frame that the browser has refused is a page of its own, which nobody looks into.
            assert visitor.script("return document.querySelector('iframe').contentDocument") is None
        own = f"{stage.base}/frame/auth/access/members?origin={stage.base}"
        visitor.visit(own)
        time.sleep(0.3)
        seen = visitor.script(
            """try { return document.querySelector('iframe').contentDocument?.body?.innerText ?? ""; }
            catch { return ""; }"""
        )
        assert "Password" not in seen


def test_th_25_th_26_the_login_cookie_is_bound_to_no_partition(make_site: MakeSite, visitor: Visitor):
    with staged(make_site, cross_site=True) as stage:
        visitor.visit(stage.viewer(FOREIGN))
        visitor.press("#members")
        visitor.fill_in()
        visitor.messages()
        visitor.visit(stage.viewer(LIBRARY))
        cookies = {cookie["name"]: cookie for cookie in visitor.cookies(stage.base)}
        cookie = cookies["__Host-lectern-session"]
        assert "partitionKey" not in cookie
        assert (cookie["secure"], cookie["httpOnly"], cookie["path"]) == (True, True, "/")
        assert cookie["sameSite"] == "None"
        assert cookies["__Host-lectern-form"]["sameSite"] == "Lax"


def test_th_34_th_35_after_signing_out_nothing_is_left_to_go_back_to(make_site: MakeSite, visitor: Visitor):
    with staged(make_site) as stage:
        visitor.visit(stage.viewer(LIBRARY))
        visitor.press("#members")
        visitor.fill_in()
        token = visitor.messages()[1]["accessToken"]
        # The page that knows the reader by name, then another one, then signing out, then the way back.
        visitor.visit(f"{stage.base}/auth/access/staff?origin={stage.base}")
        assert "ann" in visitor.script("return document.querySelector('main').innerText")
        visitor.visit(stage.viewer(LIBRARY))
        visitor.script(f"location.href = {stage.base + '/auth/logout'!r}")
        wait_until(lambda: bool(visitor.script("return document.querySelector('main') !== null")))
        # Firefox asks; Playwright's Chromium takes its scripts for a press of a key, and has signed out by now.
        visitor.script("document.querySelector('main button[type=submit]')?.click()")
        # Between two pages Firefox gives nothing at all.
        wait_until(lambda: say("en", "logout.done") in (visitor.script("return document.body?.innerText") or ""))
        for _ in range(3):
            visitor.script("setTimeout(() => history.back(), 0)")
            time.sleep(0.5)
        wait_until(lambda: bool(visitor.script("return document.readyState === 'complete'")))
        assert "ann" not in visitor.script("return document.body.innerText")
        probe = f"{stage.base}/auth/probe/members-1"
        visitor.visit(stage.viewer(LIBRARY))
        visitor.script(
            f"""fetch({probe!r}, {{headers: {{Authorization: "Bearer {token}"}}}}).then(answer => answer.json())
            .then(result => {{ window.status_ = result.status; }});"""
        )
        wait_until(lambda: visitor.script("return window.status_ ?? null") is not None)
        assert visitor.script("return window.status_") == 401
