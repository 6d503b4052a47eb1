"""Mirador: an open book with one restricted page, which says so when its turn comes and is found after the sign-in."""

import json
import re
import time
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_mirador import _CONTINUE, _SEARCH_PANEL, _open, _search, _sign_in

pytestmark = pytest.mark.browser

_PAGE = 2
_PATIENCE_SECONDS = 20


@pytest.fixture
def word(demo: Demo) -> Iterator[str]:
    """Return a word that stands on the second page of the almanac alone, while that page is for readers alone."""
    word = next(word for word in _words(demo) if _canvases(demo, word) == {str(_PAGE)})
    policies = demo.home / "policies.toml"
    before = policies.read_text()
    policies.write_text(f'{before}\n[[objects.almanac.pages]]\npages = "{_PAGE}"\npolicy = "readers"\n')
    _wait(demo, word, set())
    yield word
    policies.write_text(before)
    _wait(demo, word, {str(_PAGE)})


def _get(demo: Demo, path: str) -> dict:  # type: ignore[type-arg]
    with urlopen(demo.url + path, timeout=10) as answer:
        found: dict = json.load(answer)  # type: ignore[type-arg]
    return found


def _words(demo: Demo) -> list[str]:
    lines = _get(demo, f"/presentation/3/almanac/canvas/{_PAGE}/text")["items"]
    return [word for line in lines for word in re.findall(r"[a-z]{7,}", line["body"]["value"])]


def _canvases(demo: Demo, word: str) -> set[str]:
    found = _get(demo, f"/search/1/almanac?q={word}")["resources"]
    return {each["on"].partition("#")[0].rpartition("/")[2] for each in found}


def _wait(demo: Demo, word: str, canvases: set[str]) -> None:
    """Wait until every worker has read the policies: several answers in a row are as they should be."""
    end, right = time.monotonic() + _PATIENCE_SECONDS, 0
    while right < 8:
        assert time.monotonic() < end, "the policies were not read anew"
        right = right + 1 if _canvases(demo, word) == canvases else 0
        time.sleep(0.3)


def test_one_restricted_page_asks_for_the_sign_in_and_the_pages_around_it_do_not(
    demo: Demo, word: str, browser: BrowserContext, page: Page
):
    _open(page, demo.object("almanac"))
    page.wait_for_timeout(1500)
    assert not page.get_by_text(_CONTINUE).first.is_visible()
    _search(page, word)
    expect(page.locator(_SEARCH_PANEL)).to_contain_text("No results found")
    page.get_by_role("button", name="Next item").click()
    expect(page.get_by_text(_CONTINUE).first).to_be_visible()
    _sign_in(browser, page, demo)
    expect(page.get_by_role("button", name=re.compile("sign out", re.IGNORECASE)).first).to_be_visible()
    _search(page, word.upper())
    expect(page.locator(_SEARCH_PANEL)).to_contain_text(re.compile(r"1 of \d+"))
    page.get_by_role("button", name="Next item").click()
    page.wait_for_timeout(1500)
    assert not page.get_by_text(_CONTINUE).first.is_visible()
