"""What an object can be made from besides files of the same names: METS, PDF, TIFF of many pages; originals."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from image.engine import vips
from image.stored import open_pyramid
from ingest.digests import digest_of
from ingest.keeping import GRACE_SECONDS, keep_originals, original_path, pyramid_path, remove_files, sweep
from ingest.manifest import ForeignCanvas, ForeignManifest, Link
from ingest.pipeline import IngestResult, Wishes, ingest_object
from ingest.reindexing import reindex_object
from ingest.survey import survey
from ingest.traps import NoPages
from lectern.catalogue import Catalogue
from lectern.errors import InputError, StoreUnavailable
from lectern.home import Home
from lectern.pack import PackFile
from search.packing import read_text
from tests.ingest.files import alto, string, text_lines, write_picture
from tests.ingest.metses import NAMES, group, logical, mets, page, physical
from tests.ingest.pdfs import line, locked_pdf, pdf


def words_of(home: Home, result: IngestResult) -> list[list[str]]:
    pack = PackFile(home.pack_file(result.row.id, result.row.generation))
    return [[word.text for word in page.words()] for page in read_text(pack).pages]


def traps(result: IngestResult) -> list[tuple[str, str]]:
    return [(entry.level, entry.trap) for entry in result.entries]


def sizes(home: Home, result: IngestResult) -> list[tuple[int, int]]:
    return [(r.width, r.height) for c in result.canvases if c.image for r in [open_pyramid(home.images / c.image)]]


def tiff(path: Path, *greys: int) -> None:
    """Write a TIFF of pages of one grey each, 80 by 60."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = [(vips().Image.black(80, 60) + grey).cast("uchar") for grey in greys]
    joined: Any = sheets[0]
    for sheet in sheets[1:]:
        joined = joined.join(sheet, "vertical")
    joined.copy(interpretation="b-w").tiffsave(str(path), page_height=60)


@pytest.fixture
def issue(tmp_path: Path) -> Path:
    """Return a folder of three pages in another order than their names', with METS."""
    folder = tmp_path / "issue"
    (folder / "alto").mkdir(parents=True)
    for n, word in enumerate(["alpha", "beta", "gamma"], start=1):
        write_picture(folder / "max" / f"p{n}.png", 500, 700)
        (folder / "alto" / f"p{n}.xml").write_bytes(alto(text_lines(string(word))))
    groups = group("MAX", "image/png", **{f"i{n}": f"http://h/max/p{n}.png" for n in (1, 2, 3)})
    groups += group("FULLTEXT", "text/xml", **{f"a{n}": f"file://./alto/p{n}.xml" for n in (1, 2, 3)})
    pages = physical(*(page([f"i{n}", f"a{n}"], f'ORDER="{4 - n}" ORDERLABEL="p. {n}" ID="P{n}"') for n in (1, 2, 3)))
    inner = (
        '<m:div ID="L" TYPE="issue" LABEL="Issue"><m:div ID="L1" TYPE="article" LABEL="Front"/>'
        '<m:div ID="L2" TYPE="article" LABEL="Back"/></m:div>'
    )
    parts = logical(inner, "L PHYS;L1 P3;L1 P2;L2 P1")
    (folder / "mets.xml").write_bytes(mets(groups, pages, parts, label="The Issue"))
    return folder


@pytest.mark.parametrize("named", [False, True])
def test_mets_gives_order_labels_and_ranges(home: Home, catalogue: Catalogue, issue: Path, named: bool):
    result = ingest_object(home, catalogue, issue / "mets.xml" if named else issue, Wishes())
    assert words_of(home, result) == [["gamma"], ["beta"], ["alpha"]]
    assert [canvas.label for canvas in catalogue.canvases("issue")] == ["p. 3", "p. 2", "p. 1"]
    assert result.row.label == "The Issue"
    assert [(r.r, r.parent, r.label, r.kind, r.canvases) for r in catalogue.ranges("issue")] == [
        (1, None, "Issue", "issue", (1, 2, 3)),
        (2, 1, "Front", "article", (1, 2)),
        (3, 1, "Back", "article", (3,)),
    ]
    assert traps(result) == [("info", "mets-order")]


def test_what_object_json_says_goes_before_mets(home: Home, catalogue: Catalogue, issue: Path):
    (issue / "object.json").write_text('{"label": "Mine", "pages": [{}, {"label": "second"}]}')
    result = ingest_object(home, catalogue, issue, Wishes())
    assert result.row.label == "Mine"
    assert [canvas.label for canvas in result.canvases] == ["p. 3", "second", "p. 1"]


