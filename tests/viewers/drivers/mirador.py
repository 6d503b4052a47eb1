"""Mirador 3 and 4: a search panel, a bar for access, highlights on a canvas of their own."""

import re
from typing import ClassVar

from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.viewers.bench import Box
from tests.viewers.drivers.base import Driver

_PANEL = 'aside[aria-label="Search"]'
_CONTINUE = re.compile("^continue$", re.IGNORECASE)
_COUNTER = re.compile(r"(\d+) of (\d+)")
_OFFER = re.compile("(Sign in|Read the terms|Continue)$", re.IGNORECASE)
# The regions that are painted on the annotations' canvas, which lies over the one of the picture.
_PAINTED = """() => {
  const canvas = document.querySelector('.openseadragon-canvas > div > canvas');
  const stage = document.querySelector('.openseadragon-canvas').getBoundingClientRect();
  const context = canvas && canvas.getContext('2d');
  if (!context || !canvas.width) return [];
  const { width, height } = canvas, data = context.getImageData(0, 0, width, height).data;
  const place = canvas.getBoundingClientRect(), scale = place.width / width;
  const seen = new Uint8Array(width * height), boxes = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] || data[4 * start + 3] < 40) continue;
    let [left, top, right, bottom] = [width, height, 0, 0];
    const open = [start];
    seen[start] = 1;
    while (open.length) {
      const at = open.pop(), x = at % width, y = (at - x) / width;
      left = Math.min(left, x), right = Math.max(right, x), top = Math.min(top, y), bottom = Math.max(bottom, y);
      for (const [nx, ny] of [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]]) {
        const next = ny * width + nx;
        if (nx < 0 || ny < 0 || nx >= width || ny >= height || seen[next] || data[4 * next + 3] < 40) continue;
        seen[next] = 1;
        open.push(next);
      }
    }
    boxes.push([place.x - stage.x + left * scale, place.y - stage.y + top * scale,
                (right + 1 - left) * scale, (bottom + 1 - top) * scale]);
  }
  return boxes;
}"""


class _Mirador(Driver):
    """What Mirador 3 and 4 have in common, which is nearly all of it."""

    host_page = "mirador.html"
    release: ClassVar[str]

    def address(self, object_id: str) -> str:
        return f"{super().address(object_id)}&release={self.release}"

    def turn_page(self) -> None:
        self.page.get_by_role("button", name="Next item").click()

    def search_box(self) -> Locator:
        box = self.page.locator('input[id^="search-"]')
        tab = self.page.locator('button[role=tab][aria-label="Search"]')
        expect(box.or_(tab).first).to_be_visible()
        if not box.is_visible():
            tab.click()
        expect(box).to_be_visible()
        return box

    def suggestions(self, text: str) -> list[str]:
        self.search_box().press_sequentially(text)
        options = self.page.get_by_role("option")
        expect(options.first).to_be_visible()
        return options.all_inner_texts()

    def _counter(self) -> tuple[int, int]:
        panel = self.page.locator(_PANEL)
        expect(panel).to_contain_text(_COUNTER)
        found = _COUNTER.search(panel.inner_text())
        assert found is not None
        return int(found[1]), int(found[2])

    def hit_count(self) -> int:
        return self._counter()[1]

    def current_hit(self) -> int:
        return self._counter()[0]

    def hits(self) -> list[str]:
        entries = self.page.locator(f"{_PANEL} ul").first.locator("> *")
        expect(entries.first).to_be_visible()
        return entries.all_inner_texts()

    def next_hit(self) -> None:
        self.page.get_by_role("button", name="Next result").click()

    def load_all(self) -> None:
        more = self.page.get_by_role("button", name=re.compile("more results", re.IGNORECASE))
        expect(more).to_be_visible()
        while told := more.all_inner_texts():
            more.click()
            expect(more.filter(has_text=told[0])).to_have_count(0)

    def wait_no_hits(self) -> None:
        expect(self.page.locator(_PANEL)).to_contain_text("No results found")

    def highlight_boxes(self) -> list[Box]:
        return [Box(*each) for each in self.page.evaluate(_PAINTED)]

    def _buttons(self) -> Locator:
        return self.page.get_by_role("button", name=_OFFER)

    def wait_access_offer(self) -> None:
        expect(self._buttons().first).to_be_visible()

    def offers_access(self) -> bool:
        return self._buttons().count() > 0

    def begin_access(self) -> Page:
        step = self.page.get_by_role("button", name=re.compile("^(Sign in|Read the terms)$")).first
        self.wait_access_offer()
        for _ in range(8):  # a bar that is drawn anew folds up again
            try:
                if not step.is_visible():
                    self.page.get_by_text(_CONTINUE).first.click(timeout=5_000)
                with self.visit.browser.expect_page() as opened:
                    step.click(timeout=5_000)
            except TimeoutError:
                continue
            return opened.value
        raise AssertionError("no window opened")

    def require_sign_out(self) -> None:
        """It has one, also where this page does not."""

    def sign_out(self) -> None:
        button = self.page.get_by_role("button", name=re.compile("sign out", re.IGNORECASE)).first
        expect(button).to_be_visible()
        with self.visit.browser.expect_page():
            button.click()


class Mirador3(_Mirador):
    """Mirador 3.4.3, the last of its line, started plainly."""

    title = "Mirador 3.4.3"
    release = "3"
    asks_on = True


class Mirador4(_Mirador):
    """Mirador 4.0.0, started as our own page starts it."""

    title = "Mirador 4.0.0"
    release = "4"


class PlainMirador4(Mirador4):
    """Mirador 4.0.0 without the lines that make it draw anew after a sign-in."""

    def address(self, object_id: str) -> str:
        return f"{super().address(object_id)}&plain=1"
