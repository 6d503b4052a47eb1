"""Descriptions and collections over HTTP: what changes an answer, and what a stranger may know of them."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from lectern.errors import ConfigurationError
from services.collection_book import CollectionBook
from services.context import Context
from tests.presentation.conftest import POLICIES, publish
from tests.presentation.said import EVERYTHING

TREE = """
[collections.papers]
label = { en = "Papers", de = "Zeitungen" }
[collections.press]
label = "Press"
parent = "papers"
[collections.locked]
label = "Locked"
[collections.cellar]
label = "Cellar"
parent = "locked"
"""
BOTH = ["/presentation/2", "/presentation/3"]


@pytest.fixture
def shelf(context: Context) -> Context:
    """Return the home with collections in one another: only hidden objects are in `cellar`."""
    context.home.collections_file.write_text(TREE)
    return context


def describe(context: Context, object_id: str, **changes: Any) -> None:
    """Publish an object as it is with a description of its own."""
    catalogue = context.catalogue
    said = replace(EVERYTHING, **changes)
    catalogue.publish(catalogue.get(object_id), catalogue.canvases(object_id), description=said.text())


def reread(context: Context) -> None:
    """Have the next request look at the files anew."""
    for name in ("policies", "collections"):
        context.__dict__.pop(name, None)


def test_all_lists_the_topmost_collections_first(shelf: Context, client: FlaskClient):
    items = client.get("/presentation/3/collections/all").get_json()["items"]
    assert [item["type"] for item in items[:2]] == ["Collection", "Manifest"]
    assert items[0]["label"] == {"en": ["Papers"], "de": ["Zeitungen"]}


def test_a_collection_is_found_from_above_and_leads_upwards(shelf: Context, client: FlaskClient):
    above = client.get("/presentation/3/collections/papers").get_json()
    (inner,) = above["items"]
    found = client.get(inner["id"].removeprefix("https://books.example.org")).get_json()
    assert found["label"] == {"none": ["Press"]}
    assert found["partOf"][0]["id"] == above["id"]
    book = client.get("/presentation/3/open-book/manifest").get_json()
    assert book["partOf"][0]["id"] == found["id"]


@pytest.mark.parametrize("name", ["cellar", "locked"])
@pytest.mark.parametrize("base", BOTH)
def test_th_85_a_described_collection_of_hidden_objects_is_as_unknown_as_any(
    shelf: Context, client: FlaskClient, base: str, name: str
):
    hidden, unknown = (client.get(f"{base}/collections/{each}") for each in (name, "attics"))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.get_data().replace(name.encode(), b"attics") == unknown.get_data()
    assert name not in client.get(f"{base}/collections/all").get_data(as_text=True)


def test_a_list_tells_labels_and_dates_of_those_whose_manifest_is_told_whole(context: Context, client: FlaskClient):
    for object_id in ("open-book", "sparing-book"):
        describe(context, object_id)
    items = client.get("/presentation/3/collections/all").get_json()["items"]
    by_id = {item["id"].split("/")[-2]: item for item in items if item["type"] == "Manifest"}
    assert by_id["open-book"]["label"] == {"en": ["The Harbour Gazette"], "de": ["Die Hafenzeitung"]}
    assert by_id["open-book"]["navDate"] == "1871-03-04T00:00:00Z"
    assert by_id["sparing-book"]["label"] == {"none": ["The sparing-book"]}
    assert "navDate" not in by_id["sparing-book"]


@pytest.mark.parametrize("base", BOTH)
@pytest.mark.parametrize("path", ["open-book/manifest", "collections/all", "collections/press"])
def test_what_is_the_same_is_confirmed_with_304_and_a_new_description_is_not(
    context: Context, client: FlaskClient, base: str, path: str
):
    describe(context, "open-book")
    first = client.get(f"{base}/{path}")
    again = client.get(f"{base}/{path}", headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    describe(context, "open-book", label={"fr": ("Autre",)})
    later = client.get(f"{base}/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert later.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("base", BOTH)
def test_collections_toml_changes_the_tag_of_what_it_names(shelf: Context, client: FlaskClient, base: str):
    first = client.get(f"{base}/collections/papers").headers["ETag"]
    shelf.home.collections_file.write_text(TREE.replace("Zeitungen", "Blätter"))
    reread(shelf)
    assert client.get(f"{base}/collections/papers", headers={"If-None-Match": first}).status_code == 200


@pytest.mark.parametrize("base", BOTH)
def test_a_policy_changes_the_tag_of_a_manifest_and_of_its_collections(
    context: Context, client: FlaskClient, base: str
):
    paths = [f"{base}/open-book/manifest", f"{base}/collections/press"]
    first = {path: client.get(path).headers["ETag"] for path in paths}
    context.home.policies_file.write_text(POLICIES + '\n[objects.open-book]\npolicy = "secret"\n')
    reread(context)
    answers = [client.get(path, headers={"If-None-Match": tag}) for path, tag in first.items()]
    assert [answer.status_code for answer in answers] == [404, 200]


@pytest.mark.parametrize("base", BOTH)
def test_th_82_a_restricted_description_is_kept_by_nobody_and_a_hidden_one_told_to_nobody(
    context: Context, client: FlaskClient, base: str
):
    for policy in ("members", "sparing", "secret"):
        describe(context, f"{policy}-book")
    whole, sparing, secret = (client.get(f"{base}/{p}-book/manifest") for p in ("members", "sparing", "secret"))
    assert "Hafenzeitung" in whole.get_data(as_text=True)
    assert "no-store" in whole.headers["Cache-Control"]
    assert "Hafenzeitung" not in sparing.get_data(as_text=True) + secret.get_data(as_text=True)


def test_the_collections_in_force_follow_their_file_and_stay_when_it_breaks(context: Context):
    path, now = context.home.collections_file, [0.0]
    book = CollectionBook(path, elapsed=lambda: now[0])

    def later(text: str) -> set[str]:
        path.write_text(text)
        now[0] += 1
        return set(book.current().by_id)

    assert not book.current().by_id
    assert later("[collections.a]\n") == {"a"}
    assert later("[collections.a\n") == {"a"}
    assert later("[collections.b]\n[collections.c]\n") == {"b", "c"}
    path.unlink()
    now[0] += 1
    assert not book.current().by_id


def test_collections_that_are_broken_at_the_first_reading_are_an_error(context: Context):
    context.home.collections_file.write_text("[collections.all]\n")
    with pytest.raises(ConfigurationError, match="has everything"):
        context.collections.current()


def test_a_collection_of_one_object_more_has_another_tag(context: Context, client: FlaskClient):
    first = client.get("/presentation/3/collections/press").headers["ETag"]
    publish(context, "new-book", collections=("press",))
    assert client.get("/presentation/3/collections/press").headers["ETag"] != first
