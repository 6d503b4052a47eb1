import pytest

from search.evaluator import BOTH, FIRST_HALF, LAST_HALF, Hit
from search.marks import marks_of_hit
from search.searching import hits_of
from tests.search.books import book, open_book


def _hits(handle, text, readable=None):
    return hits_of(handle, text, readable)


def _words(handle, text, readable=None):
    """Return for each hit the (first, last) words of each line it lights."""
    return [[(m.first, m.last) for m in marks_of_hit(h, handle.tokens)] for h in _hits(handle, text, readable)]


def test_a_word_is_found_wherever_it_stands_whatever_its_case(handle):
    assert _words(handle, "THE") == [[(0, 0)], [(6, 6)], [(21, 21)]]


def test_only_whole_words_are_found(handle):
    assert _words(handle, "fox") == [[(3, 3)], [(16, 16)]]
    assert _words(handle, "jump") == []


def test_two_words_must_stand_on_one_page_and_each_occurrence_is_a_hit(handle):
    assert _words(handle, "fox the") == [[(0, 0)], [(3, 3)], [(6, 6)]]
    assert _words(handle, "fox government") == [[(10, 10), (11, 11)], [(16, 16)]]
    assert _words(handle, "quick numeric") == []


def test_a_phrase_runs_over_a_line_end_and_lights_each_line(handle):
    assert _words(handle, '"brown fox jumps"') == [[(2, 2), (3, 4)]]


def test_a_phrase_runs_over_a_page_end(handle):
    assert _words(handle, '"dog a"') == [[(8, 8), (9, 9)]]


def test_a_phrase_runs_over_mere_punctuation(handle):
    assert _words(handle, '"l’homme well-known"') == [[(13, 13), (15, 15)]]


def test_a_phrase_needs_its_words_in_order(handle):
    assert _words(handle, '"fox brown"') == []


def test_a_joined_word_lights_both_halves_and_a_half_lights_itself(handle):
    assert _words(handle, "government") == [[(10, 10), (11, 11)]]
    assert _words(handle, "gov") == [[(10, 10)]]
    assert _words(handle, "ernment") == [[(11, 11)]]


def test_a_phrase_through_a_hyphen_lights_what_its_words_light(handle):
    assert _words(handle, '"a government of"') == [[(9, 10), (11, 12)]]
    assert _words(handle, '"ernment of"') == [[(11, 12)]]
    assert _words(handle, '"a gov"') == [[(9, 10)]]


@pytest.mark.parametrize("text", ["alphanumeric", "alpha-numeric", '"alpha numeric"'])
def test_an_unmarked_hyphen_is_found_joined_printed_and_as_two_words(handle, text):
    assert _words(handle, text) == [[(17, 17), (18, 18)]]


@pytest.mark.parametrize("text", ["homme", "l’homme", "l'homme", '"l homme"', "lhomme"])
def test_a_compound_is_found_whole_by_parts_and_closed(handle, text):
    assert _words(handle, text) == [[(13, 13)]]


def test_a_phrase_may_begin_inside_a_compound(handle):
    assert _words(handle, '"known fox"') == [[(15, 16)]] or _words(handle, '"known fox"') == [[(15, 15), (16, 16)]]


def test_hits_are_distinct_spans_in_reading_order_and_light_together(handle):
    hits = _hits(handle, "gov ernment government")
    assert hits == [Hit(10, 10, BOTH, BOTH)]
    assert _hits(handle, "gov")[0].first_lit == FIRST_HALF
    assert _hits(handle, "ernment")[0].last_lit == LAST_HALF


def test_th_78_a_page_that_may_not_be_read_has_no_hits(handle):
    assert _words(handle, "the", lambda page: page != 0) == [[(21, 21)]]


def test_th_84_a_phrase_over_the_border_of_what_may_be_read_is_no_hit(handle):
    assert _words(handle, '"dog a"', lambda page: page == 0) == []


def test_th_79_an_unreadable_page_does_not_help_an_and(handle):
    assert _words(handle, "fox end", lambda page: page != 2) == []


def test_a_query_of_mere_punctuation_finds_nothing(handle):
    assert _hits(handle, "—") == []


def test_either_of_two_words_is_found(handle):
    assert _words(handle, "quick OR numeric") == [[(1, 1)], [(18, 18)]]


def test_pages_with_an_excluded_word_are_left_out(handle):
    assert _words(handle, "the -quick") == [[(21, 21)]]
    assert _words(handle, 'fox -"lazy dog"') == [[(16, 16)]]
    assert _words(handle, "fox -(jumps OR government)") == []


def test_groups_are_asked_page_by_page(handle):
    assert _words(handle, "(quick OR government) fox") == [[(1, 1)], [(3, 3)], [(10, 10), (11, 11)], [(16, 16)]]


def test_beginnings_and_fitting_words_are_found(handle):
    assert _words(handle, "fox*") == [[(3, 3)], [(16, 16)], [(20, 20)]]
    assert _words(handle, "f?x") == [[(3, 3)], [(16, 16)]]
    assert _words(handle, "*ver") == [[(5, 5)]]
    assert _words(handle, "*o*s") == [[(19, 19)], [(20, 20)]]


def test_patterns_see_joined_words_and_parts_but_no_halves(handle):
    assert _words(handle, "govern*") == [[(10, 10), (11, 11)]]
    assert _words(handle, "ernm*") == []
    assert _words(handle, "hom*") == [[(13, 13)]]


@pytest.mark.parametrize("text", ["quikc~", "qick~", "quiick~", "quack~", "uqikc~2", "qukc~2"])
def test_misspelt_words_are_found_and_a_swap_is_one_edit(handle, text):
    assert _words(handle, text) == [[(1, 1)]]


def test_a_word_too_far_away_is_not_found(handle):
    assert _words(handle, "qukc~") == []
    assert _words(handle, "brwn~ -quick") == []


def test_near_words_are_one_hit_in_any_order(handle):
    assert _words(handle, '"fox quick"~1') == [[(1, 2), (3, 3)]]
    assert _words(handle, '"fox quick"~0') == []
    assert _words(handle, '"dog government"~1') == [[(8, 8), (9, 10), (11, 11)]]


def test_th_78_nothing_unreadable_is_found_by_any_operator(handle):
    def readable(page):
        return page == 1

    for text in ("f*", "quikc~", "quick OR numeric", '"fox quick"~3', "*", "the -fox", "d?g"):
        for hit in _hits(handle, text, readable):
            assert handle.tokens.page_of_token(hit.first) == 1


def test_an_apostrophe_binds_so_that_pieces_of_two_neighbours_are_no_hit(tmp_path):
    handle = open_book(tmp_path, book(["le coup d’armer l’Etat", "un coup d’état"]))
    assert _words(handle, "d'etat") == [[(5, 5)]] or _words(handle, "d'etat") == [[(6, 6)]]
    assert len(_words(handle, '"coup d’etat"')) == 1
