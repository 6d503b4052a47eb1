"""One visit of somebody who was never here: a tab without cookies at a place, and the log of what it asks for."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, Request

from tests.viewers.log import Log
from tests.viewers.places import BOOKS, Installation, Place

PATIENCE = 40.0
_STEP_MS = 250  # a look is a screenshot, which is not cheap


@dataclass
class Visit:
    """A tab at a place. `outside` are the addresses asked for on hosts that are not the installation's."""

    place: Place
    installation: Installation
    browser: BrowserContext
    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def log(self) -> Log:
        """Return what the server was asked for since the visit began."""
        return self.installation.log

    @property
    def origin(self) -> str:
        """Return the origin of the viewer's page."""
        return self.installation.origin(self.place.host)

    def manifest(self, object_id: str, version: int = 3) -> str:
        """Return the address of an object's manifest."""
        return self.installation.manifest(object_id, version)

    def books(self, path: str) -> str:
        """Return an address at Lectern's own origin."""
        return self.installation.origin(BOOKS) + path

    def let_sessions_end(self) -> None:
        """Have the time pass that ends every session and token: their ends are moved into the past."""
        with closing(sqlite3.connect(self.installation.home / "state.db", timeout=PATIENCE)) as state, state:
            state.execute("UPDATE sessions SET ends = 1, seen = 1")
            state.execute("UPDATE tokens SET ends = 1")

    def sleep(self, milliseconds: float = _STEP_MS) -> None:
        """Let the browser go on for a moment."""
        self.page.wait_for_timeout(milliseconds)

    def until(self, holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something holds; fails with the log's trace if it does not come to pass."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"not seen: {what}\n{self.log.trace()}\npage errors: {self.errors}"
            self.sleep()


def begin(place: Place, installation: Installation, browser: BrowserContext) -> Visit:
    """Return a visit in a new tab, with nothing kept from earlier ones; close it with `end`."""
    browser.clear_cookies()
    installation.log.mark()
    page = browser.new_page()
    browser.new_cdp_session(page).send("Network.clearBrowserCache")
    visit = Visit(place, installation, browser, page)
    hosts = tuple(f"{installation.origin(host)}/" for host in {BOOKS, place.host})

    def note(request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith(hosts):
            visit.outside.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    return visit


def end(visit: Visit) -> None:
    """Close every tab of a visit, and forget what its pages kept."""
    session = visit.browser.new_cdp_session(visit.page)
    for host in {BOOKS, visit.place.host}:
        origin = visit.installation.origin(host)
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage,cookies"})
    for opened in visit.browser.pages[1:]:
        opened.close()
