"""`search = "boxes"`: places without words, few questions, and a budget of them (DESIGN section 6)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.services_search.conftest import Desk, MakeDesk

OPERATORS = [
    "harb*",
    "*bour",
    "h?rbour",
    "harbour~",
    "harbour~2",
    '"harbour lights"~5',
    "harbour -dues",
    "wall OR mayor",
]
UNTOLD = {"lights", "dues", "wall", "new", "mayor", "match", "exact", "before", "after", "prefix", "suffix"}


@pytest.mark.parametrize("version", [0, 1, 2])
def test_boxes_are_places_and_totals_without_a_word_of_the_text(desk: Desk, version: int):
    response = desk.get(f"/search/{version}/boxes?q=harbour")
    document, text = response.get_json(), response.get_data(as_text=True)
    found = document["items"] if version == 2 else document["resources"]
    assert len(found) == 3
    assert all(("target" if version == 2 else "on") in one for one in found)
    assert not UNTOLD & set(re.findall(r"\w+", text))
    assert text.count("harbour") == text.count("q=harbour")


@pytest.mark.parametrize(
    "q", ["by", "", '"a"', "mayor by", "by,.- the", "b-y", '"b y"', *OPERATORS, *(f"({q})" for q in OPERATORS)]
)
def test_boxes_answer_no_short_word_no_operator_and_no_list_of_everything(desk: Desk, q: str):
    for version, key in ((1, "resources"), (2, "items")):
        response = desk.client.get(f"/search/{version}/boxes", query_string={"q": q})
        assert (response.status_code, response.get_json()[key]) == (200, [])


def test_boxes_answer_whole_words_of_three_letters_and_phrases(desk: Desk):
    for q, count in (("the", 2), ("mayor", 1), ("the harbour", 2), ('"by the"', 1), ('"opened by the mayor"', 1)):
        assert len(desk.client.get("/search/1/boxes", query_string={"q": q}).get_json()["resources"]) >= count, q


@pytest.mark.parametrize("version", [0, 1, 2])
def test_boxes_suggest_nothing(desk: Desk, version: int):
    document = desk.get(f"/search/{version}/boxes/autocomplete?q=may").get_json()
    assert document["items" if version == 2 else "terms"] == []


def test_a_spent_budget_is_429_with_a_time_and_a_remedy(make_desk: MakeDesk):
    desk = make_desk(boxes_queries="2")
    assert [desk.get("/search/1/boxes?q=mayor").status_code for _ in range(3)] == [200, 200, 429]
    response = desk.get("/search/2/boxes?q=harbour")
    document = response.get_json()
    assert (response.status_code, document["status"], document["items"], document["resources"]) == (429, 429, [], [])
    assert response.headers["Retry-After"] == "43200"  # it is noon
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "after midnight UTC" in document["detail"]
    desk.clock.move(43_200)
    assert desk.get("/search/1/boxes?q=mayor").status_code == 200


def test_a_budget_is_of_one_address_and_one_object(make_desk: MakeDesk):
    desk = make_desk(boxes_queries="1")
    assert [desk.get("/search/1/boxes?q=mayor").status_code for _ in range(2)] == [200, 429]
    assert desk.get("/search/1/boxes?q=mayor", address="192.0.2.8").status_code == 200
    for other in ("open", "free", "secret"):
        assert desk.get(f"/search/1/{other}?q=mayor").status_code == 200


def test_th_53_a_forwarded_address_has_no_budget_unless_a_proxy_is_stated(make_desk: MakeDesk):
    desk = make_desk(boxes_queries="1")
    codes = [desk.get("/search/1/boxes?q=mayor", X_Forwarded_For=f"10.0.0.{n}").status_code for n in range(2)]
    assert codes == [200, 429]


def test_every_way_to_an_answer_is_counted(make_desk: MakeDesk):
    desk = make_desk(boxes_queries="4")
    paths = ("/search/0/boxes?q=mayor", "/search/1/boxes/canvas/1?q=mayor", "/search/2/boxes?q=mayor&from=boxes:2")
    assert [desk.get(path).status_code for path in paths] == [200, 200, 200]
    assert desk.open("HEAD", "/search/1/boxes?q=mayor").status_code == 200
    assert desk.open("HEAD", "/search/1/boxes?q=mayor").status_code == 429


def test_what_asks_nothing_of_the_text_costs_nothing(make_desk: MakeDesk):
    desk = make_desk(boxes_queries="1")
    tag = desk.get("/search/1/boxes?q=mayor").headers["ETag"]
    for path in ("?q=by", "?q=harb*", "?q=mayor&user=ann", "", "/autocomplete?q=may"):
        assert desk.get(f"/search/1/boxes{path}").status_code == 200
    assert desk.open("OPTIONS", "/search/1/boxes?q=mayor").status_code == 204
    assert desk.get("/search/1/boxes?q=mayor", If_None_Match=tag).status_code == 304


def test_a_reader_who_is_let_in_has_the_text_and_no_budget(make_desk: MakeDesk):
    desk = make_desk(boxes_queries="1")
    cookie = desk.sign_in("reader")
    for _ in range(3):
        (hit,) = desk.get("/search/1/boxes?q=mayor", cookie=cookie).get_json()["hits"]
        assert hit["match"] == "mayor"


def test_a_signed_in_reader_without_the_role_pays_like_a_stranger(make_desk: MakeDesk):
    desk = make_desk(boxes_queries="1")
    cookie = desk.sign_in("guest")
    assert [desk.get("/search/1/boxes?q=mayor", cookie=cookie).status_code for _ in range(2)] == [200, 429]


def test_workers_and_threads_share_a_budget(make_desk: MakeDesk):
    desks = [make_desk(boxes_queries="10") for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda n: desks[n % 2].get("/search/1/boxes?q=mayor").status_code, range(24)))
    assert (codes.count(200), codes.count(429)) == (10, 14)


def test_a_budget_that_cannot_be_counted_answers_nothing(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lectern.database_sqlite._BUSY_MILLISECONDS", 50)
    desk = make_desk()
    desk.get("/search/1/boxes?q=mayor")
    with desk.context.state.database.write():  # somebody else has the lock
        response = desk.get("/search/1/boxes?q=mayor")
    assert (response.status_code, response.get_json()["resources"]) == (503, [])
    assert response.headers["Retry-After"]
    assert desk.get("/search/1/boxes?q=mayor").status_code == 200


PAGES = """
[[objects.open.pages]]
pages = "2"
policy = "boxes"

