"""In a browser over https the pages of the portal load nothing by http, and their rules let all they need through."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from services.portal.bundles import VIEWERS
from tests.chromium import FLAGS, PROGRAM
from tests.https.installation import HOST, NAME, PASSWORD, Installation

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

_TILE = re.compile(r"/iiif/[23]/[^/]+/[^/]+/[^/]+/0/default\.jpg$")


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Return a browser for which every host is this machine, and which takes the certificate of the test."""
    context = playwright.chromium.launch_persistent_context(
        Path(tmp_path_factory.mktemp("profile")),
        executable_path=PROGRAM,
        headless=True,
        args=[*FLAGS, f"--host-resolver-rules=MAP {HOST} 127.0.0.1", "--ignore-certificate-errors"],
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


class Heard:
    """What a page asked for, and what the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.urls: list[str] = []
        self.refused: list[str] = []
        page.on("request", lambda request: self.urls.append(request.url))
        page.on("console", lambda message: self._hear(message.text))

    def _hear(self, text: str) -> None:
        if re.search(r"mixed content|insecure|content security policy|refused to", text, re.IGNORECASE):
            self.refused.append(text)

    def is_ours_alone(self, base: str) -> None:
        """Assert that all requests went to the public URL, and that no rule stopped one."""
        asked = [url for url in self.urls if not url.startswith(("data:", "blob:", "about:"))]
        assert asked
        assert [url for url in asked if not url.startswith(f"{base}/")] == []
        assert self.refused == []


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("book", ["almanac", "letters"])
def test_a_page_of_a_book_loads_over_https_without_mixed_content(
    browser: BrowserContext, site: Installation, viewer: str, book: str
):
    browser.clear_cookies()
    page = browser.new_page()
    heard = Heard(page)
    with page.expect_response(lambda answer: bool(_TILE.search(answer.url)) and answer.ok):
        page.goto(f"{site.base}/objects/{book}?viewer={viewer}")
    page.get_by_role("link", name=re.compile("manifest", re.IGNORECASE)).first.wait_for()
    heard.is_ours_alone(site.base)
    page.close()


def test_the_shelf_loads_over_https_without_mixed_content(browser: BrowserContext, site: Installation):
    page = browser.new_page()
    heard = Heard(page)
    page.goto(f"{site.base}/", wait_until="networkidle")
    page.get_by_role("link", name=re.compile("^Open .*Almanac", re.IGNORECASE)).first.click()
    expect(page).to_have_url(re.compile(re.escape(f"{site.base}/objects/almanac")))
    heard.is_ours_alone(site.base)
    page.close()


def test_signing_in_over_https_keeps_a_cookie_of_this_host_alone(browser: BrowserContext, site: Installation):
    browser.clear_cookies()
    page = browser.new_page()
    heard = Heard(page)
    page.goto(f"{site.base}/auth/access/readers?origin={site.origin}")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.get_by_role("button", name="Sign in").click()
    assert sent.value.ok
    kept = {cookie["name"]: cookie for cookie in browser.cookies(site.base)}["__Host-lectern-session"]
    assert (kept["secure"], kept["httpOnly"], kept["path"], kept["domain"]) == (True, True, "/", HOST)
    heard.is_ours_alone(site.base)
