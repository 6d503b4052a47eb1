"""Every PAGE-XML, ABBYY and MiniOCR file of the corpus is read with the words that its elements count."""

import gzip
import html
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.formats import count_pages
from ingest.geometry import canvas_for, place_on
from ingest.leaves import read_pages
from ingest.manifest import read_manifest
from ingest.pipeline import Wishes, ingest_object
from ingest.sniff import Kind, sniff
from lectern.catalogue import Catalogue
from lectern.home import Home
from lectern.words import Page
from tests.corpus_rows import corpus_rows

pytestmark = pytest.mark.corpus

_KINDS = {"PAGE": Kind.PAGE, "ABBYY": Kind.ABBYY, "MiniOCR": Kind.MINIOCR}
_READING = re.compile(
    r"""<(?:\w+:)?TextEquiv(?:\s+index="(\d+)"|[^>])*>.*?<(?:\w+:)?Unicode>(.*?)</(?:\w+:)?Unicode>""", re.DOTALL
)
_TAG = re.compile(r"<[^>]*>")
# The manifest does not count these; the numbers were counted with other tools (regular expressions over the text).
_PAGES = {"miniocr_nopagedims.xml": 14}
_WITHOUT_TEXT = frozenset({"cPAS-2000.xml"})  # outlines and base lines only
# Text of regions that have no lines is read too, and counts no Word element.
_MORE_WORDS = {"regiontypes_2013-07-15.xml": 3}


@dataclass(frozen=True)
class Entry:
    """A row of the corpus' manifest."""

    path: Path
    kind: Kind
    pages: int
    words: int


def entries(corpus: Path) -> Iterator[Entry]:
    for row in corpus_rows(corpus):
        kind = _KINDS.get(row["format"].split()[0])
        if kind is not None:
            path = corpus / row["path"]
            yield Entry(path, kind, int(row["pages"] or _PAGES.get(path.name, 1)), int(row["words"] or 0))


def read(path: Path) -> list[Page]:
    return list(read_pages(path, sniff(path)[0]))


def test_content_tells_formats_apart_and_pages_are_counted(corpus: Path):
    found = list(entries(corpus))
    assert len(found) == 35
    wrong = [
        entry.path.name
        for entry in found
        if sniff(entry.path)[0] is not entry.kind
        or count_pages(entry.path, entry.kind) != entry.pages
        or len(read(entry.path)) != entry.pages
    ]
    assert wrong == []


def test_word_elements_are_words(corpus: Path):
    for entry in entries(corpus):
        words = [word for page in read(entry.path) for word in page.words()]
        assert bool(words) is (entry.path.name not in _WITHOUT_TEXT), entry.path.name
        assert all(word.text and word.text == word.text.strip() for word in words), entry.path.name
        if entry.words:
            assert len(words) == entry.words + _MORE_WORDS.get(entry.path.name, 0), entry.path.name


def lines_of_page_xml(text: str) -> str:
    """Return the text that stands directly in the lines, words left out, by regular expressions alone."""
    text = re.sub(r"<(\w+:)?Word\b.*?</(\w+:)?Word>", "", text, flags=re.DOTALL)
    found = []
    for line in re.findall(r"<(?:\w+:)?TextLine\b.*?</(?:\w+:)?TextLine>", text, re.DOTALL):
        readings = _READING.findall(line)
        found.append(min(readings, key=lambda reading: int(reading[0] or 0), default=("", ""))[1])
    return " ".join(found)


def test_lines_of_page_xml_are_whole(corpus: Path):
    for entry in entries(corpus):
        if entry.kind is Kind.PAGE and not entry.words:
            expected = sorted(html.unescape(lines_of_page_xml(entry.path.read_text("utf-8"))).split())
            found = sorted(word.text for page in read(entry.path) for word in page.words())
            missing = [text for text in expected if text not in found]
            assert missing == [], entry.path.name


