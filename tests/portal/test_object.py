import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from auth.decision import FULL
from services.asker import Asker
from services.context import Context
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
    for viewer in ("mirador", "uv"):
        page = Page(client.get(f"/objects/book?viewer={viewer}"))
        for address in page.values("//script/@src | //link/@href"):
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
    assert page.values("//dd/a/@href") == page.values("//button/@data-copy") == manifests
    dragged = page.values("//a[@class='drag']/@href")[0]
    assert parse_qs(urlsplit(dragged).query)["manifest"] == manifests[:1]


def test_a_query_goes_to_the_viewer_and_stays_when_the_viewer_changes(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book", query_string={"q": ' "a & b" <i> '}))
    assert page.values(f"{STAGE}/@data-query") == page.values("//input[@name='q']/@value") == ['"a & b" <i>']
    other = page.values("//nav[@class='tabs']/a[2]/@href")[0]
    assert parse_qs(other.lstrip("?")) == {"viewer": ["uv"], "q": ['"a & b" <i>']}


def test_a_query_of_10_kb_is_cut(client: FlaskClient, context: Context):
    publish(context, "book")
    page = Page(client.get("/objects/book", query_string={"q": "x" * 10_000}))
    assert len(page.values(f"{STAGE}/@data-query")[0]) == context.settings.query_length


def test_an_object_without_words_has_no_search_box(client: FlaskClient, context: Context):
    publish(context, "book", words=0)
    page = Page(client.get("/objects/book"))
    assert page.elements("//form") == []
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
    assert Page(client.get("/objects/book")).texts("//p[@class='summary']") == ["<b>Weekly</b>"]
    assert b"Family matters" not in client.get("/objects/papers").data


@pytest.mark.parametrize("viewer", ["mirador", "uv"])
def test_missing_viewers_are_told_with_the_remedy(client: FlaskClient, context: Context, viewer: str):
    publish(context, "book")
    shutil.rmtree(context.settings.viewers)
    page = Page(client.get(f"/objects/book?viewer={viewer}"))
    assert "make setup" in page.texts("//section[@aria-labelledby='missing']")[0]
    assert page.elements(STAGE) == []
    assert len(page.values("//dd/a/@href")) == 2
