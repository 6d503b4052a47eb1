"""Clover 3.3.8, the one released viewer that speaks Content Search 2; it knows no authorisation."""

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.conftest import ROOT
from tests.viewers.bench import Box
from tests.viewers.drivers.base import Driver
from tests.viewers.places import PAGES

_PEERS = ROOT / "tests" / "peers" / "node_modules"
_GROUPS = '[data-testid="annotation-page"]'
_BOXES = """() => {
  const stage = document.querySelector('.openseadragon-canvas').getBoundingClientRect();
  return [...document.querySelectorAll('.openseadragon-canvas button[data-active]')].map((each) => {
    const { x, y, width, height } = each.getBoundingClientRect();
    return [x - stage.x, y - stage.y, width, height];
  });
}"""


@cache
def bundle() -> bytes:
    """Return the host page's script with React and Clover in it; skips the test where they are not installed."""
    esbuild = _PEERS / ".bin" / "esbuild"
    if not (_PEERS / "@samvera" / "clover-iiif").is_dir() or not esbuild.exists():
        pytest.skip("Clover is not installed; run `make setup`")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "clover.js"
        command = [str(esbuild), str(PAGES / "clover.js"), "--bundle", "--minify", f"--outfile={made}"]
        command.append('--define:process.env.NODE_ENV="production"')
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "NODE_PATH": str(_PEERS)})
        return made.read_bytes()


class Clover(Driver):
    """The React build, given the version 3 manifest."""

    title = "Clover 3.3.8"
    host_page = "clover.html"

    def open(self, object_id: str) -> None:
        self.page.route(
            "**/bench/clover/clover.js", lambda route: route.fulfill(body=bundle(), content_type="text/javascript")
        )
        super().open(object_id)

    def require_sign_in(self) -> None:
        self._lacks("sign-in")

    def turn_page(self) -> None:
        self.page.get_by_role("button", name="next").first.click()

    def search_box(self) -> Locator:
        box = self.page.locator(".content-search-form input")
        tab = self.page.get_by_role("tab", name="Search")
        expect(box.or_(tab).first).to_be_visible()
        if not box.is_visible():
            tab.click()
        expect(box).to_be_visible()
        return box

    def _entries(self) -> Locator:
        entries = self.page.locator(f"{_GROUPS} button")
        expect(entries.first).to_be_visible()
        return entries

    def hits(self) -> list[str]:
        expect(self._entries().first).to_have_text("lantern")
        self._lacks("words around a hit")

    def hit_count(self) -> int:
        """Return the number of entries: it tells no total."""
        return self._entries().count()

    def show_first_hit(self) -> None:
        self._entries().first.click()

    def wait_no_hits(self) -> None:
        expect(self.page.get_by_text("No results")).to_be_visible()

    def highlights(self) -> list[Box]:
        """Return what is lit on the page: hits of other pages wait at the corner of the stage, outside it."""
        return [each for each in super().highlights() if each.x >= 0 and each.y >= 0]

    def highlight_boxes(self) -> list[Box]:
        return [Box(*each) for each in self.page.evaluate(_BOXES)]
