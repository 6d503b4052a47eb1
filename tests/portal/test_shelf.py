import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from auth.decision import FULL
from auth.sessions import Sessions
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.errors import StoreUnavailable
from lectern.urls import canvas_path
from services.asker import Asker
from services.context import Context
from services.portal.bundles import VIEWERS
from services.portal.covers import MOST_ORIGINS
from services.portal.views import SHELF_ROWS
from tests.portal.conftest import publish
from tests.portal.pages import Page

BOOK = "//li[@class='book']"


def test_an_empty_shelf_says_how_to_fill_it(client: FlaskClient):
    page = Page(client.get("/"))
    assert page.elements(BOOK) == []
    assert "lectern ingest" in page.texts("//main")[0]


def test_every_object_stands_there_with_its_facts_and_links(client: FlaskClient, context: Context):
    publish(context, "gazette", "The Harbour Gazette")
    page = Page(client.get("/"))
    assert page.texts(f"{BOOK}//h2") == ["The Harbour Gazette"]
    assert page.texts(f"{BOOK}//p[@class='facts']") == ["2 pages · English, Ancient Greek"]
    links = page.values(f"{BOOK}//a/@href")
    assert "/objects/gazette" in links
    assert "https://books.example.org/presentation/3/gazette/manifest" in links
    assert "https://books.example.org/presentation/2/gazette/manifest" in links
    assert page.values(f"{BOOK}//img/@src") == ["https://books.example.org/iiif/2/gazette-1/full/240,/0/default.jpg"]


def _publish_lent(context: Context, object_id: str, origin: str, policy: str = "open") -> None:
    service = {"id": f"{origin}/iiif/1", "type": "ImageService3", "profile": "level2"}
    lent = json.dumps({"id": f"{origin}/1.jpg", "type": "Image", "service": [service]})
    row = ObjectRow(object_id, object_id, f"The {object_id}", policy=policy, pages=1, words=5)
    context.catalogue.publish(row, [CanvasRow(1, canvas_path(object_id, 1), 600, 800, borrowed=lent)])


def _img_src(client: FlaskClient, address: str = "/") -> str:
    policy = client.get(address).headers["Content-Security-Policy"]
    return next(rule for rule in policy.split("; ") if rule.startswith("img-src "))


def test_borrowed_covers_may_come_from_where_they_lie(client: FlaskClient, context: Context):
    _publish_lent(context, "lent", "https://images.example.com:8443")
    _publish_lent(context, "closed", "https://closed.example.com", "members")
    page = Page(client.get("/"))
    assert page.values(f"{BOOK}//img/@src") == ["https://images.example.com:8443/iiif/1/full/240,320/0/default.jpg"]
    assert page.values(f"{BOOK}//img/@data-title") == ["The lent"]  # what covers.js puts in the place of one that fails
    assert "https://images.example.com:8443" in _img_src(client)
    assert "closed.example.com" not in _img_src(client)


def test_the_policy_of_a_shelf_of_many_servers_stays_short(client: FlaskClient, context: Context):
    for n in range(30):
        _publish_lent(context, f"lent-{n:02}", f"https://images{n:02}.example.com")
    assert _img_src(client).count(".example.com") == MOST_ORIGINS


def test_objects_are_ordered_by_label(client: FlaskClient, context: Context):
    for object_id, label in (("a", "Zebra"), ("b", "aardvark"), ("c", "Moth")):
        publish(context, object_id, label)
    assert Page(client.get("/")).texts(f"{BOOK}//h2") == ["aardvark", "Moth", "Zebra"]


@pytest.mark.parametrize(
    ("policy", "words", "covered"),
    [
        ("open", "Open", True),
        ("members", "Sign-in", True),
        ("terms", "Terms of use", False),
        ("room", "Reading room", False),
    ],
)
def test_access_is_told_in_plain_words_and_no_closed_picture_is_shown(
    client: FlaskClient, context: Context, policy: str, words: str, covered: bool
):
    publish(context, "book", policy=policy)
    page = Page(client.get("/"))
    assert page.texts(f"{BOOK}//p[starts-with(@class, 'access')]") == [words]
    assert bool(page.elements(f"{BOOK}//img")) is covered


