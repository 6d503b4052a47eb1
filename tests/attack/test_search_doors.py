"""Ways round the verdict: odd URLs, headers, queries, and texts whose policy changes (TH-75 to TH-90)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.conftest import BASE, COLLECTION, OPEN_PAGES, SECRET_PAGES, Shelf, made_home, put, served


@pytest.fixture
def own_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """Return a shelf with one open and one restricted text, which a test may change, and its pages' lines."""
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    home = made_home(tmp_path)
    put(home, "open", "open", OPEN_PAGES)
    put(home, "secret", "secret", SECRET_PAGES)
    with served(home, "search", "presentation") as shelf:
        yield shelf


@pytest.mark.parametrize("tail", ["/x.css", ".css", ";.css", "/autocomplete/x.js", "%2f.css", "/canvas/1/x.png", "%00"])
def test_th_75_a_name_that_looks_like_a_static_file_is_not_the_answer(shelf: Shelf, tail: str):
    reader = shelf.sign_in("reader")
    for version in (0, 1, 2):
        response = shelf.get(f"/search/{version}/secret{tail}", "zanzibar", cookie=reader)
        assert response.status_code == 404
        assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("more", ["x=.css", "x=/logo.png", "callback=evil", "format=jsonp"])
def test_th_75_a_parameter_makes_no_other_form_and_no_other_keeping(shelf: Shelf, more: str):
    response = shelf.get(f"/search/1/secret?{more}", "zanzibar", cookie=shelf.sign_in("reader"))
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", BASE, "https://books.example.org.evil.example"])
@pytest.mark.parametrize("name", ["open", "secret", "boxes", "hidden", "nothing"])
def test_th_76_89_no_page_elsewhere_may_read_an_answer_with_a_session(shelf: Shelf, origin: str, name: str):
    for cookie in ("", shelf.sign_in("reader")):
        headers = shelf.get(f"/search/1/{name}", "zanzibar", cookie=cookie, Origin=origin).headers
        assert headers.getlist("Access-Control-Allow-Origin") == ["*"]  # with it browsers refuse an answer to a cookie
        assert "Access-Control-Allow-Credentials" not in headers
        assert origin not in str(headers)


@pytest.mark.parametrize("accept", ["text/html", "*/*", "", "image/png", "application/ld+json"])
def test_th_77_errors_are_json_that_any_page_may_read(shelf: Shelf, accept: str):
    for path in ("/search/1/nothing", "/search/1/hidden", "/search/2/open/canvas/99", "/search/7/open"):
        response = shelf.get(path, "x", Accept=accept)
        assert response.status_code == 404
        assert response.content_type == "application/problem+json"
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_th_80_restricted_texts_change_no_order_and_no_count(own_shelf: Shelf):
    paths = [f"/search/{version}/{place}" for version in (0, 1, 2) for place in ("open", f"collections/{COLLECTION}")]
    asked = [(path, q) for path in paths for q in ("harbour", "the OR wall", "zanzibar", '"the wall"~5')]
    asked += [(f"{path}/autocomplete", q) for path in paths for q in ("h", "wa", "zan")]
    before = [own_shelf.get(path, q).data for path, q in asked]
    for n in range(3):
        put(own_shelf.context.home, f"aaa-{n}", "secret", [*SECRET_PAGES, *OPEN_PAGES] * 60)
    assert [own_shelf.get(path, q).data for path, q in asked] == before


@pytest.mark.parametrize(
    "q",
    [
        *("access:public zanzibar", "object:secret", "id:secret", "policy:secret", "_id:*", "t:zanzibar", "*:*"),
        *(
            "zanzibar) OR (the",
            'zanzibar" OR "the',
            "zanzibar\x00",
            "[a TO z]",
            "/zan.*/",
            "{!lucene}zanzibar",
            "*",
            "?",
        ),
        *("(" * 400, '"' * 999, "zanzibar " * 110, "a* " * 300, "~2 " * 300, " OR ".join("abcdefgh"), "-" * 900),
    ],
)
def test_th_83_no_query_finds_what_is_not_the_readers(shelf: Shelf, bare_shelf: Shelf, q: str):
    for version in (0, 1, 2):
        for place in ("open", f"collections/{COLLECTION}"):
            path = f"/search/{version}/{place}"
            assert shelf.get(path, q).data == bare_shelf.get(path, q).data
        document = shelf.get(f"/search/{version}/secret", q).get_json()
        assert not any(document.get(name) for name in ("resources", "hits", "items", "annotations"))


