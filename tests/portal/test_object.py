import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from auth.decision import FULL
from lectern.catalogue import CanvasRow
from lectern.description import Description, Pair, WebPage
from lectern.urls import canvas_path
from services.asker import Asker
from services.context import Context
from services.portal import content_state
from services.portal.bundles import VIEWERS
from services.portal.content_state import ContentState
from services.portal.wording import WAYS_TO_SEARCH
from tests.conftest import ROOT
from tests.portal.conftest import publish
from tests.portal.pages import Page

STAGE = "//div[@id='stage']"


def test_mirador_opens_the_version_3_manifest(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book"))
    assert page.values(f"{STAGE}/@data-manifest") == ["https://books.example.org/presentation/3/book/manifest"]
    assert page.values("//script/@src") == [
        "/viewers/mirador/mirador.min.js",
        "/static/mirador.js",
        "/static/portal.js",
    ]
    assert page.texts("//nav//a[@aria-current='page']") == ["Mirador"]


def test_universal_viewer_opens_the_version_2_manifest(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book?viewer=uv"))
    assert page.values(f"{STAGE}/@data-manifest") == ["https://books.example.org/presentation/2/book/manifest"]
    assert "/viewers/uv/umd/UV.js" in page.values("//script/@src")
    assert "/viewers/uv/uv.css" in page.values("//link/@href")
    assert page.values("//div[@id='viewer']/@class") == ["uv"]


def test_the_search_box_leads_to_what_can_be_searched_for(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book"))
    (target,) = page.values("//form[@role='search']/a/@href")
    told = page.texts(f"//section[@id='{target.removeprefix('#')}']//dt")
    assert told == [query for query, _ in WAYS_TO_SEARCH]
    guide = (ROOT / "docs/search.md").read_text()
    for sign in ('"', " OR ", " -", "*", "~", '"~5', "="):
        assert any(sign in query for query in told)
        assert sign in guide


def test_every_file_a_page_names_is_there(client: FlaskClient, context: Context):
    publish(context, "book")
    for viewer in VIEWERS:
        page = Page(client.get(f"/objects/book?viewer={viewer}"))
        for address in page.values("//script/@src | //link[@rel='stylesheet' or @rel='icon']/@href"):
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("viewer", ["", "x", "../mirador", "MIRADOR"])
def test_an_unknown_viewer_is_mirador(client: FlaskClient, context: Context, viewer: str):
    publish(context, "book")
    page = Page(client.get("/objects/book", query_string={"viewer": viewer}))
    assert "/static/mirador.js" in page.values("//script/@src")


def test_both_manifests_can_be_followed_copied_and_dragged(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book"))
    manifests = [f"https://books.example.org/presentation/{v}/book/manifest" for v in (3, 2)]
    taken = "//section[@class='take']"
    assert page.values(f"{taken}//dd/a/@href") == page.values(f"{taken}//button/@data-copy") == manifests
    dragged = page.values("//a[@class='drag']/@href")[0]
    assert parse_qs(urlsplit(dragged).query)["manifest"] == manifests[:1]


def test_a_query_goes_to_the_viewer_and_stays_when_the_viewer_changes(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book", query_string={"q": ' "a & b" <i> '}))
    assert page.values(f"{STAGE}/@data-query") == page.values("//input[@name='q']/@value") == ['"a & b" <i>']
    other = page.values("//nav[@class='tabs']/a[.='Universal Viewer']/@href")[0]
    assert urlsplit(other).path == "/objects/book"
    assert parse_qs(urlsplit(other).query) == {"viewer": ["uv"], "q": ['"a & b" <i>']}


def test_a_query_of_10_kb_is_cut(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book", query_string={"q": "x" * 10_000}))
    assert len(page.values(f"{STAGE}/@data-query")[0]) == context.settings.query_length


def test_an_object_without_words_has_no_search_box(client: FlaskClient, context: Context):
    publish(context, "book", words=0)
    page = Page(client.get("/objects/book"))
    assert page.values("//form/@action") == ["/"]
    assert page.values(f"{STAGE}/@data-searchable") == ["no"]


@pytest.mark.parametrize("words", [0, 5])
def test_the_page_of_a_restricted_object_does_not_tell_whether_there_is_text(
    client: FlaskClient, context: Context, words: int
):
    publish(context, "book", policy="members", words=words)
    assert Page(client.get("/objects/book")).values(f"{STAGE}/@data-searchable") == ["yes"]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("open", "Open to everyone."),
        ("members", "Restricted. The viewer asks you to sign in. Until then you see a small version of the pages."),
        ("terms", "Restricted. The viewer asks you to accept the terms of use. Until then no page is shown."),
        ("room", "Restricted. It can be seen in full in the reading room."),
    ],
)
def test_access_is_told_in_a_sentence(client: FlaskClient, context: Context, policy: str, sentence: str):
    publish(context, "book", policy=policy)
    assert Page(client.get("/objects/book")).texts("//p[starts-with(@class, 'access')]") == [sentence]


def test_who_is_let_in_is_told_so(client: FlaskClient, context: Context, monkeypatch: pytest.MonkeyPatch):
    publish(context, "book", policy="members")
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    assert "You have access" in Page(client.get("/objects/book")).texts("//p[starts-with(@class, 'access')]")[0]


def test_a_hidden_object_is_unknown_to_strangers_to_the_last_byte(client: FlaskClient, context: Context):
    publish(context, "secret-book", policy="secret")
    for accept in ("text/html", "application/json"):
        hidden = client.get("/objects/secret-book", headers={"Accept": accept})
        unknown = client.get("/objects/absent-book", headers={"Accept": accept})
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.data.replace(b"secret", b"absent") == unknown.data
        assert list(hidden.headers) == list(unknown.headers)


def test_a_missing_object_is_a_page_for_people(client: FlaskClient):
    answer = client.get("/objects/absent", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.content_type == "text/html; charset=utf-8"
    assert b"There is no object" in answer.data
    assert client.get("/objects/absent").content_type == "application/problem+json"


@pytest.mark.parametrize("path", ["/objects/../etc", "/objects/a/b", "/objects/%2e%2e", "/objects/<script>"])
def test_odd_ids_are_not_found(client: FlaskClient, path: str):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert b"<script>" not in answer.data


def test_a_summary_is_text_and_is_withheld_where_little_is_told(client: FlaskClient, context: Context):
    publish(context, "book", summary="<b>Weekly</b>")
    publish(context, "papers", policy="sparing", summary="Family matters")
    assert Page(client.get("/objects/book")).texts("//p[@class='summary']") == ["Weekly"]
    assert b"Family matters" not in client.get("/objects/papers").data


@pytest.mark.parametrize("viewer", VIEWERS)
def test_missing_viewers_are_told_with_the_remedy(client: FlaskClient, context: Context, viewer: str):
    publish(context, "book")
    shutil.rmtree(context.settings.viewers)
    page = Page(client.get(f"/objects/book?viewer={viewer}"))
    assert "make setup" in page.texts("//section[@aria-labelledby='missing']")[0]
    assert page.elements(STAGE) == []
    assert len(page.values("//section[@class='take']//dd/a/@href")) == 2


CANVAS = "https://books.example.org/presentation/3/book/canvas/1"
MANIFESTS = [f"https://books.example.org/presentation/{version}/book/manifest" for version in (3, 2)]


def state(target: str = f"{CANVAS}#xywh=10,20,30,40", manifest: str = MANIFESTS[0]) -> dict[str, str]:
    return {content_state.PARAMETER: content_state.build(manifest, target)}


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("manifest", MANIFESTS)
def test_a_content_state_opens_every_viewer_at_its_page_and_box(
    client: FlaskClient, context: Context, viewer: str, manifest: str
):
    publish(context, "book")
    page = Page(client.get("/objects/book", query_string={"viewer": viewer} | state(manifest=manifest)))
    assert page.values(f"{STAGE}/@data-canvas") == [CANVAS]
    assert page.values(f"{STAGE}/@data-n") == ["1"]
    assert page.values(f"{STAGE}/@data-box") == ["10,20,30,40"]
    for address in page.values("//nav[@class='tabs']/a/@href | //a[@id='share']/@href"):
        kept = parse_qs(urlsplit(address).query)[content_state.PARAMETER][0]
        assert content_state.read(kept, "https://books.example.org") == ContentState(manifest, CANVAS, (10, 20, 30, 40))
    dragged = parse_qs(urlsplit(page.values("//a[@id='drag']/@href")[0]).query)
    assert dragged == {"manifest": [MANIFESTS[0]], "canvas": [CANVAS]}


@pytest.mark.parametrize(
    "given",
    [
        state("https://books.example.org/presentation/3/book/canvas/9"),
        state("https://books.example.org/presentation/3/other/canvas/1"),
        state(manifest="https://books.example.org/presentation/3/other/manifest"),
        state(manifest="https://evil.test/presentation/3/book/manifest"),
        {content_state.PARAMETER: MANIFESTS[0]},
        {content_state.PARAMETER: "javascript:alert(1)"},
        {content_state.PARAMETER: "%%%"},
    ],
)
def test_a_state_of_something_else_opens_the_object_at_its_beginning(
    client: FlaskClient, context: Context, given: dict[str, str]
):
    publish(context, "book")
    page = Page(client.get("/objects/book", query_string=given))
    assert page.values(f"{STAGE}/@data-canvas") == []
    assert page.values("//a[@id='share']/@href") == ["https://books.example.org/objects/book?viewer=mirador"]


def test_a_box_beside_the_canvas_is_left_out(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book", query_string=state(f"{CANVAS}#xywh=600,20,30,40")))
    assert page.values(f"{STAGE}/@data-canvas") == [CANVAS]
    assert page.values(f"{STAGE}/@data-box") == []


def test_an_object_opens_at_the_page_that_it_says_unless_something_else_is_asked(client: FlaskClient, context: Context):
    publish(context, "book")
    canvases = [CanvasRow(n, canvas_path("book", n), 600, 800) for n in (1, 2)]
    context.catalogue.publish(context.catalogue.get("book"), canvases, description=Description(start=2).text())
    second = CANVAS.removesuffix("1") + "2"
    assert Page(client.get("/objects/book")).values(f"{STAGE}/@data-canvas") == [second]
    assert Page(client.get("/objects/book?viewer=leaflet")).values(f"{STAGE}/@data-n") == ["2"]
    assert Page(client.get("/objects/book?q=wall")).values(f"{STAGE}/@data-canvas") == []
    asked = Page(client.get("/objects/book", query_string=state(CANVAS)))
    assert asked.values(f"{STAGE}/@data-canvas") == [CANVAS]


@pytest.mark.parametrize(("wanted", "title"), [("de-AT,en;q=0.5", "Die Zeitung"), ("fr", "The Gazette")])
def test_a_book_has_one_title_in_the_readers_language_on_every_page(
    client: FlaskClient, context: Context, wanted: str, title: str
):
    publish(context, "book", "Die Zeitung")
    label = {"de": ("Die Zeitung",), "en": ("The Gazette",)}
    context.catalogue.publish(context.catalogue.get("book"), [], description=Description(label=label).text())
    for path, place in (("/", "//h2"), ("/objects/book", "//h1"), ("/objects/book/read", "//h1")):
        answer = client.get(path, headers={"Accept-Language": wanted})
        assert title in Page(answer).texts(place)
        assert "Accept-Language" in answer.headers["Vary"]


def test_downloads_that_hold_nothing_for_this_reader_say_so(client: FlaskClient, context: Context):
    publish(context, "letters", policy="members", pages=1)
    told = Page(client.get("/objects/letters")).texts("//section[@class='downloads']//li")
    assert told
    assert all(each.endswith("(once you have access)") for each in told)


def test_our_own_viewer_is_the_first_of_the_tabs(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book?q=wall"))
    assert page.texts("//nav[@class='tabs']/a") == ["Read", *(viewer.title for viewer in VIEWERS.values())]
    assert page.values("//nav[@class='tabs']/a[1]/@href") == ["/objects/book/read?q=wall"]


def test_the_frame_for_other_pages_is_text_that_can_be_copied(client: FlaskClient, context: Context):
    publish(context, "book", 'A "book" & <more>')
    page = Page(client.get("/objects/book"))
    (frame,) = page.texts("//section[@class='share']//pre")
    assert page.values("//section[@class='share']//button/@data-copy") == [frame]
    assert page.elements("//iframe") == []
    (made,) = Page.of(frame).elements("//iframe")
    assert made.get("src") == "https://books.example.org/objects/book/read?embed=1"
    assert made.get("title") == 'A "book" & <more>'
    assert made.get("allow") == "fullscreen; clipboard-write"


ALTERNATE = "//link[@rel='alternate']"


def test_manifests_and_downloads_are_named_in_the_head_and_on_the_page(client: FlaskClient, context: Context):
    publish(context, "book", pages=1)
    page = Page(client.get("/objects/book"))
    manifests = f"{ALTERNATE}[contains(@type, 'ld+json')]"
    assert page.values(f"{manifests}/@href") == MANIFESTS
    assert page.values(f"{manifests}/@type") == [
        f'application/ld+json;profile="http://iiif.io/api/presentation/{version}/context.json"' for version in (3, 2)
    ]
    told = [f"https://books.example.org/presentation/3/book/{name}" for name in ("text.txt", "book.pdf")]
    assert page.values("//section[@class='downloads']//a/@href") == told
    assert page.values(f"{ALTERNATE}[not(contains(@type, 'ld+json'))]/@href") == told


def test_what_is_not_there_or_not_told_cannot_be_downloaded(client: FlaskClient, context: Context):
    publish(context, "book", words=0, pages=1)
    publish(context, "papers", policy="sparing", pages=1)
    assert Page(client.get("/objects/book")).texts("//section[@class='downloads']//a") == ["PDF with searchable words"]
    assert Page(client.get("/objects/papers")).elements("//section[@class='downloads']") == []


def test_a_description_is_told_in_its_languages_and_as_text(client: FlaskClient, context: Context):
    said = Description(
        label={"en": ("The Book",)},
        summary={"de": ("<p>Ein <b>Buch</b></p>",), "en": ("A <book>",)},
        metadata=(Pair({"de": ("Autor",)}, {"none": ("<a href='javascript:x'>Ann &amp; Co</a>",)}),),
        homepages=(WebPage("https://example.org/about", {"en": ("About",)}), WebPage("javascript:x", {"en": ("Bad",)})),
    )
    publish(context, "book")
    row, canvases = context.catalogue.get("book"), context.catalogue.canvases("book")
    context.catalogue.publish(row, canvases, description=said.text())
    page = Page(client.get("/objects/book"))
    assert page.texts("//p[@class='summary']") == ["A <book>", "Ein Buch"]
    assert page.values("//p[@class='summary']/@lang") == ["en", "de"]
    assert page.texts("//dl[@class='metadata']/div[dt='Autor']/dd") == ["Ann & Co"]
    assert page.values("//dl[@class='metadata']//dt/@lang") == ["de", "en"]
    assert page.values("//dl[@class='metadata']//a/@href") == ["https://example.org/about"]


def test_facts_rights_and_collections_are_told_as_the_manifest_tells_them(client: FlaskClient, context: Context):
    publish(context, "book", rights="http://creativecommons.org/publicdomain/mark/1.0/", collections=("maps",))
    publish(context, "odd", rights="javascript:alert(1)")
    publish(context, "papers", policy="sparing", rights="https://example.org/rights", collections=("maps",))
    page = Page(client.get("/objects/book"))
    assert page.texts("//dl[@class='metadata']//dt") == ["Language", "Rights", "Collection"]
    assert page.values("//a[@rel='license']/@href") == ["http://creativecommons.org/publicdomain/mark/1.0/"]
    assert "/?collection=maps" in page.values("//dl[@class='metadata']//a/@href")
    assert Page(client.get("/objects/odd")).values("//dl[@class='metadata']//a/@href") == []
    assert Page(client.get("/objects/papers")).elements("//dl[@class='metadata']") == []
