"""Our own page: Content Search 2 and Authorization Flow 2, at Lectern's origin or in a frame of another page."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.viewers.bench import Box
from tests.viewers.drivers.base import Driver

_COUNT = re.compile(r"(?:(?P<at>[\d,]+) of )?(?P<all>[\d,]+)(?: hits?)?$")
_WAYS_IN = re.compile("^(Sign in|Read the terms|Open|Try it here)")
_BOXES = """() => {
  const stage = document.querySelector("#viewer").getBoundingClientRect();
  return [...document.querySelectorAll("#viewer .hit")].map((each) => {
    const { x, y, width, height } = each.getBoundingClientRect();
    return [x - stage.x, y - stage.y, width, height];
  });
}"""


class Reader(Driver):
    """`/objects/{object}/read`."""

    title = "Lectern's own page"
    stage = "#viewer"

    def address(self, object_id: str) -> str:
        return self.visit.books(f"/objects/{object_id}/read")

    def wait_ready(self) -> None:
        expect(self.page.locator("#jump option").first).to_be_attached()

    def turn_page(self) -> None:
        self.page.get_by_role("button", name="Next page").click()

    def search_box(self) -> Locator:
        box = self.page.locator("#q")
        expect(box).to_be_visible()
        return box

    def search(self, text: str) -> None:
        if len(text) > int(self.search_box().get_attribute("maxlength") or 0):
            self._lacks("room for a query that is refused")
        super().search(text)

    def suggestions(self, text: str) -> list[str]:
        self.search_box().press_sequentially(text)
        options = self.page.locator("#terms").get_by_role("option")
        expect(options.first).to_be_visible()
        return options.all_inner_texts()

    def _counter(self) -> tuple[int, int]:
        count = self.page.locator("#count")
        expect(count).to_contain_text(re.compile(r"\d"))
        found = _COUNT.search(count.inner_text())
        assert found is not None, count.inner_text()
        return int((found["at"] or "0").replace(",", "")), int(found["all"].replace(",", ""))

    def hit_count(self) -> int:
        return self._counter()[1]

    def current_hit(self) -> int:
        return self._counter()[0]

    def hits(self) -> list[str]:
        entries = self.page.locator("#found li")
        expect(entries.first).to_be_visible()
        return entries.all_inner_texts()

    def show_first_hit(self) -> None:
        self._whole()

    def next_hit(self) -> None:
        self.page.locator("#next-hit").click()
        self._whole()

    def _whole(self) -> None:
        """See the whole page again: a hit is brought close."""
        self.page.locator("#whole").click()

    def load_all(self) -> None:
        """Scroll to the end of the list, which fetches more, until there is no more."""
        entries, total = self.page.locator("#found li"), self.hit_count()

        def scrolled() -> bool:
            # The list is laid out as it comes into sight, so its end moves away.
            self.page.locator("#hits").evaluate("(hits) => hits.scrollTo(0, hits.scrollHeight)")
            return entries.count() == total

        self.visit.until(scrolled, f"{total} hits in the list", seconds=60)

    def wait_no_hits(self) -> None:
        expect(self.page.locator("#found .advice").or_(self.page.locator("#count"))).not_to_have_count(0)
        expect(self.page.locator("#found li button")).to_have_count(0)
        expect(self.page.locator("#count")).not_to_have_text(re.compile(r"^(|Looking…|.*\d.*)$"))

    def highlight_boxes(self) -> list[Box]:
        return [Box(*each) for each in self.page.evaluate(_BOXES)]

    def _offer(self) -> Locator:
        return self.page.locator("#access, #door").get_by_role("button", name=_WAYS_IN)

    def wait_access_offer(self) -> None:
        expect(self._offer().first).to_be_visible()

    def offers_access(self) -> bool:
        return self._offer().first.is_visible()

    def begin_access(self) -> Page:
        self.wait_access_offer()
        with self.visit.browser.expect_page() as opened:
            self._offer().first.click()
        return opened.value

    def require_sign_out(self) -> None:
        """It has one."""

    def sign_out(self) -> None:
        button = self.page.locator("#leave")
        expect(button).to_be_visible()
        with self.visit.browser.expect_page():
            button.click()

    def failure(self) -> str:
        return " ".join(self.page.locator("#access:visible, #door:visible").all_inner_texts())