[objects.secret]
policy = "secret"

[[objects.secret.pages]]
pages = "2"
policy = "boxes"
"""


@pytest.fixture
def pages(make_desk: MakeDesk) -> Desk:
    """Return a desk where the second page of an open object and of a closed one tells places alone."""
    desk = make_desk()
    with desk.context.home.policies_file.open("a") as file:
        file.write(PAGES)
    return desk


def _found(desk: Desk, path: str) -> list[str]:
    document = desk.get(path).get_json()
    return [each["on"].rpartition("/")[2].partition("#")[0] for each in document["resources"]]


def test_th_78_pages_under_boxes_are_left_out_where_the_text_of_others_is_told(pages: Desk):
    assert _found(pages, "/search/1/open?q=harbour") == ["1"]
    assert _found(pages, "/search/1/open?q=dues") == []
    assert _found(pages, "/search/1/open?q=harb*") == ["1"]
    counts = pages.get("/search/1/open/autocomplete?q=harb").get_json()["terms"]
    assert [term["count"] for term in counts] == [1]
    assert pages.get("/search/1/open/autocomplete?q=lig").get_json()["terms"] == []


def test_th_78_places_on_pages_under_boxes_are_told_where_no_text_is(pages: Desk):
    for object_id in ("open", "secret"):
        path = f"/search/1/{object_id}/canvas/2"
        assert _found(pages, f"{path}?q=harbour") == ["2", "2"]
        assert "dues" not in pages.get(f"{path}?q=harbour").text
        assert _found(pages, f"{path}?q=harb*") == []
        assert pages.get(f"{path}/autocomplete?q=harb").get_json()["terms"] == []
    assert _found(pages, "/search/1/secret?q=harbour") == ["2", "2"]  # not the one on the first page
    assert _found(pages, "/search/1/secret?q=mayor") == []


def test_pages_under_boxes_cost_what_an_object_under_it_costs(make_desk: MakeDesk):
    desk = make_desk(boxes_queries="2")
    with desk.context.home.policies_file.open("a") as file:
        file.write(PAGES)
    assert [desk.get("/search/1/open/canvas/2?q=dues").status_code for _ in range(3)] == [200, 200, 429]
    assert desk.get("/search/1/open?q=harbour").status_code == 200


def test_a_reader_who_is_let_in_has_the_text_of_such_pages(pages: Desk):
    found = pages.get("/search/1/open?q=dues", cookie=pages.sign_in("reader"))
    assert found.get_json()["within"]["total"] == 1