def test_characters_of_finereader_are_all_there(corpus: Path):
    for entry in entries(corpus):
        if entry.kind is Kind.ABBYY:
            text = _TAG.sub("", entry.path.read_text("utf-8-sig").replace("</line>", " "))
            expected = "".join(html.unescape(text).split())
            found = "".join(word.text for page in read(entry.path) for word in page.words())
            assert found == expected, entry.path.name


def test_text_of_miniocr_is_all_there(corpus: Path):
    for entry in entries(corpus):
        if entry.kind is Kind.MINIOCR:
            text = _TAG.sub("", entry.path.read_text("utf-8")).replace("\u00ad", "-")
            found = "".join(word.text for page in read(entry.path) for word in page.words())
            assert found == "".join(html.unescape(html.unescape(text)).split()), entry.path.name


def test_every_box_lies_on_its_canvas(corpus: Path):
    for entry in entries(corpus):
        for page in read(entry.path):
            canvas = canvas_for(page, None, None, (1000, 1400) if page.width == 1 else None)
            place_on(page, canvas)
            for word in page.words():
                assert word.box is not None, (entry.path.name, word.text)
                assert min(word.box.x, word.box.y) >= 0
                assert min(word.box.w, word.box.h) >= 1
                assert word.box.right <= canvas.width
                assert word.box.bottom <= canvas.height


@pytest.mark.parametrize(
    ("file", "first", "last"),
    [
        ("table-order-0001.xml", "1 2 3 4 5 6 7 8 9", "9"),  # in reading order, not in that of the file
        ("order.page.xml", "79 men. Den andern Tag", "76. Die"),
        ("aletheiaexamplepage.xml", "Aletheia Document Analysis System Overview:", ""),
    ],
)
def test_reading_order_of_known_files(corpus: Path, file: str, first: str, last: str):
    (page,) = read(corpus / "page-xml" / file)
    text = " ".join(word.text for word in page.words())
    assert text.startswith(first)
    assert text.endswith(last) or not last


def test_a_zip_file_of_a_book_and_its_folder_are_the_same_object(
    corpus: Path, tmp_path: Path, home: Home, catalogue: Catalogue
):
    folder = corpus / "books" / "goethe-wahlverwandtschaften-1809"
    plain, packed = tmp_path / "plain", tmp_path / "packed.zip"
    plain.mkdir()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(18, 21):
            picture, ocr = folder / "images" / f"00{n}.png", folder / "abbyy-xml" / f"00{n}.abbyy.xml"
            shutil.copy(picture, plain / picture.name)
            shutil.copy(ocr, plain / f"00{n}.xml")
            archive.write(picture, f"book/images/{picture.name}")
            archive.writestr(f"book/ocr/00{n}.xml.gz", gzip.compress(ocr.read_bytes()))
    one = ingest_object(home, catalogue, plain, Wishes())
    other = ingest_object(home, catalogue, packed, Wishes())
    assert one.failures == other.failures == 0
    assert (one.row.pages, one.row.words) == (other.row.pages, other.row.words) == (3, 444)
    assert [(c.label, c.width, c.height, c.words, c.scale_by) for c in one.canvases] == [
        (c.label, c.width, c.height, c.words, c.scale_by) for c in other.canvases
    ]


def test_annotations_of_one_name_in_two_folders_are_text_of_two_canvases(corpus: Path, tmp_path: Path):
    folder = corpus / "iiif" / "presentation-3" / "0025-newspaper-article-index"
    manifest = read_manifest(json.loads((folder / "manifest.json").read_bytes()))
    home = Home(tmp_path)
    catalogue = Catalogue(home)
    found = ingest_object(home, catalogue, folder, Wishes("placed", jobs=1, manifest=manifest))
    alone = ingest_object(home, catalogue, folder, Wishes("alone", jobs=1))
    catalogue.close()
    assert [canvas.words for canvas in found.canvases] == [0, 397, 1466, 0, 1347]
    assert found.row.words == alone.row.words == 3210
    assert len(alone.canvases) == 3
    assert not {"second-file", "no-canvas"} & {entry.trap for entry in (*found.entries, *alone.entries)}
