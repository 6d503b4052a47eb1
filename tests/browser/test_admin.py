"""The operator's page in a browser: signing in, an ingest followed live, a ledger, explain, an ended session, axe."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from ingest.underway import find_under_way
from lectern.home import Home
from tests.browser.conftest import Demo
from tests.chromium import FLAGS, PROGRAM
from tests.servers import settings_free_environment
from tests.services_auth.test_accessible import AXE, COLOURS, DESKTOP, PHONE, Colours, blamed

pytestmark = pytest.mark.browser

PASSWORD = "a long password for tests"
PAGES = (
    "/admin",
    "/admin/objects",
    "/admin/objects/almanac",
    "/admin/ingest",
    "/admin/policies?resource=letters",
    "/admin/policies?resource=nothing",
    "/admin/sessions?ended=1",
    "/admin/check",
)
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
_OCR = (
    "<html><body><div class='ocr_page' title='bbox 0 0 800 1000'><span class='ocr_line' title='bbox 9 9 400 40'>"
    "<span class='ocrx_word' title='bbox 9 9 200 40'>harbour</span></span></div></body></html>"
)


def lectern(demo: Demo, *words: str) -> list[str]:
    return [sys.executable, "-m", "services.cli", *words]


@pytest.fixture(scope="module")
def operator(demo: Demo) -> str:
    """Return the name of an account that may see the page."""
    environment = settings_free_environment(LECTERN_HOME=str(demo.home))
    command = lectern(demo, "user", "add", "olga", "--role", "lectern-admin", "--password-stdin")
    subprocess.run(command, env=environment, input=PASSWORD, text=True, check=True, capture_output=True)
    return "olga"


def sign_in(page: Page, demo: Demo, name: str, password: str = PASSWORD) -> None:
    """Go to the operator's page as somebody who is not signed in does."""
    page.goto(f"{demo.url}/admin")
    page.fill("#username", name)
    page.fill("#password", password)
    with page.expect_navigation():  # the form's page is loaded already
        page.keyboard.press("Enter")


@contextmanager
def other_browser(playwright: Playwright) -> Iterator[Page]:
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    yield browser.new_context().new_page()
    browser.close()


@pytest.fixture
def desk(page: Page, demo: Demo, operator: str) -> Page:
    """Return a tab in which the operator has signed in."""
    sign_in(page, demo, operator)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return page


def test_signing_in_leads_to_the_overview_and_nothing_comes_from_elsewhere(page: Page, demo: Demo, operator: str):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, demo, operator)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert page.url == f"{demo.url}/admin"
    expect(page.locator(".figures div").filter(has_text="Objects")).to_contain_text("6")
    ready = page.get_by_role("region", name="Ready?")
    expect(ready.get_by_role("row").filter(has_text="catalogue").get_by_role("cell")).to_have_text("ok")
    assert all(url.startswith(demo.url) for url in asked)


def test_a_reader_without_the_role_is_not_let_in(page: Page, demo: Demo, operator: str):
    sign_in(page, demo, demo.name, demo.password)
    page.goto(f"{demo.url}/admin/sessions")
    assert "/auth/access/" in page.url
    expect(page.locator("table")).to_have_count(0)


@pytest.mark.parametrize("colours", COLOURS)
def test_axe_finds_nothing_on_any_page_and_nothing_is_cut_off(desk: Page, demo: Demo, colours: Colours):
    for path in PAGES:
        desk.goto(demo.url + path)
        desk.emulate_media(color_scheme=colours)
        desk.evaluate(AXE)
        for size in (PHONE, DESKTOP):
            desk.set_viewport_size({"width": size["width"], "height": size["height"]})
            assert blamed(desk) == [], (path, colours, size)
            assert desk.evaluate(_FITS), (path, size)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_is_used_by_keyboard_alone_and_works_without_scripts(
    playwright: Playwright, demo: Demo, operator: str, *, scripts: bool
):
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    page = browser.new_context(java_script_enabled=scripts).new_page()
    sign_in(page, demo, operator)
    page.get_by_role("link", name="Objects", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Id or title has").focus()
    page.keyboard.type("alman")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="almanac").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="almanac")).to_be_visible()
    browser.close()


