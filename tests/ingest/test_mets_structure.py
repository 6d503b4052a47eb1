"""The parts of a book as METS tells them."""

from ingest.mets import read_mets
from ingest.mets_structure import MAX_DEPTH, Section
from tests.ingest.metses import group, logical, mets, page, physical

FILES = group("FULLTEXT", "text/xml", **{f"a{n}": f"p{n}.xml" for n in range(1, 5)})
PAGES = physical(*(page([f"a{n}"], f'ID="P{n}"') for n in range(1, 5)))


def sections(*maps: str) -> list[tuple[str, str, tuple[int, ...], int | None]]:
    found = read_mets(mets(FILES, *maps), "m.xml").sections
    return [(part.label, part.kind, part.pages, part.parent) for part in found]


def div(key: str, kind: str, label: str = "", inner: str = "") -> str:
    said = f'LABEL="{label}"' if label else ""
    return f'<m:div ID="{key}" TYPE="{kind}" {said}>{inner}</m:div>'


def area(file: str) -> str:
    return f'<m:fptr><m:area FILEID="{file}" BETYPE="IDREF" BEGIN="x"/></m:fptr>'


def test_links_tell_the_pages_of_parts():
    inner = div("L1", "chapter", "One") + div("L2", "chapter", "Two", div("L3", "section", "Two and a half"))
    links = "L0 PHYS;L1 P1;L1 P2;L2 P2;L2 P3;L2 P4;L3 P4"
    assert sections(PAGES, logical(div("L0", "monograph", "Book", inner), links)) == [
        ("Book", "monograph", (1, 2, 3, 4), None),
        ("One", "chapter", (1, 2), 0),
        ("Two", "chapter", (2, 3, 4), 0),
        ("Two and a half", "section", (4,), 2),
    ]


def test_files_tell_the_pages_of_articles_whose_blocks_are_no_parts():
    blocks = div("T", "TITLE", "", area("a1")) + div("B", "BODY", "", div("X", "TEXT", "", area("a2")))
    issue = div("I", "ISSUE", "No. 1", div("A", "ARTICLE", "Harbour", blocks) + div("A2", "ARTICLE", "", area("a2")))
    assert sections(PAGES, logical(div("N", "Newspaper", "No.  1", issue))) == [
        ("No. 1", "Newspaper", (1, 2), None),
        ("Harbour", "ARTICLE", (1, 2), 0),
        ("Article", "ARTICLE", (2,), 0),
    ]


def test_a_part_without_label_is_called_by_its_kind():
    kinds = "".join(div(f"L{n}", kind) for n, kind in enumerate(["title_page", "coverFront", "np:Index"], start=1))
    found = sections(PAGES, logical(kinds, "L1 P1;L2 P2;L3 P3"))
    assert [label for label, *_ in found] == ["Title page", "Cover front", "Index"]


def test_a_part_that_covers_nothing_is_left_out_and_unknown_links_are_passed_over():
    inner = div("L1", "chapter", "One") + div("L2", "chapter", "Two")
    assert sections(PAGES, logical(inner, "L1 P9;L2 P1;L8 P1")) == [("Two", "chapter", (1,), None)]


def test_chapters_in_the_map_of_pages_are_parts_where_there_is_no_other_map():
    chapter = div("C", "chapter", "One", page(["a1"], 'LABEL="1"') + page(["a2"]))
    mixed = f'<m:structMap><m:div LABEL="Book">{chapter}{page(["a3"])}</m:div></m:structMap>'
    assert sections(mixed) == [("One", "chapter", (1, 2), None)]
    assert sections(PAGES) == []


def test_parts_in_parts_end_somewhere():
    inner = area("a1")
    for n in range(60):
        inner = div(f"L{n}", "part", f"Level {n}", inner)
    found = sections(PAGES, logical(inner))
    assert len(found) == MAX_DEPTH
    assert {pages for _, _, pages, _ in found} == {(1,)}


def test_sections_are_plain_values():
    assert Section("One", "chapter", (1,)) == Section("One", "chapter", (1,), None)
