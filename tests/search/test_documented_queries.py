"""What docs/search.md says that a reader can type is found as it says."""

import re

import pytest

from search.library import PackHandle
from search.searching import hits_of
from tests.conftest import ROOT
from tests.search.books import book, open_book

_GUIDE = (ROOT / "docs/search.md").read_text()
_TABLE = _GUIDE.split("## What a reader can type")[1].split("Other operators")[0]
_CODE = re.compile(r"`([^`]+)`")
_ROWS = [row.split("|")[1] for row in _TABLE.splitlines() if row.startswith("| `")]
_QUERIES = [query for row in _ROWS for query in _CODE.findall(row)]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> PackHandle:
    """Return a book of two pages that has something for every example."""
    text = book(
        ["The Harbour lights and the Sea, in a harbour", "with lights: a light, a well-known haven; l'homme."],
        ["The harbour alone; harbours, harbor and", "harbuor. NOT harbour 3 AND haven/harbour."],
    )
    return open_book(tmp_path_factory.mktemp("home"), text)


def test_the_guide_has_examples():
    assert len(_QUERIES) > 12


@pytest.mark.parametrize("query", _QUERIES)
def test_every_example_finds_something(shelf: PackHandle, query: str):
    assert hits_of(shelf, query)


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("harbour AND haven", "harbour and haven"),
        ("NOT harbour", "not harbour"),
        ("harbour + haven", "harbour haven"),
        ("harbour | haven", "harbour haven"),
        ('"harbour* lights?"', '"harbour lights"'),
        ("=harbour*", "=harbour"),
        ("harbour *", "harbour"),
        ("harbour OR", "harbour"),
        ("OR harbour", "harbour"),
        ("harbour OR OR haven", "harbour haven"),
        ("harbour OR -haven", "harbour haven"),
        ('"harbour', "harbour"),
        ("(harbour", "harbour"),
        ("-harbour", "harbour"),
    ],
)
def test_what_is_no_operator_is_read_as_the_guide_says(shelf: PackHandle, query: str, same: str):
    assert hits_of(shelf, query) == hits_of(shelf, same) != []


def test_what_stands_together_is_one_word_and_is_found_where_it_is_printed_so(shelf: PackHandle):
    assert len(hits_of(shelf, "haven/harbour")) == 1
    assert set(hits_of(shelf, "haven/harbour")) <= set(hits_of(shelf, "haven")) & set(hits_of(shelf, "harbour"))
    assert hits_of(shelf, "harbour/haven") == hits_of(shelf, "page:harbour") == []


def test_or_in_small_letters_is_a_word(shelf: PackHandle):
    assert hits_of(shelf, "harbour OR haven") != []
    assert hits_of(shelf, "harbour or haven") == []
    assert hits_of(shelf, "OR") == hits_of(shelf, "or")
