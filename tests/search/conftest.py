"""One book for most tests: three pages, a phrase over a line end, a page end, hyphens of both sorts, a compound."""

from pathlib import Path

import pytest

from lectern.words import Join
from search.library import PackHandle
from tests.search.books import book, open_book


@pytest.fixture(scope="session")
def handle(tmp_path_factory: pytest.TempPathFactory) -> PackHandle:
    """Return the book.

    Words by number: 0 The 1 quick 2 brown 3 fox 4 jumps 5 over 6 the 7 lazy 8 dog, | 9 a 10 gov- 11 ernment 12 of
    13 l’homme 14 — 15 well-known 16 fox | 17 alpha- 18 numeric 19 codes 20 foxes 21 The 22 end.
    """
    text = book(
        ["The quick brown", "fox jumps over the lazy dog,"],
        ["a gov-", "ernment of l’homme —", "well-known fox"],
        ["alpha-", "numeric codes", "foxes The end."],
        joins=[Join(10, 11, "government", True), Join(17, 18, "alphanumeric", False)],
    )
    return open_book(Path(tmp_path_factory.mktemp("home")), text)
