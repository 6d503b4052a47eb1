"""A home with one text under four policies, and the search service over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from search.packing import write_pack
from services.app import create_app
from services.context import Context
from tests.search.books import HEIGHT, WIDTH, book

BASE = "https://books.example.org"

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
