"""Annotations beside the OCR: found each by itself, filtered, written whole and once, in the order of the canvases."""

from pathlib import Path

import pytest

from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.pack import PackFile
from search.answer import Answer
from search.content_search import read_request
from search.findings import Subject
from search.library import PackHandle, whoosh
from search.packing import read_remarks, rebuild_pack
from search.remarks import Remark, Target
from search.searching import Page, find, suggest
from tests.search.books import book, open_book, row

COMMENT = Remark(
    "a1",
    "The harbour wall\nwas drawn by Anna.",
    (Target(1, (10, 20, 30, 40)),),
    ("commenting",),
    "https://notes.example/1",
    ("https://people.example/anna",),
    "2020-05-01T10:00:00Z",
    "en",
)
TAG = Remark("a2", "harbour", (Target(2),), ("tagging",))
FRENCH = Remark(
    "a3", "la muraille du port", (Target(1),), ("translating", "commenting"), created="2021-01-01T00:00:00Z"
)
BY_HAND = Remark("a4", "harbour by hand", (Target(3, (1, 2, 3, 4)), Target(2, None, (1.0, 2.0))), ("supplementing",))
REMARKS = (COMMENT, TAG, FRENCH, BY_HAND)
IN_ORDER = [COMMENT, FRENCH, TAG, BY_HAND]


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> PackHandle:
    text = book(["the new harbour wall"], ["a harbour, drawn by nobody"], ["nothing here"])
    return open_book(Path(tmp_path_factory.mktemp("home")), text, remarks=REMARKS)


def ask(handle: PackHandle, q: str | None, version: int = 1, *, readable=None, beside=True, page=None, **filters: str):
    request = read_request({"q": q or "", **filters}.items(), version, size=100, longest=100)
    return find([Subject("book", handle, readable, beside)], q, page or Page(), filters=request.filters)


def words(handle: PackHandle, prefix: str, *, readable=None, beside=True, **filters: str) -> dict[str, int]:
    request = read_request(filters.items(), 1, size=100, longest=100)
    found = suggest([Subject("book", handle, readable, beside)], prefix, filters=request.filters)
    return {term.term: term.count for term in found.terms}


def texts(answer: Answer) -> list[tuple[int, str]]:
    return [(a.n, a.text) for a in answer.annotations]


def matches(answer: Answer) -> list[str]:
    return [hit.match for hit in answer.hits or ()]


def test_both_are_found_by_canvas_and_the_ocr_comes_first(annotated):
    answer = ask(annotated, "harbour")
    beside = [(2, "harbour"), (2, "harbour by hand")]
    assert texts(answer) == [(1, "harbour"), (1, COMMENT.text), (2, "harbour,"), *beside]
    assert (answer.total_hits, answer.total_annotations) == (5, 5)
    assert [hit.inside for hit in answer.hits] == [False, True, False, True, True]


def test_a_match_tells_its_place_in_the_text_of_its_annotation(annotated):
    answer = ask(annotated, '"wall was"')
    (hit,) = answer.hits
    assert (hit.before, hit.match, hit.after) == ("The harbour ", "wall\nwas", " drawn by Anna.")
    assert f"{hit.before}{hit.match}{hit.after}" == answer.annotations[0].text


def test_an_annotation_with_several_matches_stands_once(annotated):
    answer = ask(annotated, "the OR anna", motivation="commenting")
    assert texts(answer) == [(1, COMMENT.text)]
    assert matches(answer) == ["The", "Anna."]
    assert [hit.annotations for hit in answer.hits] == [(0,), (0,)]
    assert (answer.total_hits, answer.total_annotations) == (2, 1)


def test_an_annotation_is_a_unit_of_its_own(annotated):
    assert texts(ask(annotated, "harbour anna")) == [(1, COMMENT.text)]  # not with the words of the canvas
    assert ask(annotated, "new anna").total_hits == 0
    assert ask(annotated, '"anna harbour"').total_hits == 0  # the last word of one and the first of the next
    assert ask(annotated, '"anna la"~5').total_hits == 0
    assert [n for n, _ in texts(ask(annotated, "harbour -anna"))] == [1, 2, 2, 2]


def test_patterns_are_words_of_annotations_too(annotated):
    assert texts(ask(annotated, "murail*")) == [(1, FRENCH.text)]
    assert texts(ask(annotated, "muraile~")) == [(1, FRENCH.text)]
    assert texts(ask(annotated, "m?raille")) == [(1, FRENCH.text)]


def test_without_a_query_all_annotations_that_pass_are_given(annotated):
    assert texts(ask(annotated, None)) == [
        (1, "the new harbour wall"),
        (1, COMMENT.text),
        (1, FRENCH.text),
        (2, "a harbour, drawn by nobody"),
        (2, "harbour"),
        (2, "harbour by hand"),
        (3, "nothing here"),
    ]
    assert texts(ask(annotated, None, motivation="tagging")) == [(2, "harbour")]
    assert not ask(annotated, None, motivation="tagging").hits


