"""The sample shelf as `lectern demo` makes it, and a reader of it who has not signed in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from lectern.settings import load_settings
from services.app import create_app
from services.context import Context
from services.demo import make_shelf
from tests.shelf.drawn import Box

Found = list[tuple[int, Box, str]]


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """Return an installation with the sample shelf."""
    context = Context(load_settings(tmp_path_factory.mktemp("shelf") / "home"))
    context.home.prepare()
    assert make_shelf(context)
    yield context
    context.catalogue.close()
    context.state.close()


@pytest.fixture(scope="session")
def reader(shelf: Context) -> FlaskClient:
    """Return a client of all services."""
    return create_app(shelf).test_client()


@pytest.fixture(scope="session")
def find(reader: FlaskClient) -> Callable[[str, str], Found]:
    """Return a search of a book: page, box and text of every annotation, of all pages of the answer."""

    def ask(book: str, query: str) -> Found:
        answer: Any = reader.get(f"/search/1/{book}", query_string={"q": query}).get_json()
        found = answer["resources"]
        while following := answer.get("next"):
            answer = reader.get(following).get_json()
            found += answer["resources"]
        return [_place(each) for each in found]

    return ask


def _place(annotation: Any) -> tuple[int, Box, str]:
    canvas, _, box = annotation["on"].partition("#xywh=")
    x, y, w, h = map(int, box.split(","))
    return int(canvas.rpartition("/")[2]), (x, y, w, h), annotation["resource"]["chars"]
