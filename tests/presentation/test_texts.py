"""The texts of pages over HTTP: words, what is beside them, files of OCR, and the whole object as plain text."""

import gzip
from typing import Any

import pytest
from flask.testing import FlaskClient

from auth.decision import FULL
from ingest.readers.alto import read_alto
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import canvas_path
from lectern.words import Block, Page, Text
from search.packing import write_pack
from search.remarks import Remark, Target
from services.app import create_app
from services.asker import Asker
from services.context import Context
from tests.presentation.conftest import line

BASE = "https://books.example.org"
ANNOTATIONS = ["/presentation/2/{}/canvas/{}/words", "/presentation/3/{}/canvas/{}/words"]
ANNOTATIONS += ["/presentation/2/{}/canvas/{}/annotations", "/presentation/3/{}/canvas/{}/annotations"]
FILES = ["/presentation/3/{}/canvas/{}/alto.xml", "/presentation/3/{}/canvas/{}/hocr.html"]
OF_PAGES = ANNOTATIONS + FILES
TEXT = "/presentation/3/{}/text.txt"
REMARKS = (
    Remark("a1", "Seen from the sea", (Target(1, (10, 20, 30, 40)),), ("commenting",), "https://notes.example/1"),
    Remark("a2", "harbour", (Target(1), Target(2)), ("tagging",), created="2020-05-01T10:00:00Z"),
)


def publish_with_remarks(context: Context, object_id: str, policy: str = "open") -> None:
    """Publish two pages of text with a comment on the first and a tag about both."""
    text = Text([Page([Block([line("the harbour wall", 20)])]), Page([Block([line("was opened", 20)])])])
    generation = context.catalogue.next_generation()
    summary = write_pack(context.home, object_id, generation, text, remarks=REMARKS)
    canvases = [CanvasRow(n, canvas_path(object_id, n), 600, 800, image=f"x/{n}.tif", words=2) for n in (1, 2)]
    row = ObjectRow(object_id, object_id, object_id, generation, policy=policy, pages=2, words=summary.words)
    context.catalogue.publish(row, canvases)


def entries(document: dict[str, Any]) -> list[Any]:
    found: list[Any] = document["items"] if "items" in document else document["resources"]
    return found


def test_pr3_20_29_words_have_their_own_boxes_and_say_that_they_are_words(client: FlaskClient):
    found = client.get(ANNOTATIONS[1].format("open-book", 1)).get_json()
    assert [item["body"]["value"] for item in found["items"]] == ["the", "harbour", "wall", "was", "opened"]
    second = found["items"][1]
    assert second["motivation"] == "supplementing"
    assert second["textGranularity"] == "word"
    assert second["target"] == f"{BASE}/presentation/3/open-book/canvas/1#xywh=110,20,90,30"
    assert second["id"] == f"{BASE}/presentation/3/open-book/canvas/1/words#word-2"


def test_pr2_03_05_07_words_in_version_2(client: FlaskClient):
    found = client.get(ANNOTATIONS[0].format("open-book", 1)).get_json()
    assert found["@id"] == BASE + ANNOTATIONS[0].format("open-book", 1)
    assert found["resources"][0]["motivation"] == "sc:painting"
    assert found["resources"][0]["on"].endswith("#xywh=10,20,90,30")


def test_pr3_21_22_24_annotations_beside_the_text_keep_motivation_id_and_place(client: FlaskClient, context: Context):
    publish_with_remarks(context, "noted")
    found = client.get(ANNOTATIONS[3].format("noted", 1)).get_json()
    base = f"{BASE}/presentation/3/noted/canvas"
    assert [(item["id"], item["motivation"]) for item in found["items"]] == [
        ("https://notes.example/1", "commenting"),
        (f"{base}/1/annotations#a2", "tagging"),
    ]
    assert found["items"][0]["target"] == f"{base}/1#xywh=10,20,30,40"
    assert found["items"][1]["target"] == [f"{base}/1#xywh=0,0,600,800", f"{base}/2#xywh=0,0,600,800"]


def test_an_annotation_about_several_canvases_is_at_each_of_them_under_one_id(client: FlaskClient, context: Context):
    publish_with_remarks(context, "noted")
    found = client.get(ANNOTATIONS[3].format("noted", 2)).get_json()
    assert [item["id"] for item in found["items"]] == [f"{BASE}/presentation/3/noted/canvas/1/annotations#a2"]


def test_annotations_of_version_2_have_its_names(client: FlaskClient, context: Context):
    publish_with_remarks(context, "noted")
    found = client.get(ANNOTATIONS[2].format("noted", 1)).get_json()
    assert [entry["motivation"] for entry in found["resources"]] == ["oa:commenting", "oa:tagging"]


