"""Every ALTO and hOCR file of the corpus is read with the words its manifest counts, or refused in clear words."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.formats import count_pages
from ingest.geometry import canvas_for, place_on
from ingest.hyphens import find_joins
from ingest.leaves import read_pages
from ingest.pipeline import Wishes, ingest_object
from ingest.sniff import Kind, sniff
from ingest.traps import Unreadable
from lectern.catalogue import Catalogue
from lectern.home import Home
from lectern.words import Page
from tests.corpus_rows import corpus_rows

pytestmark = pytest.mark.corpus

# The manifest counts elements; those that hold only blanks (half of one file) are no words to us.
_LEAST_SHARE = 0.5
_LINE_STRINGS = ("String = line", "ONE String per text line", "right-to-left", "no word elements", "Strings without")


@dataclass(frozen=True)
class Entry:
    """A row of the corpus' manifest."""

    path: Path
    pages: int
    words: int
    quirks: str


def entries(corpus: Path) -> Iterator[Entry]:
    for row in corpus_rows(corpus):
        if row["format"].startswith(("ALTO", "hOCR")) and row["pages"]:
            yield Entry(corpus / row["path"], int(row["pages"]), int(row["words"] or 0), row["quirks"])


def read(path: Path) -> list[Page]:
    return list(read_pages(path, sniff(path)[0]))


def test_every_file_reads_as_its_manifest_says(corpus: Path):
    problems, seen = [], 0
    for entry in entries(corpus):
        if "cut in the middle" in entry.quirks:
            continue
        pages = read(entry.path)
        seen += 1
        words = [word for page in pages for word in page.words()]
        split = any(quirk in entry.quirks for quirk in _LINE_STRINGS) or len(words) > entry.words
        enough = len(words) >= entry.words if split else len(words) >= entry.words * _LEAST_SHARE
        if len(pages) != entry.pages or not words or not enough:
            problems.append((entry.path.name, len(pages), len(words), entry.pages, entry.words))
        assert all(word.text and word.text == word.text.strip() for word in words), entry.path.name
    assert seen > 150
    # Seven words on five pages of which most are empty: ten of its seventeen elements hold nothing.
    assert {problem[0] for problem in problems} <= {"empty_words_bug.html"}


def test_the_file_cut_in_the_middle_is_refused_by_name(corpus: Path):
    with pytest.raises(Unreadable, match=r"corrupt_truncated\.xml ends in the middle") as caught:
        read(corpus / "alto" / "invalid" / "corrupt_truncated.xml")
    assert caught.value.trap == "truncated"


def test_content_tells_formats_apart(corpus: Path):
    wrong = [
        entry.path.name
        for entry in entries(corpus)
        if sniff(entry.path)[0] not in {Kind.ALTO, Kind.HOCR}
        or count_pages(entry.path, sniff(entry.path)[0]) != entry.pages
    ]
    assert wrong == []
    assert {sniff(path)[0] for path in corpus.glob("page-xml/**/*.xml")} == {Kind.PAGE}
    texts = [path.name for path in sorted(corpus.glob("iiif/**/*.json")) if sniff(path)[0] is Kind.ANNOTATIONS]
    zones = [f"zone{n}.json" for n in (1, 2, 3, 4, 1, 2, 3)]
    assert texts == ["iiif-fixture-annotation-list.json", *zones, "targetResource.json"]


def test_every_box_lies_on_its_canvas_and_every_join_is_orderly(corpus: Path):
    for entry in entries(corpus):
        if "cut in the middle" in entry.quirks:
            continue
        pages = read(entry.path)
        for page in pages:
            canvas = canvas_for(page, None, None)
            place_on(page, canvas)
            for word in page.words():
                if word.box is not None:
                    assert min(word.box.x, word.box.y) >= 0
                    assert min(word.box.w, word.box.h) >= 1
                    assert word.box.right <= canvas.width
                    assert word.box.bottom <= canvas.height
        joins = find_joins(pages)
        halves = [half for join in joins for half in (join.first, join.second)]
        assert len(halves) == len(set(halves)), entry.path.name
        assert all(join.first < join.second and join.whole for join in joins), entry.path.name


@pytest.mark.parametrize(
    ("folder", "file", "canvas"),
    [
        ("lunion-1860-11-30", "1860-11-30_01-00001.xml", (3744, 5776)),
        ("park-record-1935-08-02/alto", "1289.xml", (4550, 7218)),
        ("boletin-1895-01-01", "es-scbg_bblg_18950101_0001.xml", (1303, 1937)),
    ],
)
def test_canvases_of_known_documents(corpus: Path, folder: str, file: str, canvas: tuple[int, int]):
    (page,) = read(corpus / "newspapers" / folder / file)
    found = canvas_for(page, None, None)
    assert (found.width, found.height) == canvas


def test_marked_hyphens_of_a_newspaper_find_their_halves(corpus: Path):
    pages = [page for path in sorted((corpus / "newspapers/lunion-1860-11-30").glob("*.xml")) for page in read(path)]
    first_halves = sum(word.hyphen is not None and word.hyphen.part == 1 for page in pages for word in page.words())
    assert first_halves == 309
    assert sum(join.marked for join in find_joins(pages)) == 309


def test_a_book_with_other_things_beside_it_is_ingested(corpus: Path, home: Home, catalogue: Catalogue):
    folder = corpus / "newspapers" / "park-record-1935-08-02"
    result = ingest_object(home, catalogue, folder, Wishes(name="record"))
    assert result.failures == 0
    # Page numbers and order are those of the METS file; by their names, 1289 would come first.
    assert [(c.label, c.ocr, c.width, c.height, c.scale_by) for c in result.canvases] == [
        ("1", "1292.xml", 2294, 3579, "image"),
        ("2", "1289.xml", 2276, 3609, "image"),
    ]
    assert (result.row.words, catalogue.ranges("record")) == (4259 + 5865, [])
    mixed = ingest_object(home, catalogue, corpus / "alto" / "invalid", Wishes())
    assert [(entry.trap, entry.page) for entry in mixed.entries if entry.level == "failure"] == [
        ("truncated", "corrupt_truncated")
    ]
    assert mixed.row.pages == 4


def test_the_articles_of_a_newspaper_become_ranges(corpus: Path, home: Home, catalogue: Catalogue):
    source = corpus / "newspapers" / "bnf-journal-1814-04-02" / "18140402_1-METS.xml"
    result = ingest_object(home, catalogue, source, Wishes())
    assert [(entry.level, entry.trap) for entry in result.entries] == [("info", "mets-order")]
    assert [(c.label, c.width, c.height, c.scale_by) for c in result.canvases][:2] == [
        ("1", 2467, 3978, "mets"),
        ("2", 2445, 3984, "mets"),
    ]
    told = [(r.parent, r.label, r.kind, r.canvases) for r in catalogue.ranges("bnf-journal-1814-04-02")]
    assert len(told) == 7
    assert told[0][2:] == ("Newspaper", (1, 2, 3, 4))
    assert told[2:5] == [
        (1, "FRANCE.", "ARTICLE", (1, 2)),
        (1, "Article", "ARTICLE", (3,)),
        (1, 'PARIS, I" avril.', "ARTICLE", (3, 4)),
    ]
