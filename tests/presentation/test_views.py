"""The presentation service over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from auth.decision import FULL
from lectern.catalogue import BY_TIME, CanvasRow, ObjectRow
from services import http
from services.asker import Asker
from services.context import Context
from services.presentation import blueprint
from tests.presentation.conftest import publish

MANIFESTS = ["/presentation/2/{}/manifest", "/presentation/3/{}/manifest"]
TEXTS = ["/presentation/2/{}/canvas/1/text", "/presentation/3/{}/canvas/1/text"]


def entries(document: dict[str, Any]) -> list[Any]:
    found: list[Any] = document["items"] if "items" in document else document["resources"]
    return found


@pytest.fixture
def member(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return a client whose reader every policy lets in; how he signs in is the auth service's own matter."""
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    return client


@pytest.mark.parametrize("path", MANIFESTS)
def test_a_manifest_names_itself_by_the_public_url(client: FlaskClient, path: str):
    answer = client.get(path.format("open-book"), headers={"Accept": "*/*"})
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = answer.get_json()
    assert (found.get("id") or found["@id"]) == "https://books.example.org" + path.format("open-book")


@pytest.mark.parametrize("path", MANIFESTS + TEXTS)
def test_ld_json_is_given_to_those_who_ask(client: FlaskClient, path: str):
    answer = client.get(path.format("open-book"), headers={"Accept": "application/ld+json"})
    version = path.split("/")[2]
    assert answer.content_type == (
        f'application/ld+json;profile="http://iiif.io/api/presentation/{version}/context.json"'
    )
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("path", MANIFESTS + TEXTS)
def test_open_answers_may_be_kept_and_are_confirmed_with_304(client: FlaskClient, path: str):
    first = client.get(path.format("open-book"))
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    again = client.get(path.format("open-book"), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_the_two_media_types_have_different_entity_tags(client: FlaskClient):
    path = MANIFESTS[1].format("open-book")
    plain, linked = (
        client.get(path, headers={"Accept": "*/*"}),
        client.get(path, headers={"Accept": "application/ld+json"}),
    )
    assert plain.headers["ETag"] != linked.headers["ETag"]


def test_a_changed_object_has_another_entity_tag(client: FlaskClient, context: Context):
    path = MANIFESTS[1].format("open-book")
    before = client.get(path).headers["ETag"]
    publish(context, "open-book", label="A better title")
    after = client.get(path, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.get_json()["label"] == {"none": ["A better title"]}


@pytest.mark.parametrize("path", MANIFESTS + TEXTS)
@pytest.mark.parametrize("policy", ["members", "counted", "readable", "sparing"])
def test_restricted_answers_are_kept_by_nobody(client: FlaskClient, path: str, policy: str):
    answer = client.get(path.format(f"{policy}-book"))
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Cookie" in answer.headers["Vary"]
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("path", MANIFESTS + TEXTS)
def test_a_hidden_object_is_unknown_to_strangers_to_the_last_byte(client: FlaskClient, path: str):
    hidden, unknown = client.get(path.format("secret-book")), client.get(path.format("absent-book"))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.get_data().replace(b"secret", b"absent") == unknown.get_data()
    assert list(hidden.headers) == list(unknown.headers)


@pytest.mark.parametrize("path", MANIFESTS + TEXTS)
def test_errors_are_json_with_cors(client: FlaskClient, path: str):
    answer = client.get(path.format("absent-book"), headers={"Accept": "text/html"})
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.get_json()["status"] == 404


def test_a_hidden_object_is_shown_to_a_member(member: FlaskClient):
    assert member.get(MANIFESTS[1].format("secret-book")).status_code == 200


@pytest.mark.parametrize("object_id", ["..", "a%2Fb", "..%2f..%2fetc", "%00", "collections"])
def test_odd_ids_are_not_found(client: FlaskClient, object_id: str):
    assert client.get(f"/presentation/3/{object_id}/manifest").status_code == 404


@pytest.mark.parametrize("path", ["/presentation/1/open-book/manifest", "/presentation/3/open-book", "/presentation/4"])
def test_other_versions_and_paths_are_not_found(client: FlaskClient, path: str):
    assert client.get(path).status_code == 404


def test_a_minimal_manifest_tells_a_stranger_less_than_a_member(client: FlaskClient, monkeypatch: Any):
    path = MANIFESTS[1].format("sparing-book")
    stranger = client.get(path).get_json()
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    member = client.get(path).get_json()
    assert "service" not in stranger
    assert "annotations" not in stranger["items"][0]
    assert member["service"][0]["@type"] == "SearchService1"
    assert member["items"][0]["items"] == stranger["items"][0]["items"]


def test_a_full_manifest_is_the_same_for_everybody(client: FlaskClient, monkeypatch: Any):
    path = MANIFESTS[1].format("members-book")
    stranger = client.get(path).get_data()
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    assert client.get(path).get_data() == stranger


def test_th_97_the_lines_of_a_text_that_is_everybody_s_are_told_while_the_store_is_down(
    client: FlaskClient, context: Context
):
    context.home.state_file.mkdir()
    path = "/presentation/3/{}/canvas/1/text"
    answer = client.get(path.format("readable-book"))
    assert answer.status_code == 200
    assert "the harbour wall" in answer.get_data(as_text=True)
    for name in ("members-book", "counted-book"):
        assert client.get(path.format(name)).status_code == 503
    assert client.get(path.format("secret-book")).status_code == 404  # as one that is not there (TH-85)


def test_an_object_that_became_open_has_no_doors(client: FlaskClient):
    answer = client.get(MANIFESTS[1].format("freed-book"))
    assert "/auth/" not in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"].startswith("public")


def test_an_object_under_a_policy_that_is_not_there_is_hidden(client: FlaskClient, context: Context):
    publish(context, "stray-book", "misspelt")
    assert client.get(MANIFESTS[1].format("stray-book")).status_code == 404


def test_restricted_pages_carry_both_kinds_of_doors(client: FlaskClient):
    found = client.get(MANIFESTS[1].format("members-book")).get_json()
    image2, image3 = found["items"][0]["items"][0]["items"][0]["body"]["service"]
    assert image2["service"][0]["@id"] == "https://books.example.org/auth/access/members"
    assert image3["service"][0]["id"] == "https://books.example.org/auth/probe/members-book-1"


def test_the_public_tier_is_the_thumbnail(client: FlaskClient):
    found = client.get(MANIFESTS[1].format("counted-book")).get_json()
    assert "/iiif/2/counted-book-1~degraded/full/" in found["thumbnail"][0]["id"]


def test_lines_of_an_open_page(client: FlaskClient):
    found = client.get(TEXTS[1].format("open-book")).get_json()
    assert [item["body"]["value"] for item in found["items"]] == ["the harbour wall", "was opened"]
    assert [item["body"]["language"] for item in found["items"]] == ["en", "en"]
    base = "https://books.example.org/presentation/3/open-book/canvas/1"
    assert [item["target"] for item in found["items"]] == [f"{base}#xywh=10,20,290,30", f"{base}#xywh=10,60,190,30"]
    assert found["id"] == f"{base}/text"


def test_lines_of_an_open_page_in_version_2(client: FlaskClient):
    found = client.get(TEXTS[0].format("open-book")).get_json()
    assert [entry["resource"]["chars"] for entry in found["resources"]] == ["the harbour wall", "was opened"]
    assert found["@id"] == "https://books.example.org/presentation/2/open-book/canvas/1/text"


def test_the_manifest_refers_to_lists_that_are_there(client: FlaskClient):
    for path, members in ((MANIFESTS[0], ("otherContent", "@id")), (MANIFESTS[1], ("annotations", "id"))):
        found = client.get(path.format("open-book")).get_json()
        pages = found["items"] if "items" in found else found["sequences"][0]["canvases"]
        reference = pages[0][members[0]][0][members[1]]
        assert client.get(reference.removeprefix("https://books.example.org")).get_json()[members[1]] == reference


@pytest.mark.parametrize("version", [2, 3])
def test_a_page_without_text_and_a_text_that_may_not_be_read_are_answered_alike(client: FlaskClient, version: int):
    empty = client.get(f"/presentation/{version}/members-book/canvas/2/text")
    withheld = client.get(f"/presentation/{version}/members-book/canvas/1/text")
    assert entries(withheld.get_json()) == []
    assert withheld.get_data().replace(b"canvas/1", b"canvas/2") == empty.get_data()
    assert withheld.headers == empty.headers


def test_a_text_that_may_not_be_read_is_not_even_opened(client: FlaskClient, context: Context):
    client.get(TEXTS[1].format("members-book"))
    assert len(context.library) == 0


def test_boxes_say_where_the_lines_are_and_not_what_they_say(client: FlaskClient):
    found = client.get(TEXTS[1].format("counted-book")).get_json()
    assert [item["body"]["value"] for item in found["items"]] == ["", ""]
    assert found["items"][0]["target"].endswith("#xywh=10,20,290,30")
    assert "language" not in found["items"][0]["body"]


def test_text_may_be_free_where_pictures_are_not(client: FlaskClient):
    found = client.get(TEXTS[0].format("readable-book")).get_json()
    assert found["resources"][0]["resource"]["chars"] == "the harbour wall"


def test_a_member_reads_everything(member: FlaskClient):
    assert len(entries(member.get(TEXTS[1].format("members-book")).get_json())) == 2
    assert len(entries(member.get(TEXTS[0].format("counted-book")).get_json())) == 2


@pytest.mark.parametrize("n", ["0", "3", "-1", "x", "99999999999999999999"])
def test_a_canvas_that_is_not_there(client: FlaskClient, n: str):
    assert client.get(f"/presentation/3/open-book/canvas/{n}/text").status_code == 404


def test_an_object_without_any_text_needs_no_pack(client: FlaskClient, context: Context):
    context.catalogue.publish(
        ObjectRow("pictures", "pictures", "Pictures", generation=99, pages=1), [CanvasRow(1, "/c/1", 10, 10)]
    )
    assert entries(client.get("/presentation/3/pictures/canvas/1/text").get_json()) == []


def test_a_torn_pack_leaves_the_manifest_of_a_recording_without_its_length(client: FlaskClient, context: Context):
    row = context.catalogue.get("open-book")
    canvases = [replace(each, scale_by=BY_TIME) for each in context.catalogue.canvases(row.id)]
    context.catalogue.publish(row, canvases)
    context.home.pack_file(row.id, row.generation).write_bytes(b"torn")
    answer = client.get(MANIFESTS[1].format(row.id))
    assert answer.status_code == 200
    assert all("duration" not in each for each in answer.get_json()["items"])


def test_a_torn_pack_is_a_503_and_the_log_says_what_to_do(client: FlaskClient, context: Context, capfd):
    row = context.catalogue.get("open-book")
    context.home.pack_file(row.id, row.generation).write_bytes(b"torn")
    answer = client.get(TEXTS[1].format("open-book"))
    assert answer.status_code == 503
    assert "pack" not in answer.get_json()["detail"]
    logged = capfd.readouterr()
    assert "lectern reindex" in logged.out + logged.err


def test_all_lists_what_strangers_may_know(client: FlaskClient):
    three = client.get("/presentation/3/collections/all").get_json()
    manifests = [item["id"] for item in three["items"] if item["type"] == "Manifest"]
    listed = {name.split("/")[-2] for name in manifests}
    assert listed == {"open-book", "members-book", "counted-book", "readable-book", "sparing-book", "freed-book"}
    two = client.get("/presentation/2/collections/all").get_json()
    assert [m["@id"].replace("/2/", "/3/") for m in two["manifests"]] == manifests


def test_a_named_collection_lists_its_own(client: FlaskClient, context: Context):
    publish(context, "loose-book", collections=("letters",))
    found = client.get("/presentation/3/collections/letters").get_json()
    assert [item["label"] for item in found["items"]] == [{"none": ["The loose-book"]}]


def test_a_collection_of_hidden_objects_is_unknown(client: FlaskClient):
    hidden, unknown = client.get("/presentation/3/collections/cellar"), client.get("/presentation/3/collections/attics")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.get_data().replace(b"cellar", b"attics") == unknown.get_data()


def test_collections_are_the_same_for_members(member: FlaskClient):
    assert "secret-book" not in member.get("/presentation/3/collections/all").get_data(as_text=True)


def test_a_list_is_kept_no_longer_than_the_next_date(context: Context):
    late = Context(context.settings, lambda: datetime(2000, 12, 31, 23, 59, 30, tzinfo=UTC))
    app = Flask("tests", static_folder=None)
    http.install(app)
    app.register_blueprint(blueprint(late))
    answer = app.test_client().get("/presentation/3/collections/all")
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert "freed-book" not in answer.get_data(as_text=True)
    late.catalogue.close()


def test_an_empty_home_has_an_empty_collection(context: Context, client: FlaskClient):
    for row in context.catalogue.objects():
        context.catalogue.remove(row.id)
    assert client.get("/presentation/3/collections/all").get_json()["items"] == []


def test_preflight_is_answered_for_everything(client: FlaskClient):
    answer = client.options("/presentation/3/secret-book/manifest")
    assert answer.status_code == 204
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_head_has_the_headers_of_get(client: FlaskClient):
    path = MANIFESTS[1].format("open-book")
    assert client.head(path).headers["ETag"] == client.get(path).headers["ETag"]
