"""A home with one text under four policies, and the search service over it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from auth.identity import Identity
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from search.packing import write_pack
from services.app import create_app
from services.context import Context
from services.credentials import COOKIE
from tests.clock import SetClock
from tests.search.books import HEIGHT, WIDTH, book

BASE = "https://books.example.org"

Get = Callable[[str], dict[str, Any]]

POLICIES = """
[policies.secret]
patterns = ["login"]
provider = "local"
roles = ["reader"]

[policies.boxes]
patterns = ["login"]
provider = "local"
roles = ["reader"]
search = "boxes"

[policies.free-text]
patterns = ["login"]
provider = "local"
roles = ["reader"]
search = "open"

[policies.hidden]
patterns = ["login"]
provider = "local"
roles = ["reader"]
manifest = "hidden"
"""

_PAGES: tuple[list[str], ...] = (
    ["the new harbour wall", "was opened by the mayor"],
    ["harbour dues and harbour lights"],
    [],
)


def add_object(home: Home, object_id: str, policy: str) -> None:
    """Put the text on the shelf under an id and a policy."""
    catalogue = Catalogue(home)
    generation = catalogue.next_generation()
    summary = write_pack(home, object_id, generation, book(*_PAGES))
    canvases = [CanvasRow(n, canvas_path(object_id, n), WIDTH, HEIGHT, str(n)) for n in range(1, summary.pages + 1)]
    row = ObjectRow(object_id, object_id, object_id.title(), generation, policy=policy, pages=3, words=summary.words)
    catalogue.publish(row, canvases)
    catalogue.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return the home."""
    home = Home(Path(tmp_path_factory.mktemp("home")))
    home.prepare()
    home.policies_file.write_text(POLICIES)
    for object_id, policy in (
        ("open", "open"),
        ("secret", "secret"),
        ("boxes", "boxes"),
        ("free", "free-text"),
        ("hidden", "hidden"),
    ):
        add_object(home, object_id, policy)
    return home


@pytest.fixture
def client(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """Return a client of the search service, a stranger."""
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    monkeypatch.setenv("LECTERN_PAGE_HITS", "2")
    context = Context(load_settings(home.path))
    yield create_app(context, ["search"]).test_client()
    context.catalogue.close()
    context.state.close()


@pytest.fixture
def get(client: FlaskClient) -> Get:
    """Return a function that gets a path as a stranger and returns the document."""

    def ask(path: str) -> dict[str, Any]:
        response = client.get(path.removeprefix(BASE))
        assert response.status_code == 200, response.get_data(as_text=True)
        document: dict[str, Any] = response.get_json()
        return document

    return ask


@dataclass
class Desk:
    """A search service of its own, with a clock that a test moves, and readers at any address."""

    context: Context
    clock: SetClock
    client: FlaskClient

    def get(self, path: str, *, address: str = "192.0.2.7", cookie: str = "", **headers: str) -> TestResponse:
        """Return the answer to a GET."""
        return self.open("GET", path, address=address, cookie=cookie, **headers)

    def open(
        self, method: str, path: str, *, address: str = "192.0.2.7", cookie: str = "", **headers: str
    ) -> TestResponse:
        """Return the answer to a request; `If_None_Match` is the header of that name."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie:
            sent["Cookie"] = f"{COOKIE}={cookie}"
        environ = {"REMOTE_ADDR": address}
        response: TestResponse = self.client.open(path, method=method, headers=sent, environ_overrides=environ)
        return response

    def sign_in(self, *roles: str) -> str:
        """Return the cookie of a reader with roles."""
        return self.context.sessions.sign_in(Identity("ann", roles), "https://viewer.example.net")


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeDesk]:
    """Return a function that makes a desk over one copy of the home, with settings of its own."""
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    copy = shutil.copytree(home.path, tmp_path / "copy", ignore=shutil.ignore_patterns("state.db*"))
    made: list[Context] = []

    def make(**settings: str) -> Desk:
        for name, value in settings.items():
            monkeypatch.setenv(f"LECTERN_{name.upper()}", value)
        clock = SetClock()
        context = Context(load_settings(copy), clock)
        made.append(context)
        return Desk(context, clock, create_app(context, ["search"]).test_client(use_cookies=False))

    yield make
    for context in made:
        context.catalogue.close()
        context.state.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """Return a desk with the settings as they come."""
    return make_desk()