def test_ranges_follow_the_pages_that_are_there(home: Home, catalogue: Catalogue, issue: Path):
    (issue / "alto" / "p3.xml").unlink()
    (issue / "max" / "p3.png").unlink()
    result = ingest_object(home, catalogue, issue, Wishes())
    assert (result.row.pages, result.failures) == (2, 0)
    assert ("warning", "mets-page-missing") in traps(result)
    assert [r.canvases for r in catalogue.ranges("issue")] == [(1, 2), (1,), (2,)]


def test_ranges_follow_the_canvases_of_a_given_manifest(home: Home, catalogue: Catalogue, issue: Path):
    links = [
        ForeignCanvas(f"https://h/c{n}", "", 500, 700, (Link("seeAlso", f"https://h/p{n}.xml"),)) for n in (1, 2, 3)
    ]
    result = ingest_object(
        home, catalogue, issue, Wishes(manifest=ForeignManifest("https://h/m", 3, canvases=tuple(links)))
    )
    assert words_of(home, result) == [["alpha"], ["beta"], ["gamma"]]
    assert [r.canvases for r in catalogue.ranges("issue")] == [(1, 2, 3), (2, 3), (1,)]


def test_ranges_are_kept_by_a_reindex_and_go_with_the_object(home: Home, catalogue: Catalogue, issue: Path):
    ingest_object(home, catalogue, issue, Wishes())
    before = catalogue.ranges("issue")
    reindex_object(home, catalogue, "issue")
    assert catalogue.ranges("issue") == before
    catalogue.remove("issue")
    assert catalogue.ranges("issue") == []


def test_a_broken_page_of_mets_fails_alone(home: Home, catalogue: Catalogue, issue: Path):
    (issue / "alto" / "p2.xml").write_bytes(b"<alto>")
    result = ingest_object(home, catalogue, issue, Wishes())
    assert (result.failures, result.row.pages) == (1, 3)
    assert words_of(home, result) == [["gamma"], [], ["alpha"]]


def test_mets_none_of_whose_files_is_here_leaves_matching_to_names(home: Home, catalogue: Catalogue, issue: Path):
    for n in (1, 2, 3):
        (issue / "alto" / f"p{n}.xml").rename(issue / "alto" / f"x{n}.xml")
        (issue / "max" / f"p{n}.png").rename(issue / "max" / f"x{n}.png")
    result = ingest_object(home, catalogue, issue, Wishes())
    assert words_of(home, result) == [["alpha"], ["beta"], ["gamma"]]
    assert [trap for _, trap in traps(result)].count("mets-page-missing") == 3


def test_an_anchor_beside_a_volume_is_no_fault_and_alone_says_what_it_is(
    home: Home, catalogue: Catalogue, issue: Path, tmp_path: Path
):
    anchor = f'<m:mets {NAMES}><m:structMap TYPE="LOGICAL"><m:div><m:mptr xlink:href="http://h/v1.xml"/></m:div>'
    anchor += "</m:structMap></m:mets>"
    (issue / "anchor.xml").write_text(anchor)
    result = ingest_object(home, catalogue, issue, Wishes())
    assert (result.failures, result.warnings, result.row.pages) == (0, 0, 3)
    assert ("info", "mets-pointer") in traps(result)
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "anchor.xml").write_text(anchor)
    with pytest.raises(NoPages, match="only of 1 other METS files") as caught:
        survey(tmp_path / "alone" / "anchor.xml")
    assert caught.value.exit_code == 0


def test_of_two_mets_files_with_pages_neither_counts(home: Home, catalogue: Catalogue, issue: Path):
    (issue / "second.xml").write_bytes((issue / "mets.xml").read_bytes())
    result = ingest_object(home, catalogue, issue, Wishes())
    assert traps(result) == [("warning", "several-mets")]
    assert words_of(home, result) == [["alpha"], ["beta"], ["gamma"]]


def test_a_pdf_alone_gives_pictures_and_words(home: Home, catalogue: Catalogue, tmp_path: Path):
    (tmp_path / "book.pdf").write_bytes(pdf(line("one") + line("exam-", y=600) + line("ple", y=570), line("two")))
    result = ingest_object(home, catalogue, tmp_path / "book.pdf", Wishes())
    assert words_of(home, result) == [["one", "exam-", "ple"], ["two"]]
    assert sizes(home, result) == [(2500, 3333), (2500, 3333)] or sizes(home, result) == [(2500, 3334)] * 2
    assert [(c.scale_by, c.words) for c in result.canvases] == [("image", 3), ("image", 1)]
    assert traps(result) == []
    assert len({canvas.image for canvas in result.canvases}) == 2
    assert [canvas.label for canvas in result.canvases] == ["1", "2"]


