import pytest

from lectern.errors import InputError
from search.answer import Cursor, Cut
from search.findings import Subject
from search.searching import Limits, Page, find, hits_of, suggest
from tests.search.books import book, open_book

_PAGES = (
    ["harbour"],
    ["haven haven haven haven"],
    ["harbour and haven"],
    ["nothing here"],
    ["harbour harbour"],
    ["a harbour", "that ends with light"],
    ["house and more light"],
)


@pytest.fixture(scope="module")
def sea(tmp_path_factory):
    return open_book(tmp_path_factory.mktemp("home"), book(*_PAGES))


def _ask(handle, q, begin=None, size=1, **more):
    return find([Subject("book", handle)], q, Page(begin, size, ranked=True), **more)


def _canvases(handle, q, size=1):
    """Return the canvases of an answer by rank, following its pages, and every hit's annotations."""
    begin, canvases, lit = None, [], []
    while True:
        answer = _ask(handle, q, begin, size)
        canvases += list(dict.fromkeys(a.n for a in answer.annotations))
        lit += [
            tuple((answer.annotations[i].n, answer.annotations[i].key) for i in hit.annotations) for hit in answer.hits
        ]
        if answer.following is None:
            return canvases, lit
        begin = answer.following
        assert len(canvases) < 50


def test_canvases_with_more_of_the_query_come_first_then_those_with_more_hits_then_the_first_read(sea):
    assert _canvases(sea, "harbour OR haven")[0] == [3, 2, 5, 1, 6]
    assert _canvases(sea, "harbour")[0] == [5, 1, 3, 6]


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("q", ["harbour OR haven", "h*", '"light house"', 'h* OR light OR "light house"'])
def test_pages_by_rank_hold_every_hit_once_and_split_no_canvas(sea, q, size):
    canvases, lit = _canvases(sea, q, size)
    assert len(canvases) == len(set(canvases))
    read = find([Subject("book", sea)], q, Page(size=1000))
    assert len(lit) == read.total_hits
    assert sorted(lit) == sorted(
        tuple((read.annotations[i].n, read.annotations[i].key) for i in hit.annotations) for hit in read.hits or ()
    )


def test_canvases_that_a_hit_binds_stay_together_in_any_order(sea):
    answer = _ask(sea, '"light house" OR harbour')
    assert {a.n for a in answer.annotations} == {6, 7}
    assert (answer.following, answer.last) == (Cursor("book", 5), Cursor("book", 3))


def test_totals_and_places_are_exact_in_every_order(sea):
    begin, index = None, 0
    while True:
        answer = _ask(sea, "harbour OR haven", begin)
        assert (answer.total_hits, answer.total_annotations, answer.start_index) == (10, 10, index)
        index += len(answer.annotations)
        if (begin := answer.following) is None:
            break
    assert index == 10


def test_a_cursor_on_which_nothing_is_found_is_refused_with_the_remedy(sea):
    with pytest.raises(InputError, match="without `from`"):
        _ask(sea, "harbour", Cursor("book", 4))


def test_without_a_query_the_order_is_that_of_reading(sea):
    answer = _ask(sea, None)
    assert answer.hits is None
    assert [a.n for a in answer.annotations] == [1]


def test_exclusions_are_no_part_that_a_canvas_could_have(sea):
    assert _canvases(sea, "harbour -haven")[0] == [5, 1, 6]


def test_several_objects_are_ordered_together(sea, tmp_path):
    other = open_book(tmp_path, book(["harbour harbour harbour"]))
    answer = find([Subject("a", sea), Subject("b", other)], "harbour", Page(size=1, ranked=True))
    assert {a.object_id for a in answer.annotations} == {"b"}
    assert answer.following == Cursor("a", 5)


def test_words_of_a_pattern_past_the_limit_are_left_out_and_said(sea):
    answer = _ask(sea, "ha*", limits=Limits(pattern_words=1))
    assert answer.truncated == (Cut.PATTERNS,)
    assert {a.text for a in answer.annotations} <= {"harbour"}
    assert _ask(sea, "ha*", limits=Limits(pattern_words=2)).truncated == ()


def test_where_some_pages_may_not_be_known_no_word_is_left_out_for_their_sake(sea):
    few = Limits(pattern_words=1)
    assert len(hits_of(sea, "ha*", lambda page: page == 1, few)) == 4


def test_words_of_the_query_past_the_limit_are_left_out_and_said(tmp_path):
    long = " ".join(["word"] * 250)
    handle = open_book(tmp_path, book([long]))
    assert find([Subject("book", handle)], f'"{long}"', Page()).truncated == (Cut.QUERY,)
    assert find([Subject("book", handle)], f'zeppelin "{long}"', Page()).truncated == (Cut.QUERY,)
    assert find([Subject("book", handle)], long, Page()).truncated == ()


def test_suggestions_past_the_limit_are_left_out_and_said(tmp_path):
    handle = open_book(tmp_path, book([" ".join(f"ab{i:03d}" for i in range(40))]))
    assert suggest([Subject("book", handle)], "ab").truncated == (Cut.TERMS,)
    assert suggest([Subject("book", handle)], "ab001").truncated == ()
