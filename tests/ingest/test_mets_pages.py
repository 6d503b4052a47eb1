"""Which files are which page of a METS file."""

from pathlib import Path

import pytest

from ingest.mets import read_mets
from ingest.mets_pages import LocalFiles, MetsPlacing, note_unused_pages, place_by_mets
from ingest.sniff import Kind
from tests.ingest.metses import group, logical, mets, page, physical, two_pages

ROOT = Path("/books/issue")


def place(data: bytes, images: str, ocr: str, here: str = "", **more: dict[Path, object]) -> MetsPlacing:
    pictures = [ROOT / name for name in images.split()]
    texts = dict.fromkeys((ROOT / name for name in ocr.split()), Kind.ALTO)
    return place_by_mets(read_mets(data, "m.xml"), LocalFiles(ROOT, ROOT / here, pictures, texts, **more))  # type: ignore[arg-type]


def rows(found: MetsPlacing) -> list[tuple[int, str | None, str | None]]:
    def told(path: Path | None) -> str | None:
        return None if path is None else path.relative_to(ROOT).as_posix()

    return [(leaf.n, told(leaf.image), told(leaf.ocr)) for leaf in found.leaves]


def traps(found: MetsPlacing) -> list[str]:
    return [entry.trap for entry in found.notes]


def test_picture_and_ocr_of_one_name_are_told_apart_by_what_they_are():
    found = place(two_pages(), "max/p1.tif max/p2.tif", "alto/p1.xml alto/p2.xml")
    assert rows(found) == [(1, "max/p2.tif", "alto/p2.xml"), (2, "max/p1.tif", "alto/p1.xml")]
    assert (found.labels, traps(found)) == (("Title", "ii"), ["mets-order"])


def test_files_are_known_by_base_name_wherever_mets_says_they_lie():
    found = place(two_pages(), "p1.jpg p2.jpg", "ocr/p1.alto.xml ocr/p2.alto.xml")
    assert rows(found) == [(1, "p2.jpg", "ocr/p2.alto.xml"), (2, "p1.jpg", "ocr/p1.alto.xml")]


def test_of_files_of_one_name_the_one_whose_path_agrees_is_taken():
    groups = group("OCR", "text/xml", a="http://h/1/ocr.xml", b="http://h/2/ocr.xml", c="sub/../3/ocr.xml")
    data = mets(groups, physical(page(["b"]), page(["a"]), page(["c"])))
    assert rows(place(data, "", "1/ocr.xml 2/ocr.xml 3/ocr.xml")) == [
        (1, None, "2/ocr.xml"),
        (2, None, "1/ocr.xml"),
        (3, None, "3/ocr.xml"),
    ]


def test_of_files_of_one_name_that_is_written_in_another_way_the_path_decides_too():
    groups = group("OCR", "text/xml", a="ba\u0308/\u00e4.xml", b="bo\u0308/\u00e4.xml")
    data = mets(groups, physical(page(["b"]), page(["a"])))
    one, other = "b\u00e4/a\u0308.xml", "b\u00f6/a\u0308.xml"
    assert rows(place(data, "", f"{one} {other}")) == [(1, None, other), (2, None, one)]


def test_a_file_of_one_page_is_not_two_pages():
    groups = group("OCR", "text/xml", a="http://h/1/full.xml", b="http://h/2/full.xml")
    found = place(mets(groups, physical(page(["a"]), page(["b"]))), "", "full.xml")
    assert rows(found) == [(1, None, "full.xml")]
    assert traps(found) == ["mets-order", "mets-page-missing"]


def test_the_use_of_a_group_is_the_order_of_trial():
    groups = group("THUMBS", "image/jpeg", t="t/p1.jpg") + group("DEFAULT", "image/jpeg", d="d/p1.jpg")
    groups += group("OCR-D-SEG", "text/xml", s="seg/p1.xml") + group("OCR-D-OCR", "text/xml", o="ocr/p1.xml")
    data = mets(groups, physical(page(["t", "d", "s", "o"])))
    found = place(data, "t/p1.jpg d/p1.jpg", "seg/p1.xml ocr/p1.xml")
    assert rows(found) == [(1, "d/p1.jpg", "ocr/p1.xml")]
    assert (traps(found), found.notes[-1].level) == (["mets-order", "mets-other-files"], "info")
    assert rows(place(data, "t/p1.jpg", "seg/p1.xml")) == [(1, "t/p1.jpg", "seg/p1.xml")]


