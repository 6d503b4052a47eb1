"""ALTO and hOCR of a page: what our own readers read back is what was written, and no text leaves its place."""

import html
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ingest.readers.alto import read_alto
from ingest.readers.hocr import read_hocr
from lectern.wordblock import PageWords, encode_page
from lectern.words import Block, Box, Hyphen, Join, Line, Page, Word
from services.presentation import alto, hocr
from services.presentation.halves import with_halves
from tests.presentation.books import canvas

CANVAS = "https://books.example.org/canvas/1"
ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"


def page() -> Page:
    """Return two blocks: a hyphenated word, a word in another language, Hebrew, a column of Japanese."""
    first = Line([Word("the", Box(10, 20, 90, 30), 0.93, language="de"), Word("har-", Box(110, 20, 90, 30))])
    first.box, first.words[1].hyphen = Box(10, 20, 190, 30), Hyphen(1, "harbour")
    second = Line([Word("bour", Box(10, 60, 90, 30), hyphen=Hyphen(2, "harbour"))], Box(10, 60, 90, 30))
    greeting = [Word("שלום", Box(110, 100, 90, 30)), Word("עולם", Box(10, 100, 90, 30))]
    hebrew = Line(greeting, Box(10, 100, 190, 30), "rtl")
    column = Line([Word("吾輩", Box(300, 20, 30, 60)), Word("は", Box(300, 90, 30, 30))], Box(300, 20, 30, 100), "ttb")
    return Page([Block([first, second, hebrew]), Block([column])], language="en")


def told(found: Page) -> list[tuple[object, ...]]:
    return [(word.text, word.box, word.confidence, word.language) for word in found.words()]


@pytest.mark.parametrize(("write", "read"), [(alto.alto, read_alto), (hocr.hocr, read_hocr)], ids=["ALTO", "hOCR"])
def test_pr3_40_our_own_reader_reads_back_the_same_words_at_the_same_places(write, read):
    (found,) = read(write(page(), canvas(1), CANVAS), "a page")
    assert told(found) == told(page())
    assert [line.box for line in found.lines()] == [line.box for line in page().lines()]
    assert [len(block.lines) for block in found.blocks] == [3, 1]
    assert (found.width, found.height, found.language) == (1200, 1800, "en")
    assert found.warnings == []


def test_halves_of_a_word_say_what_it_is_as_a_whole():
    (found,) = read_alto(alto.alto(page(), canvas(1), CANVAS), "a page")
    assert [word.hyphen for word in found.words() if word.hyphen] == [Hyphen(1, "harbour"), Hyphen(2, "harbour")]


def test_the_sign_that_splits_a_word_is_an_element_of_its_own():
    root = ET.fromstring(alto.alto(page(), canvas(1), CANVAS))
    assert [each.get("CONTENT") for each in root.iter(f"{ALTO}HYP")] == ["-"]
    assert "har-" not in [each.get("CONTENT") for each in root.iter(f"{ALTO}String")]


def test_scripts_without_blanks_have_none_between_their_words():
    root = ET.fromstring(alto.alto(page(), canvas(1), CANVAS))
    assert [len(list(line.iter(f"{ALTO}SP"))) for line in root.iter(f"{ALTO}TextLine")] == [1, 0, 1, 0]


@pytest.mark.parametrize("write", [alto.alto, hocr.hocr])
def test_what_looks_like_markup_and_what_xml_cannot_hold_is_no_markup(write):
    odd = Page([Block([Line([Word('<script>"&\x00\ud800', Box(1, 2, 3, 4))])])])
    written = write(odd, canvas(1, label="</title><script>"), CANVAS)
    assert b"<script" not in written
    assert '<script>"&' in "".join(
        [*(each.get("CONTENT") or "" for each in ET.fromstring(written).iter()), *ET.fromstring(written).itertext()]
    )


def test_a_page_that_names_no_language_has_the_only_one_of_its_object():
    (found,) = read_alto(alto.alto(Page([Block([Line([Word("a")])])]), canvas(1), CANVAS, "la"), "a page")
    assert found.language == "la"


def test_th_84_of_a_word_over_the_end_of_a_page_only_the_half_is_told():
    last = Word("har-", hyphen=Hyphen(1, "harbour"))
    found = with_halves(Page([Block([Line([last])])]), 5, {5: Join(5, 6, "harbour", True)})
    assert [word.hyphen for word in found.words()] == [Hyphen(1, None)]


def test_the_whole_is_told_where_both_halves_are_on_the_page():
    words = [Word("har-", hyphen=Hyphen(1)), Word("bour", hyphen=Hyphen(2))]
    found = with_halves(Page([Block([Line(words)])]), 5, {5: Join(5, 6, "harbour", True)})
    assert [word.hyphen for word in found.words()] == [Hyphen(1, "harbour"), Hyphen(2, "harbour")]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("read", "file"),
    [
        (read_hocr, "books/goethe-wahlverwandtschaften-1809/hocr/0014.hocr"),
        (read_alto, "books/faux-visage-1589/alto/p_007.xml"),
    ],
    ids=["goethe", "faux-visage"],
)
@pytest.mark.parametrize(("write", "again"), [(alto.alto, read_alto), (hocr.hocr, read_hocr)], ids=["ALTO", "hOCR"])
def test_real_pages_are_the_same_after_both_ways(corpus: Path, read, file: str, write, again):
    (found,) = read(corpus / file, file)
    kept = PageWords(encode_page(found)).page()  # as a pack has it: whole pixels
    (once_more,) = again(write(kept, canvas(1, width=int(found.width), height=int(found.height)), CANVAS), "a page")
    assert [(word.text, word.box) for word in once_more.words()] == [(word.text, word.box) for word in kept.words()]
    assert len(list(kept.words())) > 100


def test_a_canvas_id_with_control_characters_or_quotes_spoils_neither_file():
    name = 'https://books.example.org/"one"\x01;bbox/canvas/1'
    root = ET.fromstring(alto.alto(page(), canvas(1), name))
    (told,) = root.iter(f"{ALTO}documentIdentifier")
    assert told.text == 'https://books.example.org/"one";bbox/canvas/1'
    written = hocr.hocr(page(), canvas(1), name)
    assert 'image "https://books.example.org/%22one%22;bbox/canvas/1"; bbox 0 0 1200 1800' in html.unescape(
        written.decode()
    )
    (found,) = read_hocr(written, "a page")
    assert (found.width, found.height) == (1200, 1800)