def test_canvases_refer_to_what_is_beside_their_text_where_there_is_something(client: FlaskClient, context: Context):
    publish_with_remarks(context, "noted")
    three = client.get("/presentation/3/noted/manifest").get_json()
    assert [[each["id"].rsplit("/", 1)[1] for each in canvas["annotations"]] for canvas in three["items"]] == [
        ["text", "annotations"],
        ["text", "annotations"],
    ]
    two = client.get("/presentation/2/open-book/manifest").get_json()
    assert [each["@id"].rsplit("/", 1)[1] for each in two["sequences"][0]["canvases"][0]["otherContent"]] == ["text"]


@pytest.mark.parametrize("version", [2, 3])
def test_th_84_an_annotation_about_a_restricted_page_too_is_not_told(mixed: Context, client: FlaskClient, version: int):
    publish_with_remarks(mixed, "part-closed")
    found = client.get(f"/presentation/{version}/part-closed/canvas/1/annotations").get_json()
    assert "harbour" not in str(found)
    assert len(entries(found)) == 1


@pytest.mark.parametrize("version", [2, 3])
def test_th_73_annotations_that_touch_a_restricted_page_are_in_no_cache(
    mixed: Context, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, version: int
):
    publish_with_remarks(mixed, "part-closed")
    path = f"/presentation/{version}/part-closed/canvas/1/annotations"
    stranger = client.get(path)
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    monkeypatch.setattr(Asker, "text", lambda *_: FULL)
    member = client.get(path)
    assert [len(entries(answer.get_json())) for answer in (stranger, member)] == [1, 2]
    assert all("no-store" in answer.headers["Cache-Control"] for answer in (stranger, member))


@pytest.mark.parametrize("path", OF_PAGES)
@pytest.mark.parametrize("policy", ["members", "counted", "sparing"])
def test_th_85_78_a_text_that_may_not_be_read_is_answered_like_one_that_is_not_there(
    client: FlaskClient, context: Context, path: str, policy: str
):
    publish_with_remarks(context, "noted", policy)
    withheld, empty = client.get(path.format("noted", 1)), client.get(path.format(f"{policy}-book", 2))
    assert withheld.status_code == 200
    told = withheld.get_data().replace(b"/noted/", f"/{policy}-book/".encode()).replace(b"canvas/1", b"canvas/2")
    assert (
        told.replace(b"page-1", b"page-2")
        .replace(b"page_1", b"page_2")
        .replace(b'NR="1"', b'NR="2"')
        .replace(b"<title>1", b"<title>2")
        .replace(b"ppageno 0", b"ppageno 1")
        == empty.get_data()
    )
    assert "no-store" in withheld.headers["Cache-Control"]
    assert len(context.library) == 0


@pytest.mark.parametrize("path", [*(path.replace("{}", "secret-book", 1) for path in OF_PAGES), TEXT])
def test_th_85_a_hidden_object_is_unknown_to_the_last_byte(client: FlaskClient, path: str):
    path = path.replace("secret-book", "{}", 1)
    hidden, unknown = client.get(path.format("secret-book", 1)), client.get(path.format("absent-book", 1))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.get_data().replace(b"secret", b"absent") == unknown.get_data()


def test_a_free_text_is_told_in_every_form(client: FlaskClient):
    for path in (ANNOTATIONS[1], *FILES):
        assert "harbour" in client.get(path.format("readable-book", 1)).get_data(as_text=True)
    assert "harbour" in client.get(TEXT.format("readable-book")).get_data(as_text=True)