def test_the_cover_of_a_restricted_object_is_its_public_tier(client: FlaskClient, context: Context):
    publish(context, "book", policy="members")
    assert "/book-1~degraded/" in Page(client.get("/")).values(f"{BOOK}//img/@src")[0]


def test_hidden_objects_are_not_on_a_strangers_shelf(client: FlaskClient, context: Context):
    publish(context, "secret-book", policy="secret")
    publish(context, "stray-book", policy="misspelt")
    answer = client.get("/")
    assert b"secret-book" not in answer.data
    assert b"stray-book" not in answer.data
    assert Page(answer).elements(BOOK) == []


def test_hidden_objects_are_on_a_members_shelf(client: FlaskClient, context: Context, monkeypatch: pytest.MonkeyPatch):
    publish(context, "secret-book", policy="secret")
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    assert Page(client.get("/")).texts(f"{BOOK}//p[starts-with(@class, 'access')]") == ["Open to you"]


def test_a_minimal_object_is_told_by_its_label_only(client: FlaskClient, context: Context):
    publish(context, "book", "Papers", "sparing")
    page = Page(client.get("/"))
    assert page.texts(f"{BOOK}//h2") == ["Papers"]
    assert page.elements(f"{BOOK}//p[@class='facts']") == page.elements(f"{BOOK}//img") == []


def test_the_shelf_stands_while_the_store_of_sessions_is_down(
    client: FlaskClient, context: Context, monkeypatch: pytest.MonkeyPatch
):
    def down(*_: object) -> None:
        raise StoreUnavailable("The store is down.")

    publish(context, "open-book")
    publish(context, "closed-book", policy="members")
    publish(context, "secret-book", policy="secret")
    monkeypatch.setattr(Sessions, "check", down)
    monkeypatch.setattr(Sessions, "known", down)
    assert Page(client.get("/")).values(f"{BOOK}/@data-object") == ["closed-book", "open-book"]


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", '" onload="x', "{{ 7 * 7 }}", "a & b", "ספר", "\u202eabc"]
)
def test_odd_labels_stay_text(client: FlaskClient, context: Context, label: str):
    publish(context, "odd", label)
    page = Page(client.get("/"))
    assert page.texts(f"{BOOK}//h2") == [label]
    assert page.elements("//script[not(@src)]") == []
    assert page.elements("//*[@onload]") == []


def test_an_object_without_a_label_is_called_by_its_id(client: FlaskClient, context: Context):
    publish(context, "x1", " ")
    context.catalogue.publish(context.catalogue.get("x1").__class__("x2", "x2", ""), [])
    assert "x2" in Page(client.get("/")).texts(f"{BOOK}//h2")


def test_collections_that_objects_name_are_listed_and_open_as_shelves_of_their_own(
    client: FlaskClient, context: Context
):
    publish(context, "a", collections=("maps", "R & D"))
    publish(context, "b", collections=("maps",))
    publish(context, "c", "Secret", "secret", collections=("maps", "closed"))
    page = Page(client.get("/"))
    assert page.texts("//nav[@class='collections']/a") == ["Everything", "maps", "R & D"]
    maps = Page(client.get(page.values("//nav[@class='collections']/a[2]/@href")[0]))
    assert maps.values(f"{BOOK}/@data-object") == ["a", "b"]
    assert maps.texts("//nav[@class='collections']/a[@aria-current]") == ["maps"]
    assert maps.values("//footer//a/@href") == ["https://books.example.org/presentation/3/collections/maps"]
    assert maps.values("//form//input[@name='collection']/@value") == ["maps"]
    assert Page(client.get("/?collection=R+%26+D")).values(f"{BOOK}/@data-object") == ["a"]


def test_collections_in_collections_are_called_as_their_file_says(client: FlaskClient, context: Context):
    context.home.collections_file.write_text(
        '[collections.maps]\nlabel = { de = "Karten" }\n[collections.sea]\nlabel = "Sea maps"\nparent = "maps"\n'
    )
    publish(context, "a", collections=("sea",))
    publish(context, "b", collections=("maps",))
    assert Page(client.get("/")).texts("//nav[@class='collections']/a") == ["Everything", "Karten"]
    maps = Page(client.get("/?collection=maps"))
    assert maps.values(f"{BOOK}/@data-object") == ["a", "b"]
    assert maps.texts("//h1") == ["Collection Karten"]
    assert maps.texts("//nav[@class='collections']/a") == ["Everything", "Karten", "Sea maps"]
    sea = Page(client.get("/?collection=sea"))
    assert sea.texts("//nav[@class='collections']/a") == ["Everything", "Karten", "Sea maps"]
    assert sea.values(f"{BOOK}/@data-object") == ["a"]
    assert "Sea maps" in Page(client.get("/objects/a")).texts("//dl[@class='metadata']//dd/a")