@contextmanager
def ingest_of(demo: Demo, folder: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield an ingest that runs in processes of its own, all of which end with it."""
    environment = settings_free_environment(LECTERN_HOME=str(demo.home))
    command = lectern(demo, "ingest", str(folder), "--object", name, "--jobs", "1", "--quiet")
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGKILL)


def held_in_the_middle(demo: Demo, process: subprocess.Popen[bytes], name: str) -> None:
    """Stop an ingest once it has read some pages."""
    home, end = Home(demo.home), time.monotonic() + 120
    while (found := find_under_way(home, name)) is None or not 0 < found.read < found.pages:
        assert time.monotonic() < end
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGSTOP)


def test_an_ingest_is_followed_live_and_its_broken_page_is_in_the_ledger(desk: Page, demo: Demo, tmp_path: Path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(1, 801):
        (folder / f"{number:04}.hocr").write_text(_OCR)
    (folder / "0700.hocr").write_bytes(b"\x00\xff no OCR at all")
    desk.goto(f"{demo.url}/admin/ingest")
    row = desk.locator("li[data-object=live]")
    expect(row).to_have_count(0)
    with ingest_of(demo, folder, "live") as process:
        held_in_the_middle(demo, process, "live")
        expect(row).to_contain_text("being read", timeout=30_000)
        read = int(row.locator("progress").get_attribute("value") or "0")
        assert 0 < read < 800
        os.killpg(process.pid, signal.SIGCONT)
        expect(row).to_have_count(0, timeout=120_000)
        process.wait(120)
    desk.goto(f"{demo.url}/admin/objects?show=failing")
    desk.get_by_role("link", name="live", exact=True).click()
    desk.get_by_role("navigation", name="States of pages").get_by_role("link", name="failed").click()
    broken = desk.locator("tr[data-state=failed]")
    expect(broken).to_have_count(1)
    expect(broken).to_contain_text("0700")
    expect(broken.locator("code").first).not_to_be_empty()


def test_explain_tells_which_rule_decides(desk: Page, demo: Demo):
    desk.goto(f"{demo.url}/admin/policies")
    desk.get_by_label("Object, or image OBJECT-N").fill("letters")
    desk.keyboard.press("Enter")
    expect(desk.locator("#verdict")).to_contain_text("Not let in")
    desk.get_by_label("As local user").fill(demo.name)
    desk.get_by_role("button", name="Explain").click()
    expect(desk.locator("#verdict .state")).to_have_text("Let in")
    expect(desk.locator("#verdict tr.decided")).to_contain_text("login")


def test_an_ended_session_is_refused_in_the_browser_that_had_it(
    playwright: Playwright, browser: BrowserContext, desk: Page, demo: Demo
):
    ask = f"() => fetch('{demo.url}/iiif/2/letters-1/full/64,/0/default.jpg').then(answer => answer.status)"
    with other_browser(playwright) as reader:
        reader.goto(f"{demo.url}/auth/access/readers?origin={demo.url}")
        reader.fill("#username", demo.name)
        reader.fill("#password", demo.password)
        reader.keyboard.press("Enter")
        reader.wait_for_selector("[role=status]")
        reader.goto(demo.url)
        assert reader.evaluate(ask) == 200
        desk.goto(f"{demo.url}/admin/sessions?user={demo.name}")
        desk.get_by_role("button", name=f"End all sessions of {demo.name}").first.click()
        expect(desk.get_by_role("status")).to_contain_text("ended")
        assert reader.evaluate(ask) == 401


def test_th_24_the_page_does_not_show_in_a_frame(desk: Page, demo: Demo):
    desk.goto(demo.url)
    desk.evaluate(
        """url => new Promise(done => {
            const frame = document.createElement("iframe");
            frame.onload = done; frame.src = url; document.body.append(frame);
        })""",
        f"{demo.url}/admin/sessions",
    )
    assert "Sessions" not in desk.frames[-1].locator("body").inner_text()
