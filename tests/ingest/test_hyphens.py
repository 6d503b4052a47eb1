"""Which halves belong together."""

import pytest

from ingest.hyphens import find_joins, may_break
from lectern.words import Join, Page
from tests.ingest.files import half, page_of


def test_marked_halves_are_joined_into_what_the_file_says():
    pages = [page_of(["the", half("gov-", 1, "government")], [half("ernment,", 2, "government"), "fell"])]
    assert find_joins(pages) == [Join(1, 2, "government", True)]


@pytest.mark.parametrize(
    ("first", "second", "given", "whole"),
    [
        ("gov-", "ernment.", "government.", "government"),  # outer punctuation stays out
        ("Gou-", "uernement", "GOUUERNEMENT", "GOUUERNEMENT"),  # fits after folding
        ("gov-", "ernment", "something", "government"),  # does not fit: the parts
        ("gov-", "ernmeut", "government", "government"),  # begins with the first part
        ("Zuk-", "ker", "Zucker", "Zukker"),
        ("well-", "known", "well-known", "well-known"),
        ("gov¬", "ernment", None, "government"),
        ("gov⸗", "ernment;", None, "government"),
        ("-", "x", None, "-x"),
    ],
)
def test_the_whole_is_taken_only_if_it_fits_the_parts(first: str, second: str, given: str | None, whole: str):
    (join,) = find_joins([page_of([half(first, 1, given)], [half(second, 2, given)])])
    assert (join.whole, join.marked) == (whole, True)


def test_the_whole_may_be_given_on_the_second_half_only():
    (join,) = find_joins([page_of([half("exam-", 1)], [half("ple", 2, "example")])])
    assert join.whole == "example"


def test_halves_meet_over_lines_columns_pages_and_running_heads():
    first, second = half("gov-", 1, "government"), half("ernment", 2, "government")
    head = [["42"], ["The", "Running", "Head"]]
    assert find_joins([page_of(["a", first]), page_of([second])]) == [Join(1, 2, "government", True)]
    assert find_joins([page_of([first]), page_of(*head, [second, "b"])]) == [Join(0, 5, "government", True)]
    assert find_joins([page_of([first]), Page(), page_of([second])]) == [Join(0, 1, "government", True)]


def test_a_first_half_without_mark_on_the_second_joins_the_next_lines_first_word():
    assert find_joins([page_of([half("ver-", 1)], ["bunden", "und"])]) == [Join(0, 1, "verbunden", True)]


@pytest.mark.parametrize("following", ["1914", ",", "|", "4tes"])
def test_a_first_half_is_not_joined_with_what_is_no_word(following: str):
    assert find_joins([page_of([half("ver-", 1)], [following])]) == []


def test_a_first_half_whose_whole_is_given_joins_only_what_completes_it():
    assert find_joins([page_of([half("cua-", 1, "cuaderno")], ["derno.", "x"])]) == [Join(0, 1, "cuaderno", True)]
    assert find_joins([page_of([half("cua-", 1, "cuaderno")], ["otro", "x"])]) == []


def test_of_two_first_halves_the_first_stays_alone():
    pages = [page_of([half("motin", 1, "motin-tain")], [half("main-", 1, "maintain")], [half("tain", 2, "maintain")])]
    assert find_joins(pages) == [Join(1, 2, "maintain", True)]


def test_a_second_half_alone_stays_a_word():
    assert find_joins([page_of(["a"], [half("ernment", 2, "government")])]) == []


@pytest.mark.parametrize("sign", ["-", "¬", "⸗", "=", "‐", "‑"])
def test_an_unmarked_sign_at_a_lines_end_is_read_both_ways(sign: str):
    assert find_joins([page_of(["ein", f"ver{sign}"], ["bunden,", "und"])]) == [Join(1, 2, "verbunden", False)]


def test_a_capital_may_follow_an_unmarked_sign_but_nothing_in_mid_line():
    assert find_joins([page_of(["Alt-"], ["Wien"])]) == [Join(0, 1, "AltWien", False)]
    assert find_joins([page_of(["ver-", "bunden"])]) == []
    assert find_joins([page_of(["ver-"])]) == []


@pytest.mark.parametrize(
    ("text", "breaks"),
    [("ver-", True), ("«Ver-", True), ("1914-", False), ("a-", False), ("-", False), ("--", False), ("word--", False),
     ("word—-", False), ("word", False), ("A4-", False), ("ab.-", False), ("שלום-", True)],
)  # fmt: skip
def test_what_may_be_an_unmarked_first_half(text: str, breaks: bool):
    assert may_break(text) is breaks


@pytest.mark.parametrize("following", ["1915", "(sic)", "B2"])
def test_an_unmarked_half_needs_a_word_without_digits(following: str):
    assert find_joins([page_of(["ver-"], [following])]) == []


def test_an_unmarked_half_looks_past_a_running_head_but_not_into_another_half():
    head = ["Zweites", "Kapitel"]
    assert find_joins([page_of(["Kö-"]), page_of(head, ["nig", "war"])]) == [Join(0, 3, "König", False)]
    pages = [page_of(["auf-"]), page_of(["12", "Sei-"], ["ten", "lang"])]
    assert find_joins(pages) == [Join(2, 3, "Seiten", False)]


def test_no_word_is_in_two_joins():
    joins = find_joins([page_of(["ein-"], ["und-"], ["zwanzig"])])
    assert joins == [Join(0, 1, "einund", False)]


def test_words_without_hyphens_and_objects_without_words_have_no_joins():
    assert find_joins([page_of(["plain", "words"], ["only"]), Page()]) == []
    assert find_joins([]) == []
