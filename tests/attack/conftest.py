"""Two shelves: one with restricted texts among an open one, and the same without them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from auth.identity import Identity
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow, RangeRow
from lectern.clock import Clock, utc_now
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from search.packing import write_pack
from services.app import create_app
from services.context import Context
from services.credentials import COOKIE
from tests.clock import SetClock
from tests.search.books import HEIGHT, WIDTH, book
from tests.services_auth.conftest import browser, cheap_hashes, filled_home, make_site, site  # noqa: F401 - fixtures

BASE = "https://books.example.org"
COLLECTION = "shelf"
_LOGIN = 'patterns = ["login"]\nroles = ["reader"]\n'
POLICIES = "".join(
    f"[policies.{name}]\n{_LOGIN}{more}\n"
    for name, more in (
        ("secret", ""),
        ("boxes", 'search = "boxes"'),
        ("minimal", 'manifest = "minimal"'),
        ("hidden", 'manifest = "hidden"'),
    )
)
OPEN_PAGES = (
    ["the new harbour wall", "was opened by the mayor"],
    ["harbour dues and harbour lights", "are told to the town"],
    ["the town and the wall"],
)
# Words that stand in restricted texts alone.
SECRET_WORDS = ("mole", "lantern", "zanzibar")
SECRET_PAGES = (
    ["the breakwater and the lighthouse", "of zanzibar, a quayside wall"],
    ["mole and zebra and lantern", "the lantern of the undertow", "wharfs and wharfs and wharfs"],
    ["the harbour of zanzibar", "zanzibar again and zanzibar"],
)


def put(home: Home, object_id: str, policy: str, pages: Sequence[list[str]], clock: Clock = utc_now) -> None:
    """Put a text on the shelf, in the one collection, with one range over its first two canvases."""
    catalogue = Catalogue(home, clock)
    generation = catalogue.next_generation()
    summary = write_pack(home, object_id, generation, book(*pages))
    canvases = [CanvasRow(n, canvas_path(object_id, n), WIDTH, HEIGHT, str(n)) for n in range(1, summary.pages + 1)]
    row = ObjectRow(
        object_id,
        object_id,
        object_id,
        generation,
        policy=policy,
        collections=(COLLECTION,),
        pages=summary.pages,
        words=summary.words,
    )
    ranges = [RangeRow(1, None, "A part", "chapter", (1, 2))]
    catalogue.publish(row, canvases, ranges=ranges)
    catalogue.close()


@dataclass
class Shelf:
    """A search service over a home, and whoever asks it."""

    context: Context
    app: Flask

    def get(self, path: str, q: str | None = None, *, cookie: str = "", **headers: str) -> TestResponse:
        """Return the answer to a stranger, or to whom a cookie stands for."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie:
            sent["Cookie"] = f"{COOKIE}={cookie}"
        if q is not None:
            path += f"{'&' if '?' in path else '?'}q={quote(q)}"
        return self.app.test_client(use_cookies=False).get(path, headers=sent)

    def sign_in(self, *roles: str) -> str:
        """Return the cookie of a reader with roles."""
        return self.context.sessions.sign_in(Identity("ann", roles), "https://viewer.example.net")


def made_home(folder: Path) -> Home:
    """Return a home with the policies, and nothing on the shelf."""
    home = Home(folder)
    home.prepare()
    home.policies_file.write_text(POLICIES)
    return home


@contextmanager
def served(home: Home, *services: str) -> Iterator[Shelf]:
    """Yield a shelf over a home with some services, under settings as they are by now."""
    context = Context(load_settings(home.path), SetClock())
    yield Shelf(context, create_app(context, list(services)))
    context.catalogue.close()
    context.state.close()


def _home(folder: Path, objects: dict[str, str]) -> Home:
    home = made_home(folder)
    for object_id, policy in objects.items():
        put(home, object_id, policy, OPEN_PAGES if policy == "open" else SECRET_PAGES)
    return home


@pytest.fixture(scope="session")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, Shelf]]:
    """Return the shelf with restricted texts, and the one without."""
    restricted = {name: name for name in ("open", "secret", "boxes", "minimal", "hidden")}
    home, bare = (
        _home(tmp_path_factory.mktemp("with"), restricted),
        _home(tmp_path_factory.mktemp("without"), {"open": "open"}),
    )
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LECTERN_PUBLIC_URL", BASE)
            patch.setenv("LECTERN_PAGE_HITS", "2")
            patch.setenv("LECTERN_BOXES_QUERIES", "100000")
            found = stack.enter_context(served(home, "search")), stack.enter_context(served(bare, "search"))
        yield found


@pytest.fixture
def shelf(shelves: tuple[Shelf, Shelf]) -> Shelf:
    """Return the shelf with restricted texts."""
    return shelves[0]


@pytest.fixture
def bare_shelf(shelves: tuple[Shelf, Shelf]) -> Shelf:
    """Return the shelf that has the open text alone."""
    return shelves[1]
