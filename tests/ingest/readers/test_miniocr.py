"""MiniOCR: boxes in pixels or fractions, words that blanks part, and what stands between them."""

import pytest

from ingest.hyphens import find_joins
from ingest.readers.miniocr import read_miniocr
from ingest.traps import Unreadable
from lectern.words import Box, Hyphen, Page, Word
from tests.ingest.files import texts


def miniocr(body: str, page: str = 'wh="1000 1400"') -> bytes:
    """Return a MiniOCR file of one page."""
    return f"<?xml version='1.0'?><ocr><p {page}>{body}</p></ocr>".encode()


def read(body: str, page: str = 'wh="1000 1400"') -> Page:
    (found,) = read_miniocr(miniocr(body, page), "mini.xml")
    return found


def in_line(inside: str) -> str:
    return f"<b><l>{inside}</l></b>"


def first(page: Page) -> Word:
    return next(page.words())


@pytest.mark.parametrize("attribute", ['x="5 6 70 20"', 'box="5 6 70 20"', "x='5, 6, 70, 20'"])
def test_boxes_are_left_top_width_height(attribute: str):
    page = read(in_line(f"<w {attribute}>one</w>"))
    assert (first(page).text, first(page).box) == ("one", Box(5, 6, 70, 20))
    assert (page.width, page.height) == (1000, 1400)


def test_fractions_are_of_the_size_or_of_a_page_of_one_by_one():
    body = in_line('<w x=".1 .5 .25 1">one</w>')
    assert first(read(body)).box == Box(100, 700, 250, 1400)
    page = read(body, "xml:id='709'")
    assert (first(page).box, page.width, page.height) == (Box(0.1, 0.5, 0.25, 1), 1, 1)


def test_pixels_without_a_size_stay_pixels():
    page = read(in_line('<w x="5.5 6 70 20">one</w>'), "")
    assert (first(page).box, page.width) == (Box(5.5, 6, 70, 20), None)


@pytest.mark.parametrize("box", ["", "1 2 3", "1 2 NaN 4", "1 2 0 0", "1 2 -3 4"])
def test_a_torn_box_is_none(box: str):
    page = read(in_line(f'<w x="{box}">one</w> <w x="9 9 9 9">two</w>'))
    assert first(page).box is None
    assert [text.partition(":")[0] for text in page.warnings] == ["box"] * bool(box)


def test_other_readings_stand_behind_an_arrow():
    word = first(read(in_line('<w x="1 1 9 9">Haus⇿Hans⇿ ⇿Haut</w>')))
    assert (word.text, word.alternatives) == ("Haus", ("Hans", "Haut"))


def test_words_without_a_blank_between_them_are_one():
    page = read(in_line('<w x="10 10 20 10">Dru</w><w x="30 12 20 10">cker</w> <w x="60 10 20 10">da</w>'))
    assert [(w.text, w.box) for w in page.words()] == [("Drucker", Box(10, 10, 40, 12)), ("da", Box(60, 10, 20, 10))]


def test_words_of_two_printed_lines_are_two_even_without_a_blank():
    assert texts(read(in_line('<w x="300 10 20 10">der</w><w x="10 25 20 10">Mann</w>'))) == ["der", "Mann"]


def test_signs_between_words_belong_to_what_they_touch():
    page = read(in_line('(<w x="1 1 9 9">one</w>, <w x="20 1 9 9">two</w> / <w x="40 1 9 9">three</w>.'))
    assert texts(page) == ["(one,", "two", "/", "three."]
    assert first(page).box == Box(1, 1, 9, 9)


def test_a_blank_that_begins_a_line_is_the_other_half_of_the_word_before():
    body = '<b><l><w x="10 10 60 10">Versuch</w></l><l><w x="5 30 80 10"> </w> <w x="99 30 9 9">da</w></l></b>'
    page = read(body)
    assert [(w.text, w.hyphen, w.box) for w in page.words()] == [
        ("Ver", Hyphen(1, "Versuch"), Box(10, 10, 60, 10)),
        ("such", Hyphen(2, "Versuch"), Box(5, 30, 80, 10)),
        ("da", None, Box(99, 30, 9, 9)),
    ]
    assert [(join.whole, join.marked) for join in find_joins([page])] == [("Versuch", True)]


def test_blanks_elsewhere_are_no_words():
    assert texts(read(in_line('<w x="1 1 9 9"> </w> <w x="9 9 9 9">one</w> <w x="20 1 9 9"></w>'))) == ["one"]


def test_a_blank_with_nothing_before_it_is_no_word():
    assert texts(read('<w x="1 1 9 9"> </w>')) == []
    assert texts(read('<b><w x="1 1 9 9"> </w><w x="9 9 9 9">one\u00ad</w></b>')) == ["one-"]


def test_soft_hyphens_at_a_lines_end_are_marked():
    page = read('<b><l><w x="1 1 9 9">bank\u00ad</w></l><l><w x="1 20 9 9">er</w></l></b>')
    assert first(page).hyphen == Hyphen(1)
    assert first(page).text == "bank-"


def test_pages_are_read_in_their_order_and_empty_ones_count():
    data = b'<ocr><p/><p xml:id="1"><b><l><w x="1 1 9 9">a</w></l></b></p><p xml:id="1"><w x="1 1 9 9">b</w></p></ocr>'
    assert [texts(page) for page in read_miniocr(data, "m.xml")] == [[], ["a"], ["b"]]


def test_a_word_with_blanks_in_it_is_several_that_share_its_box():
    page = read(in_line('<w x="0 10 70 10">one two</w><w x="70 10 30 10">s</w>'))
    assert [(w.text, w.estimated) for w in page.words()] == [("one", True), ("twos", True)]


def test_entities_that_were_escaped_twice_are_mended_and_reported():
    page = read(in_line('<w x="1 1 9 9">Chamberlain&amp;#x27;s</w> <w x="20 1 9 9">R&amp;D</w>'))
    assert texts(page) == ["Chamberlain's", "R&D"]
    assert [text.partition(":")[0] for text in page.warnings] == ["double-escaped"]


@pytest.mark.parametrize(
    ("data", "trap"),
    [
        (b"<alto/>", "not-miniocr"),
        (b"<ocr/>", "no-page"),
        (b"<ocr><p><b><l><w x='1 1 1 1'>a</w>", "truncated"),
        (b"<!DOCTYPE ocr [<!ENTITY a 'b'>]><ocr><p/></ocr>", "doctype-declares"),
        (miniocr(in_line(f"<w>{'a' * 70_000}</w>")), "text-too-long"),
        (miniocr("<l>" + "<w>a</w> " * 50_001 + "</l>"), "too-many-words"),
    ],
)
def test_what_is_no_page_of_ocr_is_refused_by_name(data: bytes, trap: str):
    with pytest.raises(Unreadable) as caught:
        list(read_miniocr(data, "m.xml"))
    assert caught.value.trap == trap