@pytest.mark.parametrize("more", ["from=open:999999999", "from=open:1", "from=open:2&from=secret:1"])
def test_th_83_deep_pages_are_bounded(shelf: Shelf, bare_shelf: Shelf, more: str):
    assert shelf.get(f"/search/1/open?{more}", "the").data == bare_shelf.get(f"/search/1/open?{more}", "the").data


@pytest.mark.parametrize("more", ["from=secret:1", "from=open:0", "from=open:-1", "from=open:1e9", "from=..:1"])
def test_th_83_a_cursor_of_elsewhere_is_refused(shelf: Shelf, more: str):
    assert shelf.get(f"/search/1/open?{more}", "the").status_code == 400


@pytest.mark.parametrize("roles", [None, ("guest",), ("reader",)])
def test_th_85_the_lines_of_a_page_and_its_search_have_one_verdict(own_shelf: Shelf, roles: tuple[str, ...] | None):
    cookie = "" if roles is None else own_shelf.sign_in(*roles)
    for name in ("open", "secret"):
        lines = own_shelf.get(f"/presentation/3/{name}/canvas/1/text", cookie=cookie).get_json()["items"]
        found = own_shelf.get(f"/search/2/{name}/canvas/1", cookie=cookie).get_json()["items"]
        assert len(lines) == len(found)
        assert bool(lines) == (name == "open" or roles == ("reader",))


def test_th_87_88_a_text_that_is_closed_again_ends_closed(own_shelf: Shelf):
    catalogue, url = own_shelf.context.catalogue, "/search/1/secret"
    closed = own_shelf.get(url, "zanzibar")
    catalogue.set_policy("secret", "open")
    opened = own_shelf.get(url, "zanzibar")
    assert opened.get_json()["within"]["total"] == 4
    assert own_shelf.get(f"{url}/autocomplete", "zan").get_json()["terms"]
    catalogue.set_policy("secret", "secret")
    for tag in (opened.headers["ETag"], closed.headers["ETag"], "none"):
        after = own_shelf.get(url, "zanzibar", If_None_Match=tag)
        assert after.data == (b"" if tag == closed.headers["ETag"] else closed.data)
    assert own_shelf.get(f"{url}/autocomplete", "zan").get_json()["terms"] == []
    collection = own_shelf.get(f"/search/1/collections/{COLLECTION}", "zanzibar")
    assert collection.get_json()["within"]["total"] == 0


def test_th_88_a_text_that_is_taken_away_is_found_nowhere(own_shelf: Shelf):
    own_shelf.context.catalogue.set_policy("secret", "open")
    paths = (
        "/search/1/secret",
        f"/search/1/collections/{COLLECTION}",
        f"/search/1/collections/{COLLECTION}/autocomplete",
    )
    assert all(b"zanzibar" in own_shelf.get(path, "zan*" if "auto" not in path else "zan").data for path in paths)
    own_shelf.context.catalogue.remove("secret")
    assert own_shelf.get(paths[0], "zan*").status_code == 404
    assert own_shelf.get(paths[1], "zan*").get_json()["resources"] == []
    assert own_shelf.get(paths[2], "zan").get_json()["terms"] == []


def test_th_90_markup_in_a_text_is_text_in_json(own_shelf: Shelf):
    put(own_shelf.context.home, "markup", "open", [['the <script>alert(1)</script> "quoted" & done']])
    response = own_shelf.get("/search/1/markup", "alert", Accept="text/html")
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>alert(1)</script>" in response.get_json()["resources"][0]["resource"]["chars"]
