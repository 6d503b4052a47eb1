"""axe-core finds nothing to blame on any page of the auth service: light and dark, wide and narrow, every language."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright

from auth.wording import built_in
from tests.chromium import FLAGS, PROGRAM
from tests.conftest import ROOT
from tests.services_auth.conftest import MakeSite
from tests.services_auth.stages import FOREIGN, Stage, open_stage

pytestmark = pytest.mark.browser

AXE = ROOT / "tests/peers/node_modules/axe-core/axe.min.js"
WIDTHS = {"desktop": (1280, 900), "phone": (340, 700)}
_NONE_FOUND = "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))"


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    flags = [*FLAGS, "--host-resolver-rules=MAP * 127.0.0.1", "--ignore-certificate-errors"]
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def stage(make_site: MakeSite) -> Iterator[Stage]:
    stage = open_stage(make_site, services=("auth", "portal"))
    yield stage
    stage.close()


class Walk:
    """A person who sees every page of the auth service, one after the other."""

    def __init__(self, browser: BrowserContext, stage: Stage, origin: str) -> None:
        self.page = browser.new_page()
        self.stage = stage
        self.origin = origin
        self.seen: list[str] = []

    def look(self, name: str) -> None:
        """Let axe look at the page, and see that nothing of it is cut off."""
        self.page.add_script_tag(content=AXE.read_text())
        found: list[str] = self.page.evaluate(_NONE_FOUND)
        assert found == [], (name, found)
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert self.page.evaluate(wide), f"{name} is wider than the window"
        self.seen.append(name)

    def open(self, path: str) -> None:
        self.page.goto(self.stage.base + path)

    def access(self, policy: str) -> None:
        self.open(f"/auth/access/{policy}?origin={self.origin}")

    def press(self) -> None:
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_load_state()


def walk(steps: Walk) -> list[str]:
    """See every page; returns their names."""
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
    steps.open("/auth/nowhere")
    steps.look("nothing there")
    # Opening the address is a person's wish and signs out at once; a form without a stamp is asked about.
    page.set_content(f"<form method=post action='{steps.stage.base}/auth/logout'></form>")
    page.evaluate("() => document.forms[0].submit()")
    page.wait_for_selector("main form")
    steps.look("sign out?")
    steps.press()
    steps.look("signed out")
    return steps.seen


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", built_in().languages)
def test_axe_finds_nothing(chromium: Browser, stage: Stage, language: str, colours: Any, width: str):
    across, down = WIDTHS[width]
    context = chromium.new_context(
        ignore_https_errors=True,
        bypass_csp=True,
        locale=language,
        color_scheme=colours,
        viewport={"width": across, "height": down},
    )
    assert len(walk(Walk(context, stage, stage.origin(FOREIGN)))) == 11
    context.close()


def test_axe_finds_nothing_where_nobody_can_sign_in(chromium: Browser, stage: Stage, make_site: MakeSite):
    lonely = make_site(public_url="http://books.example.org").browser().access("members")
    page = chromium.new_context(bypass_csp=True).new_page()
    page.set_content(lonely.text)
    page.add_script_tag(content=AXE.read_text())
    assert page.evaluate(_NONE_FOUND) == []
    page.context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_signing_in_accepting_and_signing_out_work_without_script_and_by_keyboard(
    chromium: Browser, stage: Stage, *, javascript: bool
):
    context = chromium.new_context(ignore_https_errors=True, java_script_enabled=javascript)
    page = context.new_page()
    steps = Walk(context, stage, stage.origin(FOREIGN))
    steps.page = page
    steps.access("members")
    page.keyboard.type("ann")  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type("secret")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    assert "You are signed in" in page.inner_text("main")
    assert "you can close it" in page.inner_text("main")
    steps.access("terms")
    page.keyboard.press("Enter")  # the button has the focus
    page.wait_for_selector("text=Thank you")
    assert stage.site.context.state.counts()["sessions"] == 1
    steps.open("/auth/logout")
    page.wait_for_selector("text=You are signed out")
    assert stage.site.context.state.counts()["sessions"] == 0
    context.close()


def test_pictures_of_the_pages_for_a_look(chromium: Browser, stage: Stage, tmp_path: Path):
    context = chromium.new_context(ignore_https_errors=True, viewport={"width": 500, "height": 640})
    steps = Walk(context, stage, stage.origin(FOREIGN))
    steps.access("members")
    assert len(steps.page.screenshot(path=tmp_path / "members.png")) > 5000
    context.close()
