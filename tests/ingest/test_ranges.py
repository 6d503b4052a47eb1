"""From the parts of a source to the ranges of an object."""

from pathlib import Path

from ingest.matching import Leaf
from ingest.mets_structure import Section
from ingest.ranges import ranges_of
from lectern.catalogue import RangeRow


def leaf(n: int, name: str, page: int = 0) -> Leaf:
    return Leaf(n, name, None, Path(f"{name}.xml"), page)


def test_parts_lie_on_the_canvases_that_their_pages_became():
    pages = [leaf(1, "a"), leaf(2, "b"), leaf(3, "c")]
    parts = [Section("All", "book", (1, 2, 3)), Section("B", "chapter", (2,), 0), Section("C", "chapter", (3,), 0)]
    assert ranges_of(parts, pages, [leaf(1, "c"), leaf(2, "a")]) == [
        RangeRow(1, None, "All", "book", (1, 2)),
        RangeRow(2, 1, "C", "chapter", (1,)),
    ]


def test_pages_of_one_file_are_told_apart():
    pages = [leaf(1, "a", 0), leaf(2, "a", 1)]
    assert ranges_of([Section("B", "chapter", (2,))], pages, pages) == [RangeRow(1, None, "B", "chapter", (2,))]


def test_without_structure_there_are_no_ranges():
    assert ranges_of([], [leaf(1, "a")], [leaf(1, "a")]) == []