def test_a_file_that_cannot_be_read_is_taken_only_where_there_is_no_other():
    groups = group("OCR-GT", "text/xml", a="gt/p1.xml") + group("OCR", "text/xml", b="ocr/p1.xml")
    found = read_mets(mets(groups, physical(page(["a", "b"]))), "m.xml")
    files = {ROOT / "gt/p1.xml": Kind.BROKEN, ROOT / "ocr/p1.xml": Kind.ALTO}
    assert rows(place_by_mets(found, LocalFiles(ROOT, ROOT, [], files))) == [(1, None, "ocr/p1.xml")]


def test_pages_without_a_file_are_warnings_and_do_not_count():
    inner = '<m:div ID="L1" TYPE="chapter" LABEL="One"/>'
    groups = group("OCR", "text/xml", a="a.xml", b="b.xml", c="c.xml")
    pages = physical(page(["a"], 'ID="P1"'), page(["b"], 'ID="P2"'), page(["c"], 'ID="P3"'))
    found = place(mets(groups, pages, logical(inner, "L1 P2;L1 P3")), "", "a.xml c.xml")
    assert [leaf.n for leaf in found.leaves] == [1, 2]
    assert [(entry.trap, entry.page) for entry in found.notes[1:]] == [("mets-page-missing", "b")]
    assert [section.pages for section in found.sections] == [(2,)]


def test_no_page_at_all_with_a_file_means_no_leaves():
    found = place(two_pages(), "x1.jpg", "")
    assert (found.leaves, traps(found)) == ((), ["mets-page-missing", "mets-page-missing"])


def test_files_that_mets_does_not_name_come_last_with_a_warning():
    found = place(two_pages(), "p1.jpg p2.jpg p3.jpg", "p3.xml p1.xml p2.xml")
    assert rows(found)[2:] == [(3, "p3.jpg", "p3.xml")]
    assert traps(found) == ["mets-order", "not-in-mets"]


def test_a_page_that_lacks_its_picture_or_its_ocr_is_reported():
    assert traps(place(two_pages(), "p1.jpg", "p2.xml")) == ["mets-order", "no-picture", "no-ocr"]


def test_one_file_for_all_pages_is_used_page_by_page():
    book, scan = ROOT / "book.hocr", ROOT / "scan.tif"
    groups = group("OCR", "text/html", o1="book.hocr", o2="book.hocr", i1="scan.tif", i2="scan.tif")
    data = mets(groups, physical(page(["o1", "i1"]), page(["o2", "i2"])))
    found = place(data, "scan.tif", "book.hocr", counts={book: 2}, picture_pages={scan: (0, 2)})
    assert [(leaf.page, leaf.image_page) for leaf in found.leaves] == [(0, 0), (1, 2)]


def test_a_pdf_is_the_same_page_as_picture_and_as_text():
    book = ROOT / "book.pdf"
    data = mets(group("PDF", "application/pdf", a="book.pdf", b="book.pdf"), physical(page(["a"]), page(["b"])))
    files = LocalFiles(ROOT, ROOT, [book], {book: Kind.PDF}, {book: 2}, {book: (0, 1)})
    found = place_by_mets(read_mets(data, "m.xml"), files)
    assert [(leaf.page, leaf.image_page) for leaf in found.leaves] == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("href", "told"),
    [("../../etc/p1.xml", True), ("file://./../p1.xml", True), ("../alto/p1.xml", False), ("/etc/p1.xml", False)],
)
def test_an_address_that_climbs_out_of_the_folder_is_only_a_name(href: str, told: bool):
    data = mets(group("OCR", "text/xml", a=href), physical(page(["a"])))
    found = place(data, "", "alto/p1.xml", here="mets")
    if href == "file://./../p1.xml":
        found = place(data, "", "alto/p1.xml")
    assert rows(found) == [(1, None, "alto/p1.xml")]
    assert ("mets-outside" in traps(found)) is told


def test_pages_of_a_file_that_mets_does_not_ask_for_are_reported():
    book = ROOT / "book.hocr"
    found = place(mets(group("OCR", "text/html", a="book.hocr"), physical(page(["a"]))), "", "book.hocr")
    notes = note_unused_pages(found.leaves, {book: 3})
    assert [(note.level, note.trap, note.message) for note in notes] == [
        ("warning", "more-pages", "book.hocr has 3 pages; METS names it for 1.")
    ]
    assert note_unused_pages(found.leaves, {book: 1}) == []


def test_more_parts_than_any_book_has_are_cut_with_a_warning(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.mets_pages.MAX_SECTIONS", 1)
    inner = '<m:div ID="L1" TYPE="chapter" LABEL="One"/><m:div ID="L2" TYPE="chapter" LABEL="Two"/>'
    pages = physical(page(["a"], 'ID="P1"'))
    found = place(mets(group("OCR", "text/xml", a="a.xml"), pages, logical(inner, "L1 P1;L2 P1")), "", "a.xml")
    assert (len(found.sections), traps(found)) == (1, ["mets-order", "too-many-parts"])