def test_a_member_reads_all_forms(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    for path in (ANNOTATIONS[1], *FILES):
        answer = client.get(path.format("members-book", 1))
        assert "harbour" in answer.get_data(as_text=True)
        assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(("place", "canvas_format"), [(0, FILES[0]), (1, FILES[1])])
def test_pr3_40_42_44_canvases_name_files_of_ocr_in_the_type_that_is_sent(
    client: FlaskClient, place: int, canvas_format: str
):
    canvases = client.get("/presentation/3/open-book/manifest").get_json()["items"]
    named = canvases[0]["seeAlso"][place]
    answer = client.get(named["id"].removeprefix(BASE))
    assert named["id"] == BASE + canvas_format.format("open-book", 1)
    assert answer.content_type == named["format"]
    assert named["type"] == "Dataset"
    assert "seeAlso" not in canvases[1]


def test_pr3_43_pr2_14_viewers_know_the_profile_and_version_2_has_one_object(client: FlaskClient):
    three = client.get("/presentation/3/open-book/manifest").get_json()["items"][0]["seeAlso"][0]["profile"]
    assert three.startswith("http://www.loc.gov/standards/alto/v4/")
    two = client.get("/presentation/2/open-book/manifest").get_json()["sequences"][0]["canvases"][0]["seeAlso"]
    assert two["profile"] == three
    assert two["@id"] == BASE + FILES[0].format("open-book", 1)


def test_an_hocr_runs_nothing_on_our_origin(client: FlaskClient):
    answer = client.get(FILES[1].format("open-book", 1))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_boxes_of_alto_are_canvas_pixels(client: FlaskClient):
    (page,) = read_alto(client.get(FILES[0].format("open-book", 1)).get_data(), "a page")
    assert [(word.text, word.box) for word in page.words()][1] == ("harbour", (110, 20, 90, 30))
    assert (page.width, page.height, page.language) == (600, 800, "en")


def test_the_plain_text_has_a_piece_for_every_page(client: FlaskClient, context: Context):
    publish_with_remarks(context, "noted")
    assert client.get(TEXT.format("noted")).get_data(as_text=True) == "the harbour wall\n\fwas opened\n"
    answer = client.get(TEXT.format("open-book"))
    assert answer.get_data(as_text=True).split("\f") == ["the harbour wall\nwas opened\n", ""]
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'inline; filename="open-book.txt"'


@pytest.mark.parametrize(("name", "told"), [("part-open", "\fwas opened\n"), ("part-closed", "the harbour wall\n\f")])
def test_th_85_the_plain_text_has_the_pages_that_this_reader_may_know(
    mixed: Context, client: FlaskClient, name: str, told: str
):
    publish_with_remarks(mixed, name, mixed.catalogue.get(name).policy)
    answer = client.get(TEXT.format(name))
    assert answer.get_data(as_text=True) == told
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", [*(path.format("open-book", 1) for path in OF_PAGES), TEXT.format("open-book")])
def test_open_texts_are_kept_compressed_and_confirmed(context: Context, path: str):
    client = create_app(context, ["presentation"]).test_client()
    publish_with_remarks(context, "open-book")
    plain = client.get(path)
    assert plain.headers["Cache-Control"] == "public, max-age=3600"
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept-Encoding" in plain.headers["Vary"]
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    if packed.headers.get("Content-Encoding") == "gzip":
        assert gzip.decompress(packed.get_data()) == plain.get_data()
    for answer in (plain, packed):
        again = client.get(path, headers={"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip"})
        assert (again.status_code, again.get_data()) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]
        assert "Accept-Encoding" in again.headers["Vary"]
    head = client.head(path)
    assert (head.status_code, head.get_data(), head.headers["ETag"]) == (200, b"", plain.headers["ETag"])


@pytest.mark.parametrize("path", OF_PAGES)
@pytest.mark.parametrize("n", ["0", "3", "x"])
def test_a_canvas_that_is_not_there_is_not_found(client: FlaskClient, path: str, n: str):
    answer = client.get(path.format("open-book", n))
    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_th_86_a_minimal_manifest_names_no_text_and_no_file(client: FlaskClient):
    for version in (2, 3):
        found = client.get(f"/presentation/{version}/sparing-book/manifest").get_data(as_text=True)
        assert not [name for name in ("seeAlso", "rendering", "/words", "book.pdf", "text.txt") if name in found]


def test_pr3_41_renderings_say_what_they_are_and_restricted_ones_carry_the_way_in(client: FlaskClient):
    three = client.get("/presentation/3/members-book/manifest").get_json()["rendering"]
    assert [(each["type"], each["format"]) for each in three] == [("Text", "application/pdf"), ("Text", "text/plain")]
    assert {each["service"][0]["type"] for each in three} == {"AuthProbeService2"}
    two = client.get("/presentation/2/members-book/manifest").get_json()["rendering"]
    assert all(each["label"] and each["format"] for each in two)
    assert {each["service"][0]["@type"] for each in two} == {"AuthCookieService1"}
    assert "service" not in client.get("/presentation/3/open-book/manifest").get_json()["rendering"][0]


def test_search_names_an_annotation_as_its_list_does(context: Context):
    publish_with_remarks(context, "noted")
    client = create_app(context, ["presentation", "search"]).test_client()
    hits = client.get("/search/2/noted?q=harbour&motivation=tagging").get_json()["items"]
    listed = client.get(ANNOTATIONS[3].format("noted", 1)).get_json()["items"]
    assert [hit["id"] for hit in hits] == [listed[1]["id"]]
