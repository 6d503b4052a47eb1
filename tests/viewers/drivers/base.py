"""The verbs that a reader has before any viewer. A driver gives those of its viewer; the others say what is missing.

A driver module may name its bundle in `places.FILES` and puts its host page, which reads `?manifest=` itself, into
`tests/viewers/pages/`. Verbs that look wait until there is something to see and fail with the request log if nothing
comes; verbs that act return at once. What is seen is told in pixels of the canvas, whatever the zoom: the marks on the
bench's pages say where the page lies on the screen.
"""

from typing import Any, ClassVar, Literal, NoReturn
from urllib.parse import urlencode

import pyvips
from playwright.sync_api import Error, Locator, Page

from tests.viewers.bench import HEIGHT, MAGENTA, MARK, MARK_TOP, STRIPES, WIDTH, Box
from tests.viewers.visit import Visit

Picture = Literal["nothing", "reduced", "full"]
# JPEG changes colours a little, and the marks of a reduced page are blurred.
_COLOUR_SLACK = 70
_FULL_DETAIL = 12.0


class Lacks(Exception):
    """The viewer has no such thing; the text says what it lacks, for a cell of the table."""


class Driver:
    """A viewer on a host page. `title` is its row in the table; `version` the Presentation version it is given."""

    title: ClassVar[str]
    host_page: ClassVar[str]
    presentation: ClassVar[int] = 3
    # What holds the picture; a screenshot of it is what the reader sees.
    stage: ClassVar[str] = ".openseadragon-canvas"
    asks_on: ClassVar[bool] = False  # whether it asks for a token again and again that it was refused

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.page: Page = visit.page

    # Opening

    def address(self, object_id: str) -> str:
        """Return the address of the host page with an object."""
        query = urlencode({"manifest": self.visit.manifest(object_id, self.presentation)})
        return f"{self.visit.origin}/bench/pages/{self.host_page}?{query}"

    def open(self, object_id: str) -> None:
        """Open an object and wait until the viewer stands; a picture need not be there yet."""
        self.page.goto(self.address(object_id))
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the viewer has read the manifest."""
        self.page.locator(self.stage).first.wait_for()

    def turn_page(self) -> None:
        """Go to the next canvas, as a reader does."""
        self._lacks("a button to the next page")

    # Search

    def search_box(self) -> Locator:
        """Return where a reader types a query, visible."""
        self._lacks("a search box")

    def search(self, text: str) -> None:
        """Type a query and send it."""
        box = self.search_box()
        box.fill(text)
        box.press("Enter")

    def suggestions(self, text: str) -> list[str]:
        """Type without sending; returns what is suggested, at least one."""
        self._lacks("suggestions")

    def hit_count(self) -> int:
        """Return the number of hits that the viewer tells, once it tells one."""
        self._lacks("a count of hits")

    def hits(self) -> list[str]:
        """Return the texts of the list of hits, at least one."""
        self._lacks("a list of hits")

    def show_first_hit(self) -> None:
        """Have the page of the first hit shown; viewers that do so by themselves need nothing."""

    def next_hit(self) -> None:
        """Go to the next hit."""
        self._lacks("a button to the next hit")

    def current_hit(self) -> int:
        """Return which hit is shown as the one at hand, from 1."""
        self._lacks("a current hit")

    def load_all(self) -> None:
        """Have every further page of hits loaded; viewers that do so by themselves need nothing."""
        self._lacks("further pages of hits")

    def wait_no_hits(self) -> None:
        """Wait until the viewer says that there are no hits, and put aside what says so."""
        self._lacks("a word for no hits")

    def highlight_boxes(self) -> list[Box]:
        """Return where words are lit now, in screen pixels relative to the stage; none is an answer too."""
        self._lacks("highlights")

    def highlights(self) -> list[Box]:
        """Return where words are lit now, in canvas pixels; [] while the whole page is not in sight."""
        page = self.page_on_stage()
        if page is None:
            return []
        scale = WIDTH / page.width
        return [
            Box((each.x - page.x) * scale, (each.y - page.y) * scale, each.width * scale, each.height * scale)
            for each in self.highlight_boxes()
        ]

    # Access

    def require_sign_in(self) -> None:
        """Do nothing; raises Lacks where the viewer knows no access services, before anything is opened."""

    def wait_access_offer(self) -> None:
        """Wait until the viewer asks its reader to sign in, or to accept terms."""
        self._lacks("sign-in")

    def offers_access(self) -> bool:
        """Return whether the viewer asks its reader just now to sign in or to accept terms."""
        self._lacks("sign-in")

    def begin_access(self) -> Page:
        """Press what the viewer offers until our window opens; returns the window."""
        self._lacks("sign-in")

    def require_sign_out(self) -> None:
        """Do nothing; raises Lacks where the viewer has no sign-out, before anybody signs in."""
        self._lacks("sign-out")

    def sign_out(self) -> None:
        """Press the viewer's sign-out, which must be there."""
        self._lacks("sign-out")

    def failure(self) -> str:
        """Return what the viewer tells its reader about access that was not given; "" if nothing."""
        return ""

    # What is seen

    def picture(self) -> Picture:
        """Return what the stage shows of a page: nothing, its reduced version, or all of it."""
        shot = self._shot()
        marks = _marks(shot)
        if marks is None:
            return "nothing"
        page = _page(marks)
        scale = page.width / WIDTH
        left, top, width, height = (round(value * scale) for value in STRIPES)
        inside = shot.crop(round(page.x) + left + 4, round(page.y) + top + 4, max(8, width - 8), max(8, height - 8))
        across = inside.colourspace("b-w").conv(_ACROSS, precision="float").extract_band(0).abs().avg()
        return "full" if across > _FULL_DETAIL else "reduced"

    def wait_picture(self, wanted: Picture) -> None:
        """Wait until the stage shows what is wanted."""
        self.visit.until(lambda: self.seen() == wanted, f"{wanted} on the stage")

    def seen(self) -> Picture:
        """Return `picture`, or nothing while the stage is being drawn anew."""
        try:
            return self.picture()
        except (Error, pyvips.Error):
            return "nothing"

    def page_on_stage(self) -> Box | None:
        """Return where the page lies on the stage, in screen pixels; None unless both its marks are in sight."""
        marks = _marks(self._shot())
        return _page(marks) if marks else None

    def _shot(self) -> Any:
        return pyvips.Image.new_from_buffer(self.page.locator(self.stage).first.screenshot(), "")[:3]

    def _lacks(self, what: str) -> NoReturn:
        raise Lacks(what)


_ACROSS = pyvips.Image.new_from_array([[0, 0, 0], [0, -1, 1], [0, 0, 0]])


def _marks(shot: Any) -> Box | None:
    """Return the strip from the left mark of a page to the right one, both with it; None if one is not in sight."""
    found = ((shot - list(MAGENTA)).abs() <= _COLOUR_SLACK).bandand()
    columns, rows = found.project()
    across = [x for x, total in enumerate(columns.tolist()[0]) if total >= 3 * 255]
    down = [y for y, (total,) in enumerate(rows.tolist()) if total >= 3 * 255]
    if not across or not down:
        return None
    strip = Box(across[0], down[0], across[-1] + 1 - across[0], down[-1] + 1 - down[0])
    slack = 0.25 * strip.height + 2
    return strip if abs(strip.width * MARK / WIDTH - strip.height) <= slack else None


def _page(marks: Box) -> Box:
    """Return where the page lies whose marks are in a strip."""
    scale = marks.width / WIDTH
    return Box(marks.x, marks.y - MARK_TOP * scale, marks.width, HEIGHT * scale)
