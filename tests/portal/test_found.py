"""Search across the objects of the shelf and in one of them: what is shown, and what is not told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lectern.errors import StoreUnavailable
from search.searching import Tally
from services.portal import content_state, finding
from services.search.service import SearchService
from tests.attack.conftest import (
    BASE,
    COLLECTION,
    OPEN_PAGES,
    SECRET_PAGES,
    SECRET_WORDS,
    Shelf,
    made_home,
    put,
    served,
)
from tests.portal.pages import Page

GROUP = "//li[@class='group']"
HIT = "//ul[@class='snippets']/li/a"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """Serve a portal over two open texts and texts under all policies."""
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    home = made_home(tmp_path / "home")
    put(home, "town", "open", OPEN_PAGES)
    put(home, "port", "open", [*OPEN_PAGES, ["harbour harbour", "harbour harbour harbour"]])
    for policy in ("secret", "boxes", "minimal", "hidden"):
        put(home, policy, policy, SECRET_PAGES)
    with served(home, "portal") as shelf:
        yield shelf


def test_hits_are_grouped_by_object_with_the_word_marked_and_the_most_hits_first(shelf: Shelf):
    page = Page(shelf.get("/", "harbour"))
    assert page.values(f"{GROUP}/@data-object") == ["port", "town"]
    assert page.texts(f"{GROUP}//p[@class='facts']") == ["8 hits · 4 pages", "3 hits · 3 pages"]
    assert page.texts("//p[@class='sum']/strong") == ["11 hits"]
    assert set(page.texts("//mark")) == {"harbour"}
    assert page.texts(f"{GROUP}[1]{HIT}/span[@class='where']") == ["Page 1", "Page 2", "Page 2"]
    assert page.texts(f"{GROUP}[1]{HIT}/span[@class='words']")[0].startswith("the new harbour wall was opened")


def test_every_hit_leads_into_the_viewer_at_its_word(shelf: Shelf):
    link = Page(shelf.get("/", "mayor")).values(f"{GROUP}[@data-object='town']{HIT}/@href")[0]
    given = parse_qs(urlsplit(link).query)
    assert urlsplit(link).path == "/objects/town/read"
    assert given["q"] == ["mayor"]
    state = content_state.read(given[content_state.PARAMETER][0], BASE)
    assert state == content_state.ContentState(
        f"{BASE}/presentation/3/town/manifest", f"{BASE}/presentation/3/town/canvas/1", (180, 30, 50, 20)
    )


def test_all_hits_of_one_object_are_a_link_away(shelf: Shelf):
    page = Page(shelf.get("/", "harbour"))
    (more,) = page.values("//p[@class='more']/a/@href")
    inside = Page(shelf.get(more))
    assert len(inside.elements(HIT)) == 8
    assert inside.texts("//p[@class='sum']/strong") == ["8 hits"]


def test_long_results_are_cut_into_pages_between_canvases(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(finding, "HITS_A_PAGE", 2)
    first_answer = shelf.get("/objects/port/search", "harbour")
    first = Page(first_answer)
    second = Page(shelf.get(first.values("//a[@rel='next']/@href")[0]))
    assert [first.texts(f"{HIT}/span[@class='where']"), second.texts(f"{HIT}/span[@class='where']")] == [
        ["Page 1", "Page 2", "Page 2"],
        ["Page 4"] * 5,
    ]
    assert second.values("//a[@rel='next']") == []
    assert shelf.get(second.values("//a[@rel='prev']/@href")[0]).data == first_answer.data


def test_objects_are_cut_into_pages(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(finding, "OBJECTS_A_PAGE", 1)
    first = Page(shelf.get("/", "harbour"))
    assert first.values(f"{GROUP}/@data-object") == ["port"]
    assert "Page 1 of 2" in first.texts("//nav[@class='pager']")[0]
    second = Page(shelf.get(first.values("//a[@rel='next']/@href")[0]))
    assert second.values(f"{GROUP}/@data-object") == ["town"]
    assert Page(shelf.get("/?page=99", "harbour")).values(f"{GROUP}/@data-object") == ["town"]


def test_a_total_that_was_not_counted_to_the_end_says_at_least_and_the_rest_can_be_asked(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.search.service.COUNTED_CANVASES", 1)
    first = Page(shelf.get("/", "harbour"))
    assert first.texts("//p[@class='sum']/strong") == ["At least 8 hits"]
    rest = Page(shelf.get(first.values("//p[@class='remark']/a/@href")[0]))
    assert rest.values(f"{GROUP}/@data-object") == ["town"]
    assert rest.texts("//p[@class='sum']/strong") == ["3 hits"]


def test_a_collection_is_searched_alone(shelf: Shelf):
    put(shelf.context.home, "apart", "open", OPEN_PAGES)
    catalogue = shelf.context.catalogue
    catalogue.publish(replace(catalogue.get("apart"), collections=()), catalogue.canvases("apart"))
    assert "apart" in Page(shelf.get("/", "mayor")).values(f"{GROUP}/@data-object")
    page = Page(shelf.get(f"/?collection={COLLECTION}", "mayor"))
    assert page.values(f"{GROUP}/@data-object") == ["port", "town"]
    assert page.values("//form//input[@name='collection']/@value") == [COLLECTION]


def test_nothing_found_says_so_with_what_may_help(shelf: Shelf):
    page = Page(shelf.get("/", "zeppelin"))
    assert page.texts("//p[@class='sum']/strong") == ["Nothing found."]
    assert page.elements("//ul[@class='advice']/li")
    assert page.elements(GROUP) == []


@pytest.mark.parametrize("path", ["/", "/objects/town/search"])
def test_a_query_that_cannot_be_read_is_told_with_the_remedy_and_stays_in_the_box(shelf: Shelf, path: str):
    long = "x" * 2000
    answer = shelf.get(path, long)
    assert answer.status_code == 400
    answer.status_code = 200
    page = Page(answer)
    assert "Ask with at most 1000." in page.texts("//section[@role='alert']")[0]
    assert page.values("//form//input[@name='q']/@value") == [long]


def test_odd_queries_are_text(shelf: Shelf):
    for q in ("<script>alert(1)</script>", '" onload="x', "{{ 7 * 7 }}", "((((", '"', "-", "\x00", "*"):
        for path in ("/", "/objects/town/search"):
            page = Page(shelf.get(path, q))
            assert page.elements("//script[not(@src)]") == []
            assert page.elements("//*[@onload]") == []
            assert "49" not in page.texts("//main")[0]


def test_th_78_strangers_are_told_nothing_of_texts_that_are_closed_to_them(shelf: Shelf):
    for word in SECRET_WORDS:
        answer = shelf.get("/", word)
        assert Page(answer).elements(GROUP) == []
        assert Page(answer).texts("//p[@class='sum']/strong") == ["Nothing found."]
    for name in ("secret", "minimal"):
        assert Page(shelf.get(f"/objects/{name}/search", "zanzibar")).elements(HIT) == []


def test_th_82_a_closed_text_answers_like_none(shelf: Shelf):
    put(shelf.context.home, "secret", "secret", [[] for _ in SECRET_PAGES])
    empty = shelf.get("/objects/secret/search", "zanzibar").data
    put(shelf.context.home, "secret", "secret", SECRET_PAGES)
    assert shelf.get("/objects/secret/search", "zanzibar").data == empty


def test_readers_who_are_let_in_find_what_is_there(shelf: Shelf):
    cookie = shelf.sign_in("reader")
    page = Page(shelf.get("/", "zanzibar", cookie=cookie))
    assert sorted(page.values(f"{GROUP}/@data-object")) == ["boxes", "hidden", "minimal", "secret"]


def test_th_85_a_hidden_object_is_unknown_to_the_last_byte(shelf: Shelf):
    hidden, absent = (shelf.get(f"/objects/{name}/search", "wall") for name in ("hidden", "absent"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.data.replace(b"hidden", b"absent") == absent.data
    assert b"/objects/hidden" not in shelf.get("/", "harbour").data


def test_objects_that_tell_places_alone_are_asked_one_by_one_and_show_no_word(shelf: Shelf):
    page = Page(shelf.get("/", "zanzibar"))
    assert page.elements(GROUP) == []
    (link,) = page.values("//section[@class='places']//a/@href")
    inside = shelf.get(link)
    shown = Page(inside)
    assert shown.texts("//p[@class='sum']/strong") == ["4 places"]
    assert shown.texts(f"{HIT}/span[@class='where']") == ["Page 1", "Page 3", "Page 3", "Page 3"]
    assert shown.elements("//mark") == []
    assert b"breakwater" not in inside.data
    assert b"again" not in shown.texts("//ul[@class='snippets']")[0].encode()


def test_the_page_of_an_object_that_tells_places_spends_its_budget_and_the_shelf_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LECTERN_BOXES_QUERIES", "2")
    home = made_home(tmp_path / "home")
    put(home, "boxes", "boxes", SECRET_PAGES)
    with served(home, "portal") as shelf:
        assert [shelf.get("/", "zanzibar").status_code for _ in range(4)] == [200] * 4
        answers = [shelf.get("/objects/boxes/search", "zanzibar") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Retry-After" in answers[2].headers
    assert b"after midnight UTC" in answers[2].data


def test_th_89_another_sites_page_is_no_reader_of_the_reading_room(tmp_path: Path):
    home = made_home(tmp_path / "home")
    home.policies_file.write_text('[policies.room]\npatterns = ["external"]\nnetworks = ["127.0.0.0/8"]\n')
    put(home, "room", "room", SECRET_PAGES)
    with served(home, "portal") as shelf:
        assert Page(shelf.get("/", "zanzibar")).values(f"{GROUP}/@data-object") == ["room"]
        foreign = shelf.get("/", "zanzibar", Origin="https://evil.test")
        assert Page(foreign).elements(GROUP) == []


def test_th_97_a_store_that_is_down_is_told_as_such(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    def down(*_: object) -> Tally:
        raise StoreUnavailable("/secret/path is gone")

    monkeypatch.setattr(SearchService, "tally", down)
    answer = shelf.get("/", "harbour")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert b"/secret/path" not in answer.data


def test_what_was_found_is_made_for_one_reader(shelf: Shelf):
    for path in ("/", "/objects/town/search"):
        answer = shelf.get(path, "harbour")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_blank_query_is_none(shelf: Shelf):
    assert Page(shelf.get("/", "  ")).elements("//ul[@class='books']/li")
    inside = Page(shelf.get("/objects/town/search"))
    assert inside.elements("//form[@role='search']")
    assert inside.elements("//p[@class='sum']") == []


def test_a_cursor_of_another_object_is_refused_with_the_remedy(shelf: Shelf):
    answer = shelf.get("/objects/town/search?from=port:2", "harbour")
    assert answer.status_code == 400
    assert b"Follow the `next`" in answer.data
