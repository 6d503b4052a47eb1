"""Below a path of a site: what the site passes on is answered with the path, or without it if the site took it off."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from lectern.settings import Settings
from services.app import create_app
from services.context import Context
from services.mounting import below


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(Context(Settings(home=tmp_path, public_url="https://example.org/books"))).test_client()


@pytest.mark.parametrize(
    ("path", "left"),
    [("/books/", "/"), ("/books/a/b", "/a/b"), ("/books", None), ("/booksearch/a", None), ("/a/books/", None)],
)
def test_whole_segments_are_taken_off(path, left):
    assert below("/books", path) == left


@pytest.mark.parametrize("path", ["/books/", "/"])
def test_pages_lead_to_the_path_however_they_were_asked_for(client: FlaskClient, path):
    page = client.get(path)
    assert page.status_code == 200
    assert 'href="/books/static/lectern.css"' in page.text
    assert 'href="/static' not in page.text


def test_the_path_is_taken_off_once(client: FlaskClient):
    assert client.get("/books/books/").status_code == 404


@pytest.mark.parametrize("path", ["/books/search/1/x?q=y", "/search/1/x?q=y"])
def test_errors_keep_their_shape_and_headers(client: FlaskClient, path):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (404, "*")
    assert answer.get_json()["resources"] == []


@pytest.mark.parametrize("more", ["", "?q=harbour%20wall"])
def test_the_path_without_its_slash_leads_to_the_shelf(client: FlaskClient, more: str):
    answer = client.get(f"/books{more}")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"/books/{more}")
    assert client.get("/booksearch").status_code == 404
