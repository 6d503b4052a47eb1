"""Terms found in Whoosh's file are those that Whoosh finds."""

import random
from array import array

import pytest
from whoosh.index import FileIndex
from whoosh.reading import TermNotFound

from search.tokenizing import Kind
from search.whoosh_engine import WhooshIndex, _schema, build_index
from search.whoosh_storage import SliceStorage


@pytest.mark.parametrize("count", [1, 7, 5000])
def test_every_term_is_found_as_whoosh_finds_it_and_no_other(count):
    draw = random.Random(count)
    terms = {"".join(draw.choices("abcdefgé東", k=draw.randrange(1, 8))) for _ in range(count)}
    postings = {
        kind: {term: array("I", sorted(draw.sample(range(10**6), draw.randrange(1, 9)))) for term in terms}
        for kind in (Kind.SURFACE, Kind.LAST)
    }
    expected = {(kind, term): positions for kind, found in postings.items() for term, positions in found.items()}
    section = memoryview(b"".join(build_index(postings)))
    index, reader = WhooshIndex(section), FileIndex(SliceStorage(section), schema=_schema()).reader()
    for term in [*terms, "", "nothing", "\x00", "a" * 10_000]:
        found = {occurrences.kind: occurrences.positions for occurrences in index.spans([term])[term]}
        for kind in Kind:
            assert found.get(kind) == expected.get((kind, term))
            try:
                asked = reader.postings(str(kind), term).value_as("positions")
            except TermNotFound:
                asked = None
            assert found.get(kind) == asked