def test_th_85_a_collection_of_hidden_objects_is_one_there_is_not(client: FlaskClient, context: Context):
    publish(context, "c", "Secret", "secret", collections=("closed",))
    closed, absent = client.get("/?collection=closed"), client.get("/?collection=absent")
    assert closed.status_code == absent.status_code == 404
    assert closed.data.replace(b"closed", b"absent") == absent.data


def test_a_title_says_its_language_where_its_script_tells(client: FlaskClient, context: Context):
    publish(context, "a", "ספר ההתחלות", languages=("he",))
    publish(context, "b", "De bello", languages=("la",))
    page = Page(client.get("/"))
    assert page.values(f"{BOOK}[@data-object='a']//h2/@lang") == ["he"]
    assert page.values(f"{BOOK}[@data-object='b']//h2/@lang") == []
    assert set(page.values(f"{BOOK}//h2/@dir")) == {"auto"}
    assert Page(client.get("/objects/a")).values("//h1/@lang") == ["he"]


def test_a_long_shelf_is_cut_into_pages(client: FlaskClient, context: Context):
    for n in range(SHELF_ROWS + 2):
        publish(context, f"book{n:03}", f"Book {n:03}")
    first, second = Page(client.get("/")), Page(client.get("/?page=2"))
    assert len(first.elements(BOOK)) == SHELF_ROWS
    assert first.values("//a[@rel='next']/@href") == ["/?page=2"]
    assert second.texts(f"{BOOK}//h2") == [f"Book {n:03}" for n in (SHELF_ROWS, SHELF_ROWS + 1)]
    assert second.values("//a[@rel='next']/@href") == []
    assert f"{SHELF_ROWS + 2} objects" in first.texts("//main")[0]


@pytest.mark.parametrize("page", ["0", "-4", "99999999999", "x", ""])
def test_odd_page_numbers_show_some_page(client: FlaskClient, context: Context, page: str):
    publish(context, "book")
    assert len(Page(client.get(f"/?page={page}")).elements(BOOK)) == 1


def test_the_shelf_is_made_for_one_reader(client: FlaskClient):
    answer = client.get("/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_pages_have_landmarks_and_one_heading(client: FlaskClient, context: Context):
    publish(context, "book")
    for path in ("/", "/objects/book"):
        page = Page(client.get(path))
        assert len(page.elements("//h1")) == len(page.elements("//main")) == len(page.elements("//header")) == 1
        assert page.values("/html/@lang") == ["en"]
        assert len(page.values("//@id")) == len(set(page.values("//@id")))


def test_pages_ask_for_nothing_elsewhere_and_run_no_inline_script(client: FlaskClient, context: Context):
    publish(context, "book")
    for path in ("/", *(f"/objects/book?viewer={key}" for key in VIEWERS)):
        answer = client.get(path)
        policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["connect-src"] == "'self' https://books.example.org"
        page = Page(answer)
        assert page.elements("//script[not(@src)]") == page.elements("//*[@style]") == []
        sources = page.values("//script/@src | //link/@href | //img/@src")
        assert all(s.startswith(("/", "https://books.example.org/")) for s in sources)


@pytest.mark.parametrize(
    "name",
    [
        *(viewer.starter for viewer in VIEWERS.values()),
        "lectern.css",
        "lectern.svg",
        "portal.js",
        "stage.js",
        "pages.js",
    ],
)
def test_our_own_files_are_served(client: FlaskClient, name: str):
    answer = client.get(f"/static/{name}")
    assert answer.status_code == 200
    assert client.get(f"/static/{name}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_stylesheet_asks_for_nothing_elsewhere():
    text = (Path(__file__).parents[2] / "services" / "static" / "lectern.css").read_text()
    assert "url(" not in text
    assert "@import" not in text