def test_word_boxes_of_a_pdf_lie_on_the_ink_of_its_picture(home: Home, catalogue: Catalogue, tmp_path: Path):
    (tmp_path / "book.pdf").write_bytes(pdf(line("HHH", x=72, y=700), extra="/CropBox [40 100 500 760] /Rotate 270"))
    result = ingest_object(home, catalogue, tmp_path / "book.pdf", Wishes())
    pack = PackFile(home.pack_file(result.row.id, result.row.generation))
    (word,) = read_text(pack).pages[0].words()
    picture = vips().Image.tiffload(str(home.images / str(result.canvases[0].image))).colourspace("b-w")
    left, top, width, height = picture.find_trim(threshold=100, background=255)
    assert word.box is not None
    assert word.box == pytest.approx((left, top, width, height), abs=4)


def test_a_pdf_without_text_gives_pictures_and_says_how_to_get_words(home: Home, catalogue: Catalogue, tmp_path: Path):
    (tmp_path / "book.pdf").write_bytes(pdf("", ""))
    result = ingest_object(home, catalogue, tmp_path / "book.pdf", Wishes())
    assert (result.row.pages, result.row.words, traps(result)) == (2, 0, [("warning", "no-text-layer")])
    assert "OCRmyPDF" in result.entries[0].message


def test_beside_alto_a_pdf_gives_pictures_only(home: Home, catalogue: Catalogue, tmp_path: Path):
    book = tmp_path / "book"
    book.mkdir()
    (book / "scan.pdf").write_bytes(pdf(line("wrong"), line("words")))
    for n in (1, 2):
        (book / f"p{n}.xml").write_bytes(alto(text_lines(string(f"right{n}"))))
    result = ingest_object(home, catalogue, book, Wishes())
    assert words_of(home, result) == [["right1"], ["right2"]]
    assert all(canvas.image for canvas in result.canvases)


def test_beside_pictures_a_pdf_gives_words_only_and_beside_both_nothing(
    home: Home, catalogue: Catalogue, tmp_path: Path
):
    book = tmp_path / "book"
    write_picture(book / "p1.png", 500, 700)
    (book / "scan.pdf").write_bytes(pdf(line("from the pdf")))
    result = ingest_object(home, catalogue, book, Wishes())
    assert (words_of(home, result), sizes(home, result)) == ([["from", "the", "pdf"]], [(500, 700)])
    (book / "p1.xml").write_bytes(alto(text_lines(string("alto"))))
    result = ingest_object(home, catalogue, book, Wishes())
    assert (words_of(home, result), traps(result)) == ([["alto"]], [("info", "pdf-not-used")])


def test_a_locked_pdf_is_refused_by_name_and_beside_others_fails_alone(
    home: Home, catalogue: Catalogue, tmp_path: Path
):
    (tmp_path / "locked.pdf").write_bytes(locked_pdf())
    with pytest.raises(InputError, match=r"locked\.pdf is locked by a password"):
        ingest_object(home, catalogue, tmp_path / "locked.pdf", Wishes())
    book = tmp_path / "book"
    write_picture(book / "p1.png")
    (book / "locked.pdf").write_bytes(locked_pdf())
    result = ingest_object(home, catalogue, book, Wishes())
    assert (result.row.pages, traps(result)) == (1, [("failure", "pdf-encrypted")])


def test_every_page_of_a_tiff_is_a_page(home: Home, catalogue: Catalogue, tmp_path: Path):
    book = tmp_path / "book"
    tiff(book / "scan.tif", 20, 120, 220)
    for n in (1, 2, 3):
        (book / f"{n}.xml").write_bytes(alto(text_lines(string(f"word{n}")), page='WIDTH="800" HEIGHT="600"'))
    result = ingest_object(home, catalogue, book, Wishes())
    assert words_of(home, result) == [["word1"], ["word2"], ["word3"]]
    assert sizes(home, result) == [(80, 60)] * 3
    greys = [vips().Image.tiffload(str(home.images / str(c.image))).avg() for c in result.canvases]
    assert greys == pytest.approx([20, 120, 220], abs=2)
    assert traps(result) == []


def test_a_pyramid_as_a_picture_is_one_page(home: Home, catalogue: Catalogue, tmp_path: Path):
    (vips().Image.black(700, 900) + 99).cast("uchar").tiffsave(str(tmp_path / "p.tif"), tile=True, pyramid=True)
    result = ingest_object(home, catalogue, tmp_path / "p.tif", Wishes())
    assert sizes(home, result) == [(700, 900)]


def test_pyramids_of_one_page_keep_their_names_and_others_get_their_own(home: Home, tmp_path: Path):
    write_picture(tmp_path / "a.png")
    first, third = (pyramid_path(home, "b", tmp_path / "a.png", "0", n) for n in (0, 2))
    assert first == pyramid_path(home, "b", tmp_path / "a.png", "0")
    assert third.name == f"{first.stem}-2.tif"


