"""From the parts of a source to the ranges of an object."""

from pathlib import Path

from ingest.manifest import read_manifest
from ingest.matching import Leaf
from ingest.mets_structure import Section
from ingest.ranges import canvases_by_page, ranges_of, sections_of
from lectern.catalogue import RangeRow


def leaf(n: int, name: str, page: int = 0) -> Leaf:
    return Leaf(n, name, None, Path(f"{name}.xml"), page)


def test_parts_lie_on_the_canvases_that_their_pages_became():
    pages = [leaf(1, "a"), leaf(2, "b"), leaf(3, "c")]
    parts = [Section("All", "book", (1, 2, 3)), Section("B", "chapter", (2,), 0), Section("C", "chapter", (3,), 0)]
    assert ranges_of(parts, canvases_by_page(pages, [leaf(1, "c"), leaf(2, "a")])) == [
        RangeRow(1, None, "All", "book", (1, 2)),
        RangeRow(2, 1, "C", "chapter", (1,)),
    ]


def test_pages_of_one_file_are_told_apart():
    pages = [leaf(1, "a", 0), leaf(2, "a", 1)]
    assert ranges_of([Section("B", "chapter", (2,))], canvases_by_page(pages, pages)) == [
        RangeRow(1, None, "B", "chapter", (2,))
    ]


def test_without_structure_there_are_no_ranges():
    assert ranges_of([], {1: 1}) == []


def test_the_ranges_of_a_given_manifest_lie_on_the_canvases_that_have_pages():
    canvases = [{"id": f"https://lib.example/c{n}", "type": "Canvas", "width": 10, "height": 10} for n in (1, 2, 3)]
    chapter = {
        "id": "https://lib.example/r2",
        "type": "Range",
        "label": {"en": ["Chapter"]},
        "items": [{"id": "https://lib.example/c3", "type": "Canvas"}],
    }
    book = {"id": "https://lib.example/r1", "type": "Range", "label": {"en": ["Book"]}, "items": [canvases[0], chapter]}
    document = {"id": "https://lib.example/m", "type": "Manifest", "items": canvases, "structures": [book]}
    sections = sections_of(read_manifest(document))
    assert ranges_of(sections, {1: 1, 3: 2}) == [
        RangeRow(1, None, "Book", "", (1, 2)),
        RangeRow(2, 1, "Chapter", "", (2,)),
    ]
    assert ranges_of(sections, {1: 1}) == [RangeRow(1, None, "Book", "", (1,))]
