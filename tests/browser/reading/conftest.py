"""The reader on the demo's shelf, on a shelf with a long book without pictures, and on one whose clock is ours."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Demo
from tests.conformance.auth_shelf import full_home, make_house, picture
from tests.conformance.stage import Stage
from tests.servers import free_port, running, settings_free_environment

__all__ = ["full_home", "make_house", "picture"]

PAGES, LINES, WORDS = 3, 40, 13  # of the long book, in which every word is the same: 1,560 hits
_PLACE = """() => {
  const frame = document.querySelector(".sheet").getBoundingClientRect();
  const [, , width, height] = document.querySelector(".sheet").getAttribute("viewBox").split(" ").map(Number);
  return [...document.querySelectorAll(".hit.current")].map(each => {
    const box = each.getBoundingClientRect();
    return {x: (box.x + box.width / 2 - frame.x) / frame.width * width,
            y: (box.y + box.height / 2 - frame.y) / frame.height * height,
            left: box.left, top: box.top, right: box.right, bottom: box.bottom};
  });
}"""


@dataclass(frozen=True)
class Desk:
    """A reader's page in the browser."""

    page: Page
    url: str

    def open(self, object_id: str, query: str = "", *, picture: bool = True) -> "Desk":
        """Open an object; return when its picture is there, or at once."""
        self.page.goto(f"{self.url}/objects/{object_id}/read{query}")
        if picture:
            self.shown()
        return self

    def shown(self) -> None:
        """Wait until a page is drawn."""
        self.page.locator(".sheet").wait_for()

    @property
    def box(self) -> Locator:
        """Return the search box."""
        return self.page.get_by_role("combobox", name="Search inside this book")

    def search(self, text: str) -> None:
        """Search as a reader does."""
        self.box.fill(text)
        self.box.press("Enter")

    def press(self, key: str) -> None:
        """Press a key outside the search box."""
        self.page.evaluate("document.activeElement.blur()")
        self.page.keyboard.press(key)

    def told(self, text: str) -> None:
        """Wait for what the panel says of the hits."""
        expect(self.page.locator("#count")).to_have_text(text)

    def at(self, where: str) -> None:
        """Wait for the page's number."""
        expect(self.page.locator("#where")).to_have_text(where)

    def lit(self) -> list[dict[str, float]]:
        """Return where the current hit's light is, by its middle in canvas pixels and its edges on the screen."""
        self.page.locator(".hit.current").first.wait_for()
        self.still()
        found: list[dict[str, float]] = self.page.evaluate(_PLACE)
        return found

    def still(self) -> None:
        """Wait until the picture has come to rest: its sheet is where it was some frames ago."""
        self.page.evaluate("() => { window.rested = 0; }")  # it was at rest before, too
        self.page.wait_for_function(
            """() => {
              const {x, y, width} = document.querySelector(".sheet").getBoundingClientRect();
              const now = [x, y, width].map(Math.round).join();
              window.rested = window.was === now ? (window.rested ?? 0) + 1 : 0;
              window.was = now;
              return window.rested > 12;
            }"""
        )


@pytest.fixture
def desk(demo: Demo, page: Page) -> Desk:
    """Return the reader on the sample shelf."""
    return Desk(page, demo.url)


def _long_book(folder: Path) -> None:
    word = "<span class='ocrx_word' title='bbox {} {} {} {}'>tide</span>"
    tops = [60 + 40 * line for line in range(LINES)]
    lines = [
        f"<span class='ocr_line' title='bbox 50 {top} 1330 {top + 30}'>"
        + " ".join(word.format(50 + 100 * n, top, 130 + 100 * n, top + 30) for n in range(WORDS))
        + "</span>"
        for top in tops
    ]
    page = f"<div class='ocr_page' title='bbox 0 0 1400 1800'>{''.join(lines)}</div>"
    for n in range(1, PAGES + 1):
        (folder / f"p{n}.hocr").write_text(f"<html xmlns='http://www.w3.org/1999/xhtml'><body>{page}</body></html>")


@pytest.fixture(scope="session")
def long_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a shelf whose one book has no pictures and 1,560 times the same word."""
    folder, home, port = tmp_path_factory.mktemp("long"), tmp_path_factory.mktemp("home"), free_port()
    _long_book(folder)
    environment = settings_free_environment(PORT=str(port), LECTERN_HOME=str(home), LECTERN_WORKERS="1")
    command = [sys.executable, "-m", "services.cli"]
    run([*command, "ingest", str(folder), "--object", "long", "--label", "Tides"], env=environment, check=True)
    with running([*command, "up"], environment, f"http://127.0.0.1:{port}/readyz"):
        yield f"http://localhost:{port}"


@pytest.fixture
def stage(make_house: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Return a Lectern in this process, whose clock is ours; its token pages hold errors back for a moment only."""
    monkeypatch.setattr("services.auth.token._ERROR_DELAY", 100)
    stage = Stage(make_house)
    yield stage
    stage.close()


@pytest.fixture
def staged(stage: Stage, page: Page) -> Desk:
    """Return the reader on that Lectern."""
    return Desk(page, stage.base)