@pytest.mark.parametrize("keep", [False, True])
def test_originals_are_kept_if_asked_for(home: Home, catalogue: Catalogue, tmp_path: Path, keep: bool):
    tiff(tmp_path / "book" / "scan.tif", 20, 120)
    write_picture(tmp_path / "book" / "zz.png")
    result = ingest_object(home, catalogue, tmp_path / "book", Wishes(keep_originals=keep))
    kept = sorted(path.read_bytes() for path in (home.image_folder("book") / "originals").glob("*"))
    sources = [(tmp_path / "book" / name).read_bytes() for name in ("scan.tif", "zz.png")]
    assert (result.row.pages, kept) == (3, sorted(sources) if keep else [])


def digests(*paths: Path) -> dict[Path, str]:
    return {path: digest_of(path) for path in paths}


def test_originals_are_linked_where_the_disk_allows_it_else_copied(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_picture(tmp_path / "a.png")
    write_picture(tmp_path / "b.png")
    keep_originals(home, "book", digests(tmp_path / "a.png"))
    assert original_path(home, "book", tmp_path / "a.png", digest_of(tmp_path / "a.png")).samefile(tmp_path / "a.png")

    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    keep_originals(home, "book", digests(tmp_path / "b.png"))
    copy = original_path(home, "book", tmp_path / "b.png", digest_of(tmp_path / "b.png"))
    assert not copy.samefile(tmp_path / "b.png")
    assert copy.read_bytes() == (tmp_path / "b.png").read_bytes()
    monkeypatch.setattr("shutil.copyfile", refuse)
    write_picture(tmp_path / "c.png")
    with pytest.raises(StoreUnavailable, match="keep_originals"):
        keep_originals(home, "book", digests(tmp_path / "c.png"))


def test_originals_that_no_page_needs_are_swept_and_all_go_with_the_object(
    home: Home, catalogue: Catalogue, tmp_path: Path
):
    book = tmp_path / "book"
    tiff(book / "scan.tif", 20, 120)
    write_picture(book / "old.png")
    ingest_object(home, catalogue, book, Wishes(keep_originals=True))
    old, scan = (original_path(home, "book", book / name, digest_of(book / name)) for name in ("old.png", "scan.tif"))
    (book / "old.png").unlink()
    result = ingest_object(home, catalogue, book, Wishes(keep_originals=True))
    assert old.exists()
    before = replace(result.row, modified=int(time.time()) - 2 * GRACE_SECONDS)
    sweep(home, result.row, list(result.canvases), before, [])
    assert (old.exists(), scan.exists()) == (False, True)
    remove_files(home, "book")
    assert not home.image_folder("book").exists()
    assert (book / "scan.tif").exists()


def test_originals_and_ranges_come_to_an_object_that_is_otherwise_as_it_was(
    home: Home, catalogue: Catalogue, issue: Path
):
    first = ingest_object(home, catalogue, issue, Wishes())
    second = ingest_object(home, catalogue, issue, Wishes(keep_originals=True))
    assert (second.unchanged, second.row) == (True, first.row)
    assert len(list((home.image_folder("issue") / "originals").iterdir())) == 3
    data = (issue / "mets.xml").read_text().replace('LABEL="Front"', 'LABEL="Other"')
    (issue / "mets.xml").write_text(data)
    third = ingest_object(home, catalogue, issue, Wishes())
    assert (third.unchanged, third.read, third.row.generation) == (False, 0, first.row.generation)
    assert [r.label for r in catalogue.ranges("issue")] == ["Issue", "Other", "Back"]


def test_pages_of_one_pdf_are_read_once_and_not_again(home: Home, catalogue: Catalogue, tmp_path: Path):
    (tmp_path / "book.pdf").write_bytes(pdf(line("one"), line("two"), ""))
    first = ingest_object(home, catalogue, tmp_path / "book.pdf", Wishes())
    again = ingest_object(home, catalogue, tmp_path / "book.pdf", Wishes())
    assert (first.read, again.read, again.unchanged) == (3, 0, True)


def test_mets_in_a_zip_file_is_a_source_as_in_a_folder(home: Home, catalogue: Catalogue, issue: Path, tmp_path: Path):
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", issue))
    result = ingest_object(home, catalogue, packed, Wishes(keep_originals=True))
    assert words_of(home, result) == [["gamma"], ["beta"], ["alpha"]]
    assert [r.label for r in catalogue.ranges("packed")] == ["Issue", "Front", "Back"]
    assert len(list((home.image_folder("packed") / "originals").iterdir())) == 3
    assert traps(result) == [("info", "mets-order")]
