"""An object as a PDF over HTTP: what each reader finds in it, within which limits, and how it is kept."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from flask.testing import FlaskClient

from auth.decision import FULL
from auth.pace import Pace
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, ObjectRow, RangeRow
from lectern.errors import Overloaded, StoreUnavailable
from lectern.ids import ImageId
from lectern.settings import load_settings
from lectern.urls import canvas_path
from lectern.words import Block, Page, Text
from search.packing import write_pack
from services.app import create_app
from services.asker import Asker
from services.context import Context
from services.credentials import COOKIE
from services.image.elsewhere import Elsewhere
from services.image.making import Making
from services.presentation import pdf_views
from services.presentation.pdf_pictures import Pictures
from services.presentation.pdf_plan import NO_PICTURE, NOT_MADE, NOT_SHOWN
from tests.image.conftest import noise
from tests.presentation.conftest import POLICIES, line

PDF = "/presentation/3/{}/book.pdf"
PAGES = "".join(
    f'[[objects.mixed.pages]]\npages = "{n}"\npolicy = "{policy}"\n' for n, policy in ((2, "members"), (3, "counted"))
)
PARTS = [RangeRow(1, None, "The harbour", "chapter", (1, 2)), RangeRow(2, 1, "The wall", "section", (2,))]


def publish(context: Context, object_id: str, policy: str = "open", *, pictures: bool = True) -> None:
    """Publish three pages, each with a line of text of its own."""
    said = ("the harbour wall", "was opened", "by mayors")
    generation = context.catalogue.next_generation()
    text = Text([Page([Block([line(words, 20)])]) for words in said])
    summary = write_pack(context.home, object_id, generation, text)
    image = "x/page.tif" if pictures else None
    canvases = [CanvasRow(n, canvas_path(object_id, n), 600, 800, f"p. {n}", image=image, words=2) for n in (1, 2, 3)]
    told = {"policy": policy, "pages": 3, "words": summary.words, "languages": ("en",)}
    row = ObjectRow(object_id, object_id, f"The {object_id}", generation, **told)  # type: ignore[arg-type]
    context.catalogue.publish(row, canvases, ranges=PARTS)


@pytest.fixture(scope="module")
def pyramid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    noise(600, 800).pngsave(str(folder / "page.png"))
    make_pyramid(folder / "page.png", folder / "page.tif")
    return folder / "page.tif"


@pytest.fixture
def context(tmp_path: Path, pyramid: Path) -> Iterator[Context]:
    (tmp_path / "policies.toml").write_text(POLICIES + PAGES)
    changes = {"public_url": "https://books.example.org", "pdf_side": 400, "pdf_pages": 3}
    found = Context(load_settings(tmp_path).model_copy(update=changes))
    found.home.prepare()
    (found.home.images / "x").mkdir(parents=True)
    (found.home.images / "x" / "page.tif").write_bytes(pyramid.read_bytes())
    for policy in ("open", "members", "counted", "readable", "sparing", "secret"):
        publish(found, f"{policy}-book", policy)
    publish(found, "mixed")
    yield found
    found.catalogue.close()


@pytest.fixture
def client(context: Context) -> FlaskClient:
    return create_app(context, ["presentation"]).test_client()


def texts(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [" ".join(document[n].get_textpage().get_text_range().split()) for n in range(len(document))]


def pictures(data: bytes) -> list[int | None]:
    """Return the width of each page's picture, None for a page without one."""
    with pikepdf.open(BytesIO(data)) as read:
        assert read.check_pdf_syntax() == []
        found = [page.Resources.get("/XObject") for page in read.pages]
        return [None if each is None else int(each.P.Width) for each in found]


def test_an_open_object_is_all_in_it_reduced(client: FlaskClient):
    answer = client.get(PDF.format("open-book"))
    assert answer.content_type == "application/pdf"
    assert texts(answer.data) == ["the harbour wall", "was opened", "by mayors"]
    assert pictures(answer.data) == [300, 300, 300]


