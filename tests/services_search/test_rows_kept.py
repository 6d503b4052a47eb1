"""What a service knows of an object two seconds long, and another process has changed meanwhile (PostgreSQL)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.database_server import Server
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import canvas_path
from search.packing import write_pack
from services.app import create_app
from services.context import Context
from tests.search.books import HEIGHT, WIDTH, book
from tests.services_search.conftest import BASE


@pytest.fixture
def both(tmp_path: Path, database_server: Server) -> Iterator[list[Context]]:
    """Return two processes, as two contexts in one, over a shelf with one book."""
    home = Home(tmp_path)
    home.prepare()
    settings = Settings(
        home=tmp_path,
        public_url=BASE,
        database_url=database_server.url,
        database_password=database_server.password,
    )
    pair = [Context(settings) for _ in range(2)]
    catalogue = pair[0].catalogue
    generation = catalogue.next_generation()
    write_pack(home, "alpha", generation, book(["the harbour wall"]))
    row = ObjectRow("alpha", "alpha", "Alpha", generation, pages=1, words=3)
    catalogue.publish(row, [CanvasRow(1, canvas_path("alpha", 1), WIDTH, HEIGHT, "1")])
    yield pair
    for each in pair:
        each.catalogue.close()
        each.state.close()


def test_an_object_that_was_just_removed_elsewhere_is_not_there(both: list[Context]):
    here, there = both
    client = create_app(here, ["search"]).test_client()
    here.catalogue.epoch()  # the first look at it forgets what is kept
    row = here.catalogue.get("alpha")
    there.catalogue.remove("alpha")
    there.home.pack_file("alpha", row.generation).unlink()
    assert here.catalogue.get("alpha") == row
    assert client.get("/search/1/alpha?q=harbour").status_code == 404
