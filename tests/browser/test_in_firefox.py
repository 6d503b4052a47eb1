"""Firefox: a word is lit in Mirador, in Universal Viewer and in our reader, and a reader signs in there."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import Demo
from tests.firefox import Firefox, firefox

pytestmark = pytest.mark.browser

_PATIENCE = 60.0  # seconds
_FULL_TILES = """return performance.getEntriesByType('resource')
  .filter(each => /[/]iiif[/]3[/]letters-1[/]/.test(each.name)).length"""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with firefox(tmp_path_factory.mktemp("firefox") / "profile", {}) as found:
        yield found


def wait(there: Callable[[], object], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not there():
        assert time.monotonic() < end, f"not seen: {what}"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("almanac?viewer=mirador&q=lantern", "/1 of [0-9]+/.test(document.body.innerText)"),
        ("almanac?viewer=uv&q=lantern", "document.querySelector('.openseadragon-canvas .annotationRect') !== null"),
        ("almanac/read?q=lantern", "document.querySelector('.hit.current') !== null"),
    ],
    ids=["Mirador", "Universal Viewer", "the reader"],
)
def test_a_word_of_the_address_is_found_and_lit(window: Firefox, demo: Demo, address: str, seen: str):
    window.visit(f"{demo.url}/objects/{address}")
    wait(lambda: window.script(f"return {seen}"), seen)


def test_in_the_reader_a_stranger_sees_the_small_version_and_whoever_signs_in_the_full_one(window: Firefox, demo: Demo):
    window.visit(f"{demo.url}/objects/letters/read")
    enter = "#access button"
    wait(lambda: window.script(f"return document.querySelector('{enter}')?.offsetParent != null"), "a way in")
    before = window.windows()
    window.click(enter)
    wait(lambda: len(window.windows()) > len(before), "our window")
    (opened,) = set(window.windows()) - set(before)
    window.switch(opened)
    wait(lambda: window.script("return document.querySelector('[name=password]') !== null"), "the form")
    window.type("[name=username]", demo.name)
    window.type("[name=password]", demo.password)
    window.click("form button")
    wait(lambda: window.windows() == before, "that our window closes")
    window.switch(before[0])
    wait(lambda: window.script(_FULL_TILES), "a tile of the full page")