def test_labels_parts_title_and_language_are_in_it(client: FlaskClient):
    data = client.get(PDF.format("open-book")).data
    document = pypdfium2.PdfDocument(data)
    assert [document.get_page_label(n) for n in range(3)] == ["p. 1", "p. 2", "p. 3"]
    assert [(mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()] == [
        ("The harbour", 0),
        ("The wall", 1),
    ]
    with pikepdf.open(BytesIO(data)) as read:
        assert (str(read.docinfo["/Title"]), str(read.Root.Lang)) == ("The open-book", "en")


def test_th_85_86_pages_are_as_this_reader_may_see_them(client: FlaskClient):
    data = client.get(PDF.format("mixed")).data
    assert texts(data) == ["the harbour wall", NOT_SHOWN, ""]
    assert pictures(data) == [300, None, 150]  # what is shown of the third is the reduced picture, not a larger one


@pytest.mark.parametrize(
    ("policy", "told"),
    [("members", NOT_SHOWN), ("counted", ""), ("sparing", NOT_SHOWN), ("readable", "the harbour wall " + NOT_SHOWN)],
)
def test_th_85_what_a_stranger_finds_of_a_restricted_object(client: FlaskClient, policy: str, told: str):
    answer = client.get(PDF.format(f"{policy}-book"))
    assert answer.status_code == 200
    assert texts(answer.data)[0] == told
    assert "no-store" in answer.headers["Cache-Control"]
    assert "ETag" not in answer.headers


def test_th_86_where_little_is_told_neither_parts_nor_labels_are(client: FlaskClient):
    document = pypdfium2.PdfDocument(client.get(PDF.format("sparing-book")).data)
    assert list(document.get_toc()) == []
    assert document.get_page_label(0) == "1"


def test_a_member_gets_everything(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    data = client.get(PDF.format("mixed")).data
    assert texts(data) == ["the harbour wall", "was opened", "by mayors"]
    assert pictures(data) == [300, 300, 300]


def test_th_85_a_hidden_object_is_unknown_to_the_last_byte(client: FlaskClient):
    hidden, unknown = client.get(PDF.format("secret-book")), client.get(PDF.format("absent-book"))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.data.replace(b"secret", b"absent") == unknown.data


def test_open_ones_may_be_kept_and_are_confirmed_without_being_made(client: FlaskClient, monkeypatch):
    first = client.head(PDF.format("open-book"))
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    assert "Content-Length" not in first.headers
    monkeypatch.setattr(pdf_views, "written", None)
    again = client.get(PDF.format("open-book"), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_another_edition_has_another_tag(client: FlaskClient, context: Context):
    before = client.head(PDF.format("open-book")).headers["ETag"]
    publish(context, "open-book")
    assert client.head(PDF.format("open-book")).headers["ETag"] != before


def test_th_109_the_name_of_the_file_is_that_of_the_object(client: FlaskClient):
    assert client.get(PDF.format("open-book")).headers["Content-Disposition"] == 'inline; filename="open-book.pdf"'


def test_one_more_than_there_are_places_for_is_told_to_come_back(client: FlaskClient):
    first = client.get(PDF.format("open-book"), buffered=False)
    busy = client.get(PDF.format("counted-book"))
    assert (busy.status_code, busy.headers["Access-Control-Allow-Origin"]) == (503, "*")
    assert int(busy.headers["Retry-After"]) > 0
    first.close()
    assert client.get(PDF.format("counted-book")).status_code == 200


def test_a_request_for_the_head_takes_no_place(client: FlaskClient):
    for _ in range(3):
        assert client.head(PDF.format("open-book")).status_code == 200
    assert client.get(PDF.format("open-book")).status_code == 200


def test_an_object_with_too_many_pages_has_none_and_its_manifest_names_none(client: FlaskClient, context: Context):
    row = context.catalogue.get("open-book")
    canvases = [CanvasRow(n, canvas_path("long", n), 600, 800) for n in range(1, 5)]
    context.catalogue.publish(ObjectRow("long", "long", "Long", row.generation, pages=4), canvases)
    answer = client.get(PDF.format("long"))
    assert answer.status_code == 404
    assert "3 pages" in answer.get_json()["detail"]
    assert "book.pdf" not in client.get("/presentation/3/long/manifest").get_data(as_text=True)


def test_pages_without_picture_and_pictures_that_cannot_be_had_say_so(client: FlaskClient, context: Context):
    publish(context, "plain", pictures=False)
    assert texts(client.get(PDF.format("plain")).data)[0] == f"the harbour wall {NO_PICTURE}"
    (context.home.images / "x" / "page.tif").write_bytes(b"torn")
    assert NOT_MADE in texts(client.get(PDF.format("counted-book")).data)[0]


def test_a_file_that_may_be_kept_is_cut_where_a_picture_fails_and_the_next_may_not_be_kept(
    client: FlaskClient, context: Context
):
    page = context.home.images / "x" / "page.tif"
    whole = page.read_bytes()
    page.write_bytes(b"torn")
    cut = client.get(PDF.format("open-book"), buffered=False)
    assert "ETag" in cut.headers
    with pytest.raises(StoreUnavailable, match="could not be had"):
        list(cut.iter_encoded())
    cut.close()
    noted = client.get(PDF.format("open-book"))
    assert (noted.status_code, "ETag" in noted.headers) == (200, False)
    assert "no-store" in noted.headers["Cache-Control"]
    assert NOT_MADE in texts(noted.data)[0]
    page.write_bytes(whole)
    assert pictures(client.get(PDF.format("open-book")).data) == [300, 300, 300]
    assert "ETag" in client.head(PDF.format("open-book")).headers


def test_th_71_a_picture_waits_for_its_turn_among_all_others(context: Context, monkeypatch: pytest.MonkeyPatch):
    waited: list[float] = []
    given = Making.bytes_of

    def busy_at_first(self, *arguments, **options):
        if len(waited) < 2:
            raise Overloaded("Too many large images are being made.")
        return given(self, *arguments, **options)

    monkeypatch.setattr(Making, "bytes_of", busy_at_first)
    found = Pictures(context, waited.append).get(ImageId("open-book", 1), Asker(context, {}, None))
    assert found is not None
    assert len(waited) == 2


def test_th_71_a_picture_of_another_server_counts_as_a_tile_before_it_is_fetched(
    context: Context, monkeypatch: pytest.MonkeyPatch
):
    publish(context, "away", pictures=False)
    away = Context(context.settings.model_copy(update={"image_server": "https://images.example.org/iiif"}))
    order: list[str] = []

    def fetched(*_: object) -> bytes:
        order.append("fetched")
        return b""

    def asked(*_: object) -> bool:
        order.append("asked")
        return len(order) > 1

    monkeypatch.setattr(Elsewhere, "jpeg", fetched)
    monkeypatch.setattr(Pace, "tile", asked)
    reader = Asker(away, {"HTTP_COOKIE": f"{COOKIE}=somebody"}, None)
    Pictures(away, lambda _: None).get(ImageId("away", 1), reader)
    assert order == ["asked", "asked", "fetched"]  # the first time he had enough for that second
    away.catalogue.close()


def test_pictures_of_pdfs_take_turns_with_those_of_the_image_service(context: Context):
    assert Making(context)._admission is Making(context)._admission is context.admission


def test_th_87_a_file_under_way_ends_where_its_reader_loses_what_he_had(
    context: Context, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pdf_views, "_JUDGED_ANEW", -1.0)
    answer = client.get(PDF.format("open-book"), buffered=False)
    pieces = answer.iter_encoded()
    next(pieces)
    context.catalogue.set_policy("open-book", "members")
    with pytest.raises(StoreUnavailable, match="changed"):
        list(pieces)
    answer.close()


@pytest.mark.parametrize("seconds", [-1.0, 5.0], ids=["judged anew", "at its end"])
def test_a_file_under_way_ends_where_its_object_is_ingested_anew(
    context: Context, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, seconds: float
):
    monkeypatch.setattr(pdf_views, "_JUDGED_ANEW", seconds)
    answer = client.get(PDF.format("open-book"), buffered=False)
    pieces = answer.iter_encoded()
    next(pieces)
    publish(context, "open-book")  # the same pages under the same policy
    with pytest.raises(StoreUnavailable, match="changed"):
        list(pieces)
    answer.close()
