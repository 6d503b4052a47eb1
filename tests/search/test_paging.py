from hypothesis import given
from hypothesis import strategies as st

from search.findings import Finding
from search.paging import cuts, page_at


def found(*spans: tuple[int, int]) -> list[Finding]:
    return [Finding("book", first, last, ()) for first, last in spans]


def test_a_short_answer_is_one_page():
    assert cuts(found((0, 0), (1, 1)), 5) == [0]


def test_an_answer_is_cut_between_canvases_only():
    spans = found((0, 0), (0, 0), (0, 0), (1, 1), (1, 1), (2, 2))
    assert cuts(spans, 2) == [0, 3, 5]


def test_canvases_that_a_hit_binds_stay_together():
    assert cuts(found((0, 0), (0, 1), (1, 1), (2, 2)), 2) == [0, 3]


def test_a_cursor_whose_canvas_lost_its_hits_goes_on_with_the_next():
    spans = found((0, 0), (3, 3), (7, 7))
    starts = cuts(spans, 1)
    assert [page_at(starts, spans, ("book", canvas)) for canvas in (0, 1, 3, 4, 9)] == [0, 1, 1, 2, 2]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), min_size=1, max_size=60), st.integers(1, 8))
def test_csx_03_pages_hold_every_hit_once_and_share_no_canvas(pairs, size):
    spans = sorted((first, first + more) for first, more in pairs)
    starts = cuts(found(*spans), size)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    for start in starts[1:]:
        before = {c for first, last in spans[:start] for c in range(first, last + 1)}
        after = {c for first, last in spans[start:] for c in range(first, last + 1)}
        assert before.isdisjoint(after)


def test_answers_of_several_objects_are_cut_between_them_too():
    findings = [Finding(name, page, page, ()) for name in ("a", "b") for page in (0, 1)]
    assert cuts(findings, 1) == [0, 1, 2, 3]
    assert page_at([0, 1, 2, 3], findings, ("a", 5)) == 2
