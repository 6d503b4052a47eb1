"""`=word`: just these letters as they are printed."""

from pathlib import Path

import pytest

from lectern.words import Join
from search.analysis import DEFAULT
from search.evaluator import BOTH, FIRST_HALF, LAST_HALF
from search.library import PackHandle
from search.query import parse
from search.searching import hits_of
from search.syntax import Exact, tells_little
from tests.search.books import book, open_book


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> PackHandle:
    """Return a book.

    Words by number: 0 Seyn 1 oder 2 nicht, 3 ſeyn? 4 séyn | 5 Gov- 6 ernment 7 der 8 l’Homme | 9 alpha- 10 Numeric
    11 東京 12 OR 13 and | 14 the 15 Sea. 16 the 17 sea
    Tokens: as words up to 5; 6 der, 7 l’Homme, 8 alpha-Numeric, 9 and 10 the two of 東京, 11 OR, 12 and, 13 the ...
    """
    text = book(
        ["Seyn oder nicht, ſeyn? séyn"],
        ["Gov-", "ernment der l’Homme"],
        ["alpha-", "Numeric 東京 OR and"],
        ["the Sea. the sea"],
        joins=[Join(5, 6, "Government", True), Join(9, 10, "alphaNumeric", False)],
    )
    return open_book(Path(tmp_path_factory.mktemp("home")), text)


def _found(handle: PackHandle, query: str) -> list[tuple[int, int]]:
    return [(hit.first, hit.last) for hit in hits_of(handle, query)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("=Seyn", [0]),
        ("=seyn", []),
        ("=ſeyn", [3]),
        ("=(Seyn)", []),  # a bracket makes a group: the sign before it is punctuation
        ("=séyn", [4]),
        ("=nicht", [2]),
        ("=nicht,", [2]),
        ("=Government", [5]),
        ("=government", []),
        ("=Gov", [5]),
        ("=ernment", [5]),
        ("=l'Homme", [7]),
        ("=Homme", [7]),
        ("=homme", []),
        ("=alphaNumeric", [8]),
        ("=alpha-Numeric", [8]),
        ("=alphanumeric", []),
        ("=OR", [11]),
        ("=東", [9]),
        ("=and", [12]),
        ("=seyn*", []),
    ],
)
def test_one_word_as_it_is_printed(old, query, found):
    expected = [(0, 0), (3, 3), (4, 4)] if query == "=(Seyn)" else [(token, token) for token in found]
    assert _found(old, query) == expected


def test_halves_of_a_hyphenated_word_are_lit_alone_as_in_any_search(old):
    hits = [hits_of(old, query)[0] for query in ("=Gov", "=ernment", "=Government")]
    assert [(hit.first_lit, hit.last_lit) for hit in hits] == [
        (FIRST_HALF, FIRST_HALF),
        (LAST_HALF, LAST_HALF),
        (BOTH, BOTH),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('="the Sea"', [(13, 14)]),
        ("=“the Sea”", [(13, 14)]),
        ('="the sea"', [(15, 16)]),
        ('"the sea"', [(13, 14), (15, 16)]),
        ('="東京"', [(9, 10)]),
        ('="Sea the"', [(14, 15)]),
        ('="nicht ſeyn séyn"', [(2, 4)]),
        ('="Government der"', [(5, 6)]),
        ('="Sea the"~3', [(13, 14), (14, 15)]),
        ('="Seyn ſeyn"~2', [(0, 3)]),
        ('="Seyn seyn"~9', []),
    ],
)
def test_some_words_in_a_row_or_near_as_they_are_printed(old, query, found):
    assert _found(old, query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("=Seyn OR =ſeyn", [0, 3]),
        ("(=Seyn OR =seyn) oder", [0, 1]),
        ("der -=Government", []),
        ("der -=government", [6]),
        ('the -(="The Sea" OR =SEA)', [13, 15]),
        ("=Seyn =ſeyn", [0, 3]),
        ("=Seyn seyn", [0, 3, 4]),
        ("der = homme", [6, 7]),
        ("=", []),
    ],
)
def test_exact_words_combine_with_everything(old, query, found):
    assert [hit.first for hit in hits_of(old, query)] == found


def test_a_readers_page_is_never_opened_for_words_that_may_not_be_read(old):
    assert [hit.first for hit in hits_of(old, "=the", lambda page: page == 0)] == []


def test_an_exact_word_is_not_asked_of_those_who_may_know_places_alone():
    assert isinstance(parse("=harbour", DEFAULT), Exact)
    assert not tells_little(parse("=harbour", DEFAULT), 3)


def test_an_equals_sign_inside_a_word_asks_for_nothing_exact():
    assert not isinstance(parse("a=b", DEFAULT), Exact)
