"""Boxes of hits in lines that run downwards or from the right, from the OCR file to the answer."""

from pathlib import Path

import pytest

from lectern.catalogue import Catalogue
from lectern.home import Home
from lectern.words import Block, Box, Line, Page, Text, Word
from search.findings import Subject
from search.library import PackHandle
from search.searching import Page as AnswerPage
from search.searching import find
from search.shares import share
from tests.search.books import open_book


@pytest.mark.parametrize(
    ("box", "text", "direction", "expected"),
    [
        ((0, 0, 40, 10), "一二三四", "ltr", (10, 0, 20, 10)),
        ((0, 0, 10, 40), "一二三四", "ttb", (0, 10, 10, 20)),
        ((0, 0, 40, 40), "一二三四", "ttb", (0, 10, 40, 20)),  # square
        ((0, 0, 40, 40), "一二三四", "ltr", (10, 0, 20, 40)),
        ((0, 0, 40, 10), "一二三四", "ttb", (0, 2, 40, 6)),  # it lies, and is said to run downwards all the same
        ((0, 0, 10, 40), "一二三四", "ltr", (2, 0, 6, 40)),
        ((0, 0, 10, 40), "一二三四", None, (0, 10, 10, 20)),
        ((0, 0, 40, 40), "一二三四", None, (10, 0, 20, 40)),
        ((0, 0, 40, 10), "אבגד", "rtl", (10, 0, 20, 10)),
        ((1, 1, 3, 1), "אבגד", None, (1, 1, 3, 1)),
    ],
)
def test_a_share_lies_along_the_direction_of_its_line(box, text, direction, expected):
    assert share(box, 1, 3, text, direction) == expected


def test_the_first_letters_of_a_leftward_word_are_on_its_right():
    assert share((0, 0, 40, 10), 0, 1, "אבגד", None) == (30, 0, 10, 10)
    assert share((0, 0, 40, 10), 3, 4, "אבגד", "rtl") == (0, 0, 10, 10)
    assert share((0, 0, 40, 10), 0, 1, "東京ab", "rtl") == (0, 0, 10, 10)


def test_a_whole_word_keeps_its_box_and_none_stays_none():
    assert share((3, 4, 5, 6), 0, 2, "東京", "ttb") == (3, 4, 5, 6)
    assert share(None, 0, 1, "東京", "ttb") is None


def test_the_first_of_two_signs_in_a_square_box_is_above_in_a_column_and_left_in_a_row(tmp_path: Path):
    line = Line([Word("猫犬", Box(100, 200, 30, 30))], Box(100, 200, 30, 30), "ttb")
    empty = Line([], Box(0, 0, 9, 9), "rtl")
    across = Line([Word("猫犬", Box(300, 200, 20, 30))], Box(300, 200, 20, 30), "ltr")
    handle = open_book(tmp_path, Text([Page([Block([empty, line, across])], 1000, 1400)]))
    assert _boxes(handle, "猫") == [(100, 200, 30, 15), (300, 200, 10, 30)]


_HOCR = """<html><body><div class="ocr_page" title="bbox 0 0 1000 1400">{}</div></body></html>"""
_LINE = '<span class="ocr_line" title="bbox {}" {}>{}</span>'


@pytest.mark.parametrize(
    ("box", "text", "query", "expected"),
    [
        (("100 100 500 140", ""), "שלום עולם", "שלום", (322, 100, 178, 40)),  # the first word is on the right
        (("100 100 500 140", ""), "שָׁלוֹם עוֹלָם", "עולם", (100, 100, 172, 40)),
        (("100 100 500 140", 'dir="rtl"'), "كتاب جديد", "كتاب", (322, 100, 178, 40)),
        (("100 100 140 500", ""), "吾輩は猫である", "猫", (100, 271, 40, 58)),
        (("100 100 140 500", ""), "吾輩は猫である", "吾輩", (100, 100, 40, 115)),
        (("100 100 140 140", 'style="writing-mode: vertical-rl"'), "東京", "京", (100, 120, 40, 20)),
        (("100 100 140 140", ""), "東京", "京", (120, 100, 20, 40)),
    ],
)
def test_hits_in_lines_without_boxes_of_words(
    tmp_path: Path, box: tuple[str, str], text: str, query: str, expected: tuple[int, ...]
):
    from ingest.pipeline import Wishes, ingest_object
    from search.library import Library

    file = tmp_path / "book.hocr"
    file.write_text(_HOCR.format(_LINE.format(*box, text)))
    home = Home(tmp_path / "home")
    home.prepare()
    row = ingest_object(home, Catalogue(home), file, Wishes()).row
    assert _boxes(Library(home, 1).open(row), query) == [expected]


def _boxes(handle: PackHandle, query: str) -> list[object]:
    return [annotation.box for annotation in find([Subject("book", handle)], query, AnswerPage()).annotations]


def test_signs_that_the_ocr_has_one_by_one_are_shown_without_blanks(tmp_path: Path):
    words = [Word(sign, Box(100, 30 * i, 30, 30)) for i, sign in enumerate("吾輩は猫である")]
    lines = [Line(words[:5], Box(100, 0, 30, 150), "ttb"), Line(words[5:], Box(60, 0, 30, 60), "ttb")]
    handle = open_book(tmp_path, Text([Page([Block(lines)], 1000, 1400)]))
    answer = find([Subject("book", handle)], "猫であ", AnswerPage())
    assert [annotation.text for annotation in answer.annotations] == ["猫で", "あ"]
    (hit,) = answer.hits or ()
    assert (hit.before, hit.match, hit.after) == ("吾輩は", "猫であ", "る")
    everything = find([Subject("book", handle)], None, AnswerPage())
    assert [annotation.text for annotation in everything.annotations] == ["吾輩は猫で", "ある"]
