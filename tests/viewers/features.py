"""What a reader does before a viewer, feature by feature: asserted on what is seen and on what the server was asked."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.viewers import bench
from tests.viewers.bench import Box, box
from tests.viewers.drivers.base import Driver, Picture
from tests.viewers.reasons import TILES, TOKEN, Reason, Shortfall

_SLACK = 8.0  # canvas pixels: what lies in three or four pixels of the screen


@dataclass(frozen=True)
class Feature:
    """A column of the table; what lives in `everywhere` is tried in each deployment, the rest in one."""

    name: str
    title: str
    run: Callable[[Driver], None]
    everywhere: bool


def opening(viewer: Driver) -> None:
    """An open book is shown, and no host but the installation's is asked for anything."""
    viewer.open(bench.OPEN)
    viewer.wait_picture("full")
    assert not viewer.visit.outside


def searching(viewer: Driver) -> None:
    """A word is found, counted and lit on its page, on the right pixels."""
    viewer.open(bench.OPEN)
    viewer.wait_picture("full")
    viewer.search("lantern")
    wait_count(viewer, 2)
    viewer.show_first_hit()
    wait_lit(viewer, [box(0, 2)])
    answers = viewer.visit.log.of(lambda asked: asked.is_search)
    assert {asked.status for asked in answers} == {200}
    assert len(answers) <= 2  # Mirador 3 asks twice


def wait_lit(viewer: Driver, wanted: list[Box]) -> None:
    """Wait until exactly the wanted boxes of a canvas are lit."""

    def lit() -> bool:
        found = viewer.highlights()
        return len(found) == len(wanted) and all(any(one.near(each, _SLACK) for one in found) for each in wanted)

    viewer.visit.until(lit, f"{wanted} lit")


def listing(viewer: Driver) -> None:
    """Hits are listed with the words around them; the next one is shown on its own page."""
    viewer.open(bench.OPEN)
    viewer.search("lantern")
    first, second = viewer.hits()
    assert "by the lantern light" in first
    assert "another lantern burns" in second
    assert viewer.current_hit() == 1
    viewer.next_hit()
    wait_lit(viewer, [box(1, 1)])
    assert viewer.current_hit() == 2


def hyphenation(viewer: Driver) -> None:
    """A word that the line's end divides is found whole, and both its halves are lit."""
    viewer.open(bench.OPEN)
    viewer.wait_picture("full")
    viewer.search("wonderful")
    viewer.show_first_hit()
    wait_lit(viewer, [box(1, 4), box(2, 0)])


def accents(viewer: Driver) -> None:
    """A word with an accent is found without it."""
    viewer.open(bench.OPEN)
    viewer.wait_picture("full")
    viewer.search("cafe")
    viewer.show_first_hit()
    wait_lit(viewer, [box(0, 2)])


def autocompletion(viewer: Driver) -> None:
    """Words of the book are suggested while one is typed."""
    viewer.open(bench.OPEN)
    assert any("lantern" in each for each in viewer.suggestions("lant"))


def paging(viewer: Driver) -> None:
    """More than a thousand hits are counted at once, and all of them can be reached."""
    viewer.open(bench.VOLUME)
    viewer.search(bench.COMMON)
    viewer.hit_count()
    viewer.load_all()
    wait_count(viewer, bench.COMMON_HITS)
    pages = {asked.query for asked in viewer.visit.log.of(lambda asked: asked.is_search and asked.status == 200)}
    assert len(pages) == 3


def wait_count(viewer: Driver, count: int) -> None:
    """Wait until the viewer tells a number of hits."""
    viewer.visit.until(lambda: viewer.hit_count() == count, f"{count} hits", seconds=60)


def nothing_found(viewer: Driver) -> None:
    """A word that is not there is said not to be, and the next search works."""
    viewer.open(bench.OPEN)
    viewer.wait_picture("full")
    viewer.search("zeppelin")
    viewer.wait_no_hits()
    viewer.search("lantern")
    wait_count(viewer, 2)


def refusal(viewer: Driver) -> None:
    """A query that the server refuses does the viewer no harm."""
    viewer.open(bench.OPEN)
    viewer.wait_picture("full")
    viewer.search("lantern " * 150)
    refused = viewer.visit.log.wait(lambda asked: asked.is_search, viewer.visit.sleep)
    assert refused.status == 400
    viewer.wait_no_hits()
    viewer.search("lantern")
    wait_count(viewer, 2)


def sign_in(window: Page, name: str = bench.READER) -> None:
    """Sign in, in our window."""
    window.get_by_label("Name").fill(name)
    window.get_by_label("Password").fill(bench.PASSWORD)
    with window.expect_event("close"):
        window.get_by_role("button", name="Sign in").click()


def arrive(viewer: Driver, wanted: Picture, *reasons: Reason) -> None:
    """Wait until a picture is on the stage; raises Shortfall as soon as the log shows a reason why it never will be."""

    def there() -> bool:
        if viewer.seen() == wanted:
            return True
        for reason in reasons:
            if reason.holds(viewer.visit.log):
                raise Shortfall(reason)
        return False

    viewer.visit.until(there, f"{wanted} on the stage")


def login(viewer: Driver) -> None:
    """The reduced version is shown to a stranger, all of it to a reader who signs in, without turning the page."""
    viewer.open(bench.READERS)
    viewer.wait_picture("reduced")
    window = viewer.begin_access()
    viewer.visit.log.mark()
    sign_in(window)
    arrive(viewer, "full", TOKEN, TILES)
    full = viewer.visit.log.of(lambda asked: asked.is_tile and "~0" not in asked.path)
    assert 200 in {asked.status for asked in full}


SEARCHING = (
    Feature("listing", "hit list", listing, False),
    Feature("hyphenation", "divided word", hyphenation, False),
    Feature("accents", "accents", accents, False),
    Feature("autocompletion", "autocomplete", autocompletion, False),
    Feature("paging", "1,000 hits", paging, False),
    Feature("nothing_found", "no hits", nothing_found, False),
    Feature("refusal", "refused query", refusal, False),
)
EVERYWHERE = (
    Feature("opening", "opens, asks nobody else", opening, True),
    Feature("searching", "search, word lit", searching, True),
    Feature("login", "login", login, True),
)
FEATURES = EVERYWHERE + SEARCHING
