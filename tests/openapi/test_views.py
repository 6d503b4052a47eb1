"""`/openapi.json` and `/openapi` over HTTP: kept by caches, read by tools on any site, nothing from elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from lectern import __version__
from lectern.settings import Settings
from services.app import create_app
from services.context import Context


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    """Return a client of a Lectern below a path, whose home there is not yet."""
    settings = Settings(home=tmp_path / "home", public_url="https://example.org/books", query_length=50)
    yield create_app(Context(settings)).test_client()
    assert not (tmp_path / "home").exists(), "describing opens no store"


def test_the_document_names_the_public_address_the_version_and_the_settings(client: FlaskClient):
    found = client.get("/openapi.json").get_json()
    assert found["servers"] == [{"url": "https://example.org/books"}]
    assert found["info"]["version"] == __version__
    assert found["components"]["parameters"]["q"]["schema"]["maxLength"] == 50


def test_the_document_is_there_below_the_path_too(client: FlaskClient):
    assert client.get("/books/openapi.json").get_json() == client.get("/openapi.json").get_json()


def test_who_has_the_document_is_not_sent_it_again(client: FlaskClient):
    first = client.get("/openapi.json")
    again = client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert first.headers["Cache-Control"] == "public, max-age=300"


def test_pages_of_any_site_may_read_the_document_without_credentials(client: FlaskClient):
    headers = client.get("/openapi.json").headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers


def test_the_page_runs_nothing_and_loads_nothing_from_elsewhere(client: FlaskClient):
    page = client.get("/books/openapi")
    assert page.content_type == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert all(address.startswith(("/books/", "#")) for address in re.findall(r'(?:href|src)="([^"]*)"', page.text))


def test_the_page_has_every_address_and_marks_what_is_code(client: FlaskClient):
    text = client.get("/openapi").text
    for path, item in client.get("/openapi.json").get_json()["paths"].items():
        assert f"<code>{path}</code>" in text
        assert all(f'id="{operation["operationId"]}"' in text for operation in item.values())
    assert "<code>verify_secret</code>" in text
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
