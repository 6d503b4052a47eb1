"""Entity tags, 304 and caching headers: what of an answer may be kept, by whom, and how it is told to be the same."""

import re
from itertools import combinations

import pytest

from lectern.catalogue import Catalogue
from lectern.home import Home
from tests.services_search.conftest import Desk, MakeDesk, add_object

STRONG = re.compile(r'"[!#-~]+"')
URLS = [
    *(f"/search/{version}/{scope}?q=harbour" for version in (0, 1, 2) for scope in ("open", "free", "open/canvas/2")),
    *(f"/search/{version}/open/autocomplete?q=harb" for version in (0, 1, 2)),
    "/search/1/open?q=mayor",
    "/search/1/open?q=mayor-gzip",
    "/search/1/open",
    "/search/1/open?q=",
    "/search/1/open?q=harbour&from=open:2",
    "/search/1/open?q=harbour&motivation=painting",
    "/search/1/open?motivation=painting&q=harbour",
    "/search/1/open?q=harbour&page=2",
    "/search/1/open/autocomplete?q=harb&min=2",
    "/search/1/boxes?q=harbour",
    "/search/1/secret?q=harbour",
    "/search/1/secret/autocomplete?q=harb",
]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the objects whose packs were opened, as a list that grows."""
    opened: list[str] = []
    from search.library import Library

    real = Library.open

    def open_noted(self, row, pages=None):
        opened.append(row.id)
        return real(self, row, pages)

    monkeypatch.setattr(Library, "open", open_noted)
    return opened


@pytest.mark.parametrize("url", URLS)
def test_every_answer_has_a_strong_tag_and_is_304_for_it_without_a_search(desk: Desk, searches: list[str], url: str):
    first = desk.get(url)
    tag = first.headers["ETag"]
    assert STRONG.fullmatch(tag)
    assert first.get_json()
    searches.clear()
    second = desk.get(url, If_None_Match=tag)
    assert (second.status_code, second.data, searches) == (304, b"", [])
    for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
        assert second.headers.get(name) == first.headers.get(name)
    assert "Content-Type" not in second.headers
    assert desk.get(url).headers["ETag"] == tag


@pytest.mark.parametrize("match", ['"another"', 'W/"another"', "another", "*x", '""'])
def test_another_tag_is_answered_whole(desk: Desk, match: str):
    assert desk.get("/search/1/open?q=mayor", If_None_Match=match).status_code == 200


def test_a_tag_is_recognised_in_a_list_weakened_and_by_a_star(desk: Desk):
    tag = desk.get("/search/1/open?q=mayor").headers["ETag"]
    for match in (f'"x", {tag}', f"W/{tag}", f'W/"x",W/{tag}', "*"):
        assert desk.get("/search/1/open?q=mayor", If_None_Match=match).status_code == 304


def test_csx_26_head_tells_the_same_as_get_and_knows_304(desk: Desk):
    for url in URLS:
        got, head = desk.get(url), desk.open("HEAD", url)
        assert (head.status_code, head.data) == (200, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Content-Type", "Content-Length"):
            assert head.headers.get(name) == got.headers.get(name)
        assert desk.open("HEAD", url, If_None_Match=got.headers["ETag"]).status_code == 304


def test_no_two_requests_about_a_readable_text_share_a_tag(desk: Desk):
    tags = {url: desk.get(url).headers["ETag"] for url in URLS if "secret" not in url}
    tags |= {f"{url} ld": desk.get(url, Accept="application/ld+json").headers["ETag"] for url in tags if "/1/" in url}
    for (one, tag), (other, another) in combinations(tags.items(), 2):
        assert tag != another, (one, other)


def test_a_tag_follows_the_form_of_the_answer_not_the_accept_header(desk: Desk):
    url = "/search/1/open?q=mayor"
    plain = {desk.get(url, Accept=accept).headers["ETag"] for accept in ("*/*", "application/json", "text/html")}
    assert plain == {desk.get(url).headers["ETag"]}
    linked = desk.get(url, Accept="application/ld+json").headers["ETag"]
    assert {linked}.isdisjoint(plain)
    assert desk.get(url, Accept="application/ld+json", If_None_Match=plain.pop()).status_code == 200
    assert (
        desk.get("/search/2/open?q=mayor").headers["ETag"]
        == desk.get("/search/2/open?q=mayor", Accept="application/ld+json").headers["ETag"]
    )


def test_a_long_request_has_a_short_tag(desk: Desk):
    urls = [f"/search/1/open?q={'harbour+' * 100}{end}" for end in ("x", "y")]
    tags = [desk.get(url).headers["ETag"] for url in urls]
    assert len({*tags}) == 2
    assert all(len(tag) < 120 for tag in tags)


@pytest.mark.parametrize("name", ["boxes", "secret"])
def test_a_tag_is_never_shared_between_verdicts(desk: Desk, name: str):
    url, reader = f"/search/1/{name}?q=mayor", desk.sign_in("reader")
    stranger, let_in = desk.get(url), desk.get(url, cookie=reader)
    assert stranger.headers["ETag"] != let_in.headers["ETag"]
    assert stranger.data != let_in.data
    crossed = desk.get(url, If_None_Match=let_in.headers["ETag"])
    assert (crossed.status_code, crossed.data) == (200, stranger.data)
    assert desk.get(url, cookie=reader, If_None_Match=stranger.headers["ETag"]).data == let_in.data
    assert desk.get(url, cookie=desk.sign_in("guest")).headers["ETag"] == stranger.headers["ETag"]


def test_a_text_published_anew_has_another_tag_even_in_the_same_second(desk: Desk):
    url = "/search/1/open?q=mayor"
    tags = [desk.get(url).headers["ETag"]]
    add_object(desk.context.home, "open", "open")
    tags.append(desk.get(url).headers["ETag"])
    catalogue = desk.context.catalogue
    for _ in range(2):  # under the same pack: what is told of the object changed
        catalogue.publish(catalogue.get("open"), catalogue.canvases("open"))
        tags.append(desk.get(url).headers["ETag"])
    assert len(set(tags)) == 4
    assert desk.get(url, If_None_Match=tags[0]).status_code == 200


def test_th_87_what_a_stranger_holds_does_not_tell_of_changes_in_a_secret_text(desk: Desk):
    url = "/search/1/secret?q=mayor"
    before = desk.get(url)
    add_object(desk.context.home, "secret", "secret")
    after = desk.get(url)
    assert after.headers["ETag"] == before.headers["ETag"]
    assert after.data == before.data


def test_another_object_changes_no_tag(desk: Desk):
    before = desk.get("/search/1/open?q=mayor").headers["ETag"]
    add_object(desk.context.home, "free", "free-text")
    assert desk.get("/search/1/open?q=mayor").headers["ETag"] == before


def test_other_policies_and_another_base_url_change_every_tag(make_desk: MakeDesk):
    desk = make_desk()
    url = "/search/1/open?q=mayor"
    before = desk.get(url).headers["ETag"]
    moved = make_desk(public_url="https://elsewhere.example")
    assert moved.get(url).headers["ETag"] != before
    file = desk.context.home.policies_file
    file.write_text(file.read_text() + '\n[policies.more]\nallow = "everyone"\n')
    assert make_desk().get(url).headers["ETag"] not in (before, moved.get(url).headers["ETag"])


def test_th_74_an_answer_is_kept_for_a_minute_and_never_past_the_day_that_changes_it(desk: Desk):
    assert desk.get("/search/1/open?q=mayor").headers["Cache-Control"] == "public, max-age=60"
    home = desk.context.home
    with home.policies_file.open("a") as file:
        file.write('\n[policies.soon]\npatterns = ["login"]\nfrom = 2026-05-04T12:00:20Z\n')
    add_object(home, "soon", "soon")
    fresh = Desk(desk.context, desk.clock, desk.client)
    del desk.context.policies
    open_still = fresh.get("/search/1/soon?q=mayor")
    assert open_still.headers["Cache-Control"] == "public, max-age=20"
    assert len(open_still.get_json()["resources"]) == 1
    desk.clock.move(20)
    closed = fresh.get("/search/1/soon?q=mayor", If_None_Match=open_still.headers["ETag"])
    assert closed.status_code == 200
    assert closed.get_json()["resources"] == []
    assert closed.headers["Cache-Control"] == "private, no-store"


def test_th_72_a_free_text_is_everybodys_and_a_restricted_one_is_no_caches_business(desk: Desk):
    for name in ("open", "free"):
        response = desk.get(f"/search/1/{name}?q=mayor")
        assert response.headers["Cache-Control"] == "public, max-age=60"
        assert response.headers["Vary"] == "Accept, Accept-Encoding"
        assert "Set-Cookie" not in response.headers
    for name in ("secret", "boxes"):
        for cookie in ("", desk.sign_in("reader")):
            response = desk.get(f"/search/1/{name}?q=mayor", cookie=cookie)
            assert response.headers["Cache-Control"] == "private, no-store"
            assert response.headers["Vary"] == "Cookie, Authorization, Accept"


@pytest.mark.parametrize("name", ["open", "free"])
def test_th_73_a_session_changes_nothing_in_an_open_answer(desk: Desk, name: str):
    url = f"/search/1/{name}?q=mayor"
    stranger, reader = desk.get(url), desk.get(url, cookie=desk.sign_in("reader"))
    assert stranger.data == reader.data
    assert _steady(stranger) == _steady(reader)


def _steady(response) -> dict[str, str]:
    return {name: value for name, value in response.headers if name not in {"Date", "X-Request-Id"}}


def test_th_89_a_bearer_counts_for_nothing_in_a_search(desk: Desk):
    cookie = desk.sign_in("reader")
    for policy, version in (("secret", 1), ("secret", 2)):
        token = desk.context.sessions.issue_token(cookie, policy, version, "https://viewer.example.net")
        assert token is not None
        bearing = desk.get("/search/1/secret?q=mayor", Authorization=f"Bearer {token.value}")
        stranger = desk.get("/search/1/secret?q=mayor")
        assert (bearing.data, _steady(bearing)) == (stranger.data, _steady(stranger))


def test_an_error_has_no_tag_and_is_not_kept(desk: Desk):
    for url in ("/search/1/none?q=x", "/search/1/hidden?q=x", "/search/1/open?q=x&from=other:1"):
        response = desk.get(url, If_None_Match="*")
        assert response.status_code in (400, 404)
        assert "ETag" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"


def test_a_page_elsewhere_may_send_and_read_tags(desk: Desk):
    assert "ETag" in desk.get("/search/1/open?q=x").headers["Access-Control-Expose-Headers"]
    preflight = desk.open("OPTIONS", "/search/1/open?q=x")
    assert "If-None-Match" in preflight.headers["Access-Control-Allow-Headers"]


def test_an_object_removed_is_404_though_its_tag_is_known(desk: Desk, home: Home):
    tag = desk.get("/search/1/open?q=mayor").headers["ETag"]
    catalogue = Catalogue(desk.context.home)
    catalogue.remove("open")
    catalogue.close()
    assert desk.get("/search/1/open?q=mayor", If_None_Match=tag).status_code == 404