def test_filters_are_applied_to_both(annotated):
    assert matches(ask(annotated, "harbour", motivation="painting")) == ["harbour", "harbour,", "harbour"]
    assert texts(ask(annotated, "harbour", motivation="non-painting")) == [(1, COMMENT.text), (2, "harbour")]
    assert texts(ask(annotated, "harbour", 2, motivation="tagging")) == [(2, "harbour")]
    assert texts(ask(annotated, "harbour", user="https://people.example/anna")) == [(1, COMMENT.text)]
    assert texts(ask(annotated, None, date="2021-01-01T00:00:00Z/2021-01-01T00:00:00Z")) == [(1, FRENCH.text)]


def test_an_annotation_tells_who_made_it_when_and_of_what(annotated):
    (annotation,) = ask(annotated, "anna").annotations
    assert (annotation.key, annotation.box, annotation.language) == ("a1", (10, 20, 30, 40), "en")
    assert annotation.remark.creators == COMMENT.creators
    (annotation,) = ask(annotated, "hand").annotations
    assert annotation.targets == BY_HAND.targets


def test_annotations_on_canvases_that_may_not_be_read_do_not_show(annotated):
    def closed(page: int) -> bool:
        return page != 1

    assert texts(ask(annotated, "harbour", readable=closed)) == [(1, "harbour"), (1, COMMENT.text)]
    assert ask(annotated, "hand", readable=closed).total_hits == 0  # it is about canvas 3, and about a closed one
    assert words(annotated, "har", readable=closed) == {"harbour": 2}


def test_where_only_boxes_may_be_known_annotations_are_not_asked(annotated):
    assert texts(ask(annotated, "harbour", beside=False)) == [(1, "harbour"), (2, "harbour,")]
    assert ask(annotated, "anna", beside=False).total_hits == 0
    assert words(annotated, "anna", beside=False) == {}


def test_suggestions_count_both_and_follow_the_filters(annotated):
    assert words(annotated, "har") == {"harbour": 5}
    assert words(annotated, "har", motivation="painting") == {"harbour": 3}
    assert words(annotated, "har", motivation="tagging commenting") == {"harbour": 2}
    assert words(annotated, "mur", user="https://people.example/anna") == {}


def test_pages_of_an_answer_hold_what_is_on_their_canvases(annotated):
    first = ask(annotated, "harbour", page=Page(size=1))
    assert texts(first) == [(1, "harbour"), (1, COMMENT.text)]
    second = ask(annotated, "harbour", page=Page(first.following, 1))
    assert [n for n, _ in texts(second)] == [2, 2, 2]
    assert (second.start_index, second.total_hits, second.following) == (2, 5, None)


def test_a_pack_is_built_anew_with_its_annotations(tmp_path):
    home = Home(tmp_path)
    open_book(tmp_path, book(["one"]), remarks=REMARKS)
    pack = PackFile(home.pack_file("book", 1))
    assert read_remarks(pack) == IN_ORDER
    rebuild_pack(home, "book", 2, pack, more={})
    assert read_remarks(PackFile(home.pack_file("book", 2))) == IN_ORDER


def test_an_index_of_annotations_under_another_key_is_made_anew(tmp_path):
    handle = open_book(tmp_path, book(["one"]), remarks=REMARKS)
    part = PackFile(Home(tmp_path).pack_file("book", 1)).part("beside")
    assert part is not None
    assert part.trusted_index(Home(tmp_path).key(INDEX_KEY)) is not None
    assert part.trusted_index(b"another") is None
    other = PackHandle(PackFile(Home(tmp_path).pack_file("book", 1)), whoosh(b"another"))
    assert texts(ask(other, "muraille")) == texts(ask(handle, "muraille")) == [(1, FRENCH.text)]


def test_a_pack_without_annotations_has_no_part_for_them(tmp_path):
    handle = open_book(tmp_path, book(["one"]))
    assert handle.beside is None
    assert texts(ask(handle, "one")) == [(1, "one")]
    assert ask(handle, "one", motivation="commenting").total_hits == 0
    assert row().id == "book"


def test_a_match_in_a_script_without_spaces_is_a_part_of_a_word(tmp_path):
    handle = open_book(tmp_path, book(["one"]), remarks=[Remark("a", "東京都庁 です", (Target(1),), ("commenting",))])
    (hit,) = ask(handle, "京都").hits
    assert (hit.before, hit.match, hit.after) == ("東", "京都", "庁 です")


def test_context_is_cut_between_words(tmp_path):
    text = " ".join(f"word{n}" for n in range(100))
    handle = open_book(tmp_path, book(["one"]), remarks=[Remark("a", text, (Target(1),), ("commenting",))])
    (hit,) = ask(handle, "word50").hits
    assert (hit.before.split()[0], hit.after.split()[-1]) == ("word38", "word62")
    assert (hit.before[-7:], hit.after[:7]) == ("word49 ", " word51")
    assert max(len(hit.before), len(hit.after)) <= 90
    assert f"{hit.before}{hit.match}{hit.after}" in text
