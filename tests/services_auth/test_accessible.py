"""axe-core finds nothing to blame on any page for readers: light and dark, wide and narrow, every language.

Every page is looked at in every language with all rules, as a phone shows it, in one colour scheme or the other; on a
desktop once, for contrast, in the dark. No rule depends on more of these at a time.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from auth.wording import ENGLISH, built_in
from tests.chromium import FLAGS, PROGRAM
from tests.conftest import ROOT
from tests.services_auth.conftest import POLICIES, MakeSite
from tests.services_auth.stages import FOREIGN, Stage, open_stage
from tests.services_auth.test_header import ANN, SHIB

pytestmark = pytest.mark.browser

AXE = (ROOT / "tests/peers/node_modules/axe-core/axe.min.js").read_text()
PHONE, DESKTOP = {"width": 340, "height": 700}, {"width": 1280, "height": 900}
MANY = """
[policies.many]
patterns = ["login", "clickthrough"]
providers = ["local", "codes", "sso", "coop", "campus", "shib"]
roles = ["member"]

[policies.codes]
patterns = ["login"]
providers = ["codes"]
"""
SILENT = {"issuer": "http://127.0.0.1:9", "client_id": "lectern", "client_secret": "x" * 32}
PROVIDERS = {
    "sso": SILENT | {"label": "Harbour ID"},
    "coop": SILENT | {"label": "City ID", "second_window": True},
    "shib": SHIB | {"proxies": ["127.0.0.1"]},
    "campus": SHIB | {"proxies": ["127.0.0.1"], "label": "Hill College", "login_url": "/login?target={target}"},
}
# Mirador has a main of its own, once it is there.
_BLAMED = """async rules => (await axe.run({exclude: ["#viewer"]}, rules ? {runOnly: rules} : {
    rules: {"landmark-no-duplicate-main": {enabled: !document.querySelector("#viewer main")}}}))
  .violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | "))"""
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"

Colours = Literal["light", "dark"]
COLOURS: tuple[Colours, Colours] = ("light", "dark")


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    flags = [*FLAGS, "--host-resolver-rules=MAP * 127.0.0.1", "--ignore-certificate-errors"]
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def stage(make_site: MakeSite, tmp_path: Path) -> Iterator[Stage]:
    (tmp_path / "policies.toml").write_text(POLICIES + MANY)
    viewers = ROOT / "node_modules"
    stage = open_stage(make_site, services=("auth", "portal"), providers=PROVIDERS, viewers=viewers)
    yield stage
    stage.close()


class Walk:
    """A person who sees every page, one after the other, as a phone shows it; in the dark on a desktop too."""

    def __init__(
        self, browser: BrowserContext, stage: Stage, colours: Colours = "light", *, desktop: bool = True
    ) -> None:
        self.page = browser.new_page()
        self.stage = stage
        self.origin = stage.origin(FOREIGN)
        self.seen: list[str] = []
        self._colours = colours
        self._desktop = desktop

    def look(self, name: str) -> None:
        """Let axe look at the page, and see that nothing of it is cut off."""
        self._look(name, PHONE, self._colours)
        if self._desktop:
            self._look(name, DESKTOP, "dark", ["color-contrast"])
        self.seen.append(name)

    def _look(self, name: str, size: Any, colours: Colours, rules: list[str] | None = None) -> None:
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme=colours)
        assert blamed(self.page, rules) == [], (name, colours)
        assert self.page.evaluate(_FITS), f"{name} is wider than the window"

    def open(self, path: str) -> None:
        self.page.goto(self.stage.base + path)

    def access(self, policy: str) -> None:
        self.open(f"/auth/access/{policy}?origin={self.origin}")

    def press(self) -> None:
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_load_state()


