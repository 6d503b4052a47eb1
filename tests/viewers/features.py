"""What a reader does before a viewer, feature by feature: asserted on what is seen and on what the server was asked."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.viewers import bench
from tests.viewers.bench import Box, box
from tests.viewers.drivers.base import Driver, Picture
from tests.viewers.reasons import LOOP, SILENT, TILES, TOKEN, Reason, Shortfall

_SLACK = 8.0  # canvas pixels: what lies in three or four pixels of the screen


@dataclass(frozen=True)
class Feature:
    """A column of the table."""

    title: str
    run: Callable[[Driver], None]


def searching(viewer: Driver) -> None:
    """A word is found, counted and lit on its page, on the right pixels; no other host is asked for anything."""
    viewer.open(bench.OPEN)
    viewer.wait_picture("full")
    viewer.search("lantern")
    wait_count(viewer, 2)
    viewer.show_first_hit()
    wait_lit(viewer, [box(0, 2)])
    answers = viewer.visit.log.of(lambda asked: asked.is_search)
    assert {asked.status for asked in answers} == {200}
    assert len(answers) <= 2  # Mirador 3 asks twice
    assert not viewer.visit.outside


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
    viewer.search("lantern " * 10)
    refused = viewer.visit.log.wait(lambda asked: asked.is_search, viewer.visit.sleep)
    assert refused.status == 400
    viewer.wait_no_hits()
    viewer.search("lantern")
    for _ in range(20):
        if not SILENT.holds(viewer.visit.log):
            break
        viewer.visit.sleep(500)
    else:
        raise Shortfall(SILENT)
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


def enter(viewer: Driver) -> None:
    """Sign in and wait until all of the picture is there; raises Shortfall where it never will be."""
    window = viewer.begin_access()
    viewer.visit.log.mark()
    sign_in(window)
    arrive(viewer, "full", TOKEN, TILES)


def login(viewer: Driver) -> None:
    """The reduced version is shown to a stranger, all of it to a reader who signs in, without turning the page."""
    viewer.require_sign_in()
    viewer.open(bench.READERS)
    viewer.wait_picture("reduced")
    enter(viewer)
    tiles = viewer.visit.log.of(lambda asked: asked.is_tile and "~degraded" not in asked.path)
    assert 200 in {asked.status for asked in tiles}


def terms(viewer: Driver) -> None:
    """Nothing is shown before the terms are accepted, all of it afterwards."""
    viewer.require_sign_in()
    viewer.open(bench.TERMS)
    window = viewer.begin_access()
    assert viewer.seen() == "nothing"
    viewer.visit.log.mark()
    with window.expect_event("close"):
        window.get_by_role("button", name="I accept").click()
    arrive(viewer, "full", TOKEN, TILES)


def denial(viewer: Driver) -> None:
    """Whoever signs in and lacks the role is told so, sees nothing, and the token is not asked for in a loop."""
    viewer.require_sign_in()
    viewer.open(bench.VAULT)
    window = viewer.begin_access()
    viewer.visit.log.mark()
    window.get_by_label("Name").fill(bench.STRANGE_READER)
    window.get_by_label("Password").fill(bench.PASSWORD)
    window.get_by_role("button", name="Sign in").click()
    window.get_by_text("Your account does not open this.").wait_for()
    window.close()
    viewer.visit.log.wait(lambda asked: asked.is_token, viewer.visit.sleep)
    # Our refusals come 1.5 seconds late. A viewer that is known to ask on is given the time to; of others a loop would
    # be seen by then.
    for _ in range(80 if viewer.asks_on else 10):
        viewer.visit.sleep(500)
        if LOOP.holds(viewer.visit.log):
            raise Shortfall(LOOP)
    assert viewer.seen() == "nothing"


def logout(viewer: Driver) -> None:
    """After a sign-out in the viewer only the reduced version is shown, and the session is over."""
    viewer.require_sign_out()
    viewer.open(bench.READERS)
    enter(viewer)
    viewer.visit.log.mark()
    viewer.sign_out()
    viewer.wait_picture("reduced")
    assert viewer.offers_access()
    assert viewer.visit.log.of(lambda asked: asked.path == "/auth/logout")


def expiry(viewer: Driver) -> None:
    """When the session has ended, the next page is the reduced one and the viewer offers the sign-in again."""
    viewer.require_sign_in()
    viewer.open(bench.READERS)
    enter(viewer)
    viewer.visit.let_sessions_end()
    viewer.visit.log.mark()
    viewer.turn_page()
    refused = viewer.visit.log.wait(lambda asked: asked.is_info and asked.status == 302, viewer.visit.sleep)
    assert refused.bearer == "token"
    viewer.wait_access_offer()
    assert viewer.seen() != "full"
    enter(viewer)


def kiosk(viewer: Driver) -> None:
    """Whoever is let in by address sees the pages at once, and is asked for nothing."""
    viewer.open(bench.KIOSK)
    viewer.wait_picture("full")
    assert 401 not in {asked.status for asked in viewer.visit.log.of(lambda asked: asked.is_tile)}


EVERYWHERE = (
    Feature("search, word lit", searching),
    Feature("login", login),
    Feature("terms", terms),
    Feature("denied", denial),
    Feature("logout", logout),
    Feature("session ends", expiry),
)
SEARCHING = (
    Feature("hit list", listing),
    Feature("divided word", hyphenation),
    Feature("accents", accents),
    Feature("autocomplete", autocompletion),
    Feature("1,000 hits", paging),
    Feature("no hits", nothing_found),
    Feature("refused query", refusal),
    Feature("kiosk", kiosk),
)
