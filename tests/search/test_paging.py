from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from search.paging import cuts, place_of
from search.spans import Run


def found(*spans: tuple[int, int]) -> list[Run]:
    return [Run("book", first, last, 1) for first, last in spans]


def test_nothing_is_no_page():
    assert cuts([], 5) == []


def test_a_short_answer_is_one_page():
    assert cuts(found((0, 0), (1, 1)), 5) == [0]


def test_an_answer_is_cut_between_canvases_only():
    assert cuts([Run("book", 0, 0, 3), Run("book", 1, 1, 2), Run("book", 2, 2, 1)], 2) == [0, 1, 2]


def test_canvases_that_a_hit_binds_stay_together():
    assert cuts(found((0, 1), (1, 1), (2, 2)), 1) == [0, 2]


def test_a_cursor_whose_canvas_lost_its_hits_goes_on_with_the_next():
    runs = found((0, 0), (3, 3), (7, 7))
    assert [place_of(runs, "book", canvas) for canvas in (0, 1, 3, 4, 9)] == [0, 1, 1, 2, 3]


@given(st.dictionaries(st.integers(0, 30), st.tuples(st.integers(0, 2), st.integers(1, 4))), st.integers(1, 8))
def test_csx_03_pages_hold_every_hit_once_and_share_no_canvas(pages, size):
    runs = [Run("book", page, page + more, count) for page, (more, count) in sorted(pages.items())]
    starts = cuts(runs, size)
    assert starts == sorted(set(starts))
    assert starts[:1] == ([0] if runs else [])
    for start in starts[1:]:
        before = {canvas for run in runs[:start] for canvas in range(run.page, run.last_page + 1)}
        after = {canvas for run in runs[start:] for canvas in range(run.page, run.last_page + 1)}
        assert before.isdisjoint(after)
    for start, end in pairwise(starts):
        assert sum(run.findings for run in runs[start:end]) >= size


@given(st.lists(st.integers(1, 4), min_size=1, max_size=40), st.integers(1, 8))
def test_pages_from_a_cursor_are_the_pages_from_the_beginning(counts, size):
    runs = [Run("book", page, page, count) for page, count in enumerate(counts)]
    starts = cuts(runs, size)
    for i, start in enumerate(starts):
        assert [start + cut for cut in cuts(runs[start:], size)] == starts[i:]


def test_answers_of_several_objects_are_cut_between_them_too():
    runs = [Run(name, page, page + 1, 1) for name in ("a", "b") for page in (0, 2)]
    assert cuts(runs, 1) == [0, 1, 2, 3]
    assert place_of(runs, "a", 5) == 2
    assert place_of(runs, "b", 0) == 2