def blamed(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what axe finds on a page, by these rules or all."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(content=AXE)
    found: list[str] = page.evaluate(_BLAMED, rules)
    return found


def sign_in_and_out(steps: Walk) -> None:
    """See what a reader with an account sees."""
    page = steps.page
    for policy in ("members", "terms", "kiosk"):
        steps.access(policy)
        steps.look(policy)
    steps.access("members")
    page.fill("#username", "ann")
    page.fill("#password", "wrong")
    steps.press()
    steps.look("wrong password")
    page.fill("#password", "secret")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    steps.look("signed in")
    steps.stage.site.clock.move(10)
    steps.access("members")
    steps.look("cookies kept back")
    steps.access("staff")
    steps.look("not covered")
    page.goto(f"{steps.stage.base}/auth/access/members?origin=https://third.example.org")
    steps.look("another viewer")
    steps.open("/auth/access/members")
    steps.look("a viewer that is not admitted")
    steps.open("/auth/nowhere")
    steps.look("nothing there")
    # Opening the address is a person's wish and signs out at once; a form without a stamp is asked about.
    page.set_content(f"<form method=post action='{steps.stage.base}/auth/logout'></form>")
    page.evaluate("() => document.forms[0].submit()")
    page.wait_for_selector("main form")
    steps.look("sign out?")
    steps.press()
    steps.look("signed out")


def other_ways_in(steps: Walk, language: str) -> None:
    """See every way in beside the password, and what is said when one leads nowhere."""
    page = steps.page
    steps.access("many")
    steps.look("several ways at once")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="City ID").click()
    opened.value.close()
    page.wait_for_function("document.getElementById('second-window-says').textContent")
    steps.look("waiting for the second window")
    page.get_by_role("button", name="Harbour ID").click()
    page.wait_for_selector("[role=alert]")
    assert built_in().say(language, "sso.unavailable_title") in page.inner_text("h1")
    steps.look("provider does not answer")
    steps.open("/auth/callback/sso?state=x&code=y")
    steps.look("sign-in is over")
    steps.access("codes")
    page.fill("#code", "AAAA-BBBB")
    steps.press()
    steps.look("wrong code")
    page.context.set_extra_http_headers(ANN)
    steps.access("many")
    assert page.get_by_role("button", name="Ann Smith").first.is_visible()
    steps.look("the proxy names the reader")


@pytest.mark.parametrize("language", built_in().languages)
def test_axe_finds_nothing_on_the_pages_of_the_auth_service(chromium: Browser, stage: Stage, language: str):
    context = chromium.new_context(ignore_https_errors=True, bypass_csp=True, locale=language)
    colours = COLOURS[built_in().languages.index(language) % 2]
    steps = Walk(context, stage, colours, desktop=language == ENGLISH)
    sign_in_and_out(steps)
    other_ways_in(steps, language)
    assert len(steps.seen) == 18
    context.close()


def test_axe_finds_nothing_on_the_pages_of_the_portal(chromium: Browser, stage: Stage):
    context = chromium.new_context(ignore_https_errors=True, bypass_csp=True)
    steps = Walk(context, stage)
    for path in ("/", "/objects/open", "/objects/members?viewer=uv", "/objects/terms", "/objects/nowhere"):
        steps.open(path)
        steps.look(path)
    context.close()


def test_axe_finds_nothing_where_nobody_can_sign_in(chromium: Browser, make_site: MakeSite):
    lonely = make_site(public_url="http://books.example.org").browser().access("members")
    page = chromium.new_context(bypass_csp=True).new_page()
    page.set_content(lonely.text)
    assert blamed(page) == []
    page.context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_signing_in_accepting_and_signing_out_work_without_script_and_by_keyboard(
    chromium: Browser, stage: Stage, *, javascript: bool
):
    context = chromium.new_context(ignore_https_errors=True, java_script_enabled=javascript)
    steps = Walk(context, stage)
    page = steps.page
    steps.access("members")
    page.wait_for_selector("#username:focus")
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type("secret")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    assert "You are signed in" in page.inner_text("main")
    assert "you can close it" in page.inner_text("main")
    steps.access("terms")
    page.wait_for_selector("button:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Thank you")
    assert stage.site.context.state.counts()["sessions"] == 1
    steps.open("/auth/logout")
    page.wait_for_selector("text=You are signed out")
    assert stage.site.context.state.counts()["sessions"] == 0
    context.close()
