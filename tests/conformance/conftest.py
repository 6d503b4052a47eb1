"""A book and a way to ask it in each version, without a server; and the service over a shelf of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from search import content_search1, content_search2
from search.content_search import Scope, read_request
from search.findings import Subject
from search.searching import find, suggest
from services.app import create_app
from tests.conformance.auth_shelf import full_home, house, make_house, member, picture, stranger
from tests.conformance.image_shelf import gallery, gallery_home
from tests.conformance.shelf import BASE, JOINS, PAGES, make_home, open_service
from tests.presentation.library import library
from tests.search.books import HEIGHT, WIDTH, book, open_book

__all__ = ["full_home", "gallery", "gallery_home", "house", "library", "make_house", "member", "picture", "stranger"]

SIZE = 2

Ask = Callable[..., dict[str, Any]]


def _scope(version: int) -> Scope:
    presentation = 3 if version == 2 else 2
    return Scope(
        f"{BASE}/search/{version}/book",
        lambda name, n: f"{BASE}/presentation/{presentation}/{name}/canvas/{n}/text",
        {("book", n): (f"{BASE}/presentation/3/book/canvas/{n}", WIDTH, HEIGHT) for n in range(1, 6)},
    )


def _request(version: int, parameters: dict[str, str], *, terms: bool = False):
    return read_request(parameters.items(), version, size=SIZE, longest=100, suggest=terms)


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory):
    """Return a book of five pages: `harbour` seven times, a phrase over a line end, a hyphenated word."""
    text = book(*PAGES, joins=JOINS)
    return open_book(Path(tmp_path_factory.mktemp("home")), text)


@pytest.fixture
def ask(harbour) -> Ask:
    """Return a function that asks for hits: `ask(version, q=…)`."""

    def answer(version: int, *, with_text: bool = True, **parameters: str) -> dict[str, Any]:
        request = _request(version, {name.rstrip("_"): value for name, value in parameters.items()})
        found = find([Subject("book", harbour)], request.q, request.page)
        if version == 2:
            return content_search2.search_response(found, request, _scope(2), with_text=with_text)
        return content_search1.search_response(found, request, _scope(version), version, with_text=with_text)

    return answer


@pytest.fixture
def complete(harbour) -> Ask:
    """Return a function that asks for suggestions: `complete(version, q=…)`."""

    def answer(version: int, **parameters: str) -> dict[str, Any]:
        request = _request(version, parameters, terms=True)
        terms = suggest([Subject("book", harbour)], request.q or "", request.minimum)
        service = f"{BASE}/search/{version}/book/autocomplete"
        if version == 2:
            return content_search2.terms_response(terms, request, _scope(2), service)
        return content_search1.terms_response(terms, request, _scope(version), service, version)

    return answer


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Return a client of the search service, a stranger's."""
    for context in open_service(make_home(Path(tmp_path_factory.mktemp("shelf")))):
        yield create_app(context, ["search"]).test_client()
