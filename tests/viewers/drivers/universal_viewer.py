"""Universal Viewer 4.3 and 4.4: a search box below the picture, dialogues and a bar for access, boxes as elements."""

import re
from typing import ClassVar

from playwright.sync_api import Locator, Page, expect

from tests.viewers.bench import Box
from tests.viewers.drivers.base import Driver

_COUNT = re.compile(r"(\d+) results? found")
_BOXES = """() => {
  const stage = document.querySelector('.openseadragon-canvas').getBoundingClientRect();
  return [...document.querySelectorAll('.openseadragon-canvas .annotationRect')].map(each => {
    const { x, y, width, height } = each.getBoundingClientRect();
    return [x - stage.x, y - stage.y, width, height];
  }).filter(([, , width]) => width > 0);
}"""


class _UniversalViewer(Driver):
    """What the releases have in common. It is given the version 2 manifest, as on our own page."""

    host_page = "uv.html"
    presentation = 2
    release: ClassVar[str]

    def address(self, object_id: str) -> str:
        return f"{super().address(object_id)}&release={self.release}"

    def wait_ready(self) -> None:
        expect(self.page.locator(".centerPanel").first).to_be_visible()

    def turn_page(self) -> None:
        self.page.locator(".paging.btn.next").first.click()

    def search_box(self) -> Locator:
        box = self.page.locator("#searchWithinInput")
        expect(box).to_be_visible()
        return box

    def suggestions(self, text: str) -> list[str]:
        self.search_box().press_sequentially(text)
        items = self.page.locator(".searchTextContainer ul.autocomplete li")
        expect(items.first).to_be_visible()
        return items.all_inner_texts()

    def hit_count(self) -> int:
        info = self.page.locator(".searchResultsInfo .info").first
        expect(info).to_contain_text(_COUNT)
        found = _COUNT.search(info.inner_text())
        assert found is not None
        return int(found[1])

    def show_first_hit(self) -> None:
        if not self.page.locator(".openseadragon-canvas .annotationRect").count():
            self.next_hit()

    def next_hit(self) -> None:
        self.page.locator(".nextResult").first.click()

    def load_all(self) -> None:
        """It asks for every further page by itself, one after another."""

    def wait_no_hits(self) -> None:
        dialogue = self.page.locator(".overlay.genericDialogue")
        expect(dialogue).to_contain_text("No matches were found")
        dialogue.locator(".accept").first.click()
        expect(dialogue).to_be_hidden()

    def highlight_boxes(self) -> list[Box]:
        return [Box(*each) for each in self.page.evaluate(_BOXES)]

    def _offer(self) -> Locator:
        return self.page.locator(".informationBox .actions a:visible, .overlay.auth .confirm:visible")

    def wait_access_offer(self) -> None:
        expect(self._offer().first).to_be_visible()

    def offers_access(self) -> bool:
        return self._offer().count() > 0

    def begin_access(self) -> Page:
        self.wait_access_offer()
        with self.visit.browser.expect_page() as opened:
            self._offer().first.click()
        return opened.value

    def failure(self) -> str:
        dialogue = self.page.locator(".overlay.genericDialogue:visible .content, .informationBox:visible .message")
        return " ".join(dialogue.all_inner_texts())


class UniversalViewer43(_UniversalViewer):
    """The last release that asks for tiles with the browser's cookies."""

    title = "Universal Viewer 4.3.0"
    release = "4.3"


class UniversalViewer44(_UniversalViewer):
    """The first that never sends cookies with tiles to another origin."""

    title = "Universal Viewer 4.4.0"
    release = "4.4"
