"""The order of the pages of an hOCR file, and what their tags tell of it."""

from collections.abc import Iterator

import pytest

from ingest.readers import hocr as reader
from ingest.readers.hocr import read_hocr
from ingest.readers.page_numbers import in_turn, page_tags
from ingest.xml import examine
from lectern.words import Page

CAPABLE = '<meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word"/>'


def volume(*numbers: int | None, head: str = CAPABLE) -> bytes:
    """Return hOCR of a page for each number, whose word is the number in words of its place in the file."""
    titles = ["bbox 0 0 100 100" + ("" if number is None else f"; ppageno {number}") for number in numbers]
    pages = "".join(
        f'<div class="ocr_page" id="ocr_page_{n}" title="{title}">'
        f'<span class="ocrx_word" title="bbox 1 2 3 4">w{n}</span></div>'
        for n, title in enumerate(titles)
    )
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head>{head}</head><body>{pages}</body></html>'.encode()


def order(data: bytes) -> list[str]:
    return [word.text for page in read_hocr(data, "b.hocr") for word in page.words()]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((2, 0, 1), ["w1", "w2", "w0"]),
        ((7, 5), ["w1", "w0"]),
        ((0, 1, 2), ["w0", "w1", "w2"]),
        ((1, 0, 1), ["w0", "w1", "w2"]),
        ((1, None, 0), ["w0", "w1", "w2"]),
        ((0, 0), ["w0", "w1"]),
    ],
)
def test_pages_come_by_number_where_numbers_are_complete_and_unique(
    numbers: tuple[int | None, ...], expected: list[str]
):
    assert order(volume(*numbers)) == expected


def test_a_page_in_a_comment_loses_no_other():
    data = volume(1, 0).replace(b"<body>", b'<body><!-- <div class="ocr_page" title="ppageno 5"></div> -->')
    assert sorted(order(data)) == ["w0", "w1"]


def test_pages_too_far_apart_stay_where_they_are_and_say_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader, "MAX_HELD", 100)
    pages = list(read_hocr(volume(2, 0, 1), "b.hocr"))
    assert [word.text for page in pages for word in page.words()] == ["w0", "w1", "w2"]
    assert all(warning.startswith("page-order: ") for page in pages for warning in page.warnings)


def test_only_pages_before_their_turn_wait():
    asked: list[int] = []

    def pages() -> Iterator[tuple[int, Page]]:
        for number in (1, 0, 2, 3):
            asked.append(number)
            yield number, Page(name=str(number))

    found = in_turn(pages(), [0, 1, 2, 3])
    assert (next(found).name, asked) == ("0", [1, 0])
    assert [page.name for page in found] == ["1", "2", "3"]


def test_the_tags_tell_names_numbers_and_sizes():
    tags = page_tags(examine(volume(1, 0), "b.hocr", html=True))
    assert (tags.numbers, tags.names, tags.in_capitals) == ([1, 0], {"div", "meta"}, False)
    assert tags.turns() == [0, 1]
    assert tags.held([0, 1]) == tags.length - tags.starts[0]


@pytest.mark.parametrize(
    "text",
    [
        '<HTML><BODY><DIV CLASS="ocr_page" TITLE="bbox 0 0 9 9"><I CLASS="ocrx_word">Loud</I></DIV></BODY></HTML>',
        '<html><body><div CLASS="ocr_page" TITLE="bbox 0 0 9 9"><i CLASS="ocrx_word">Loud</i></div></body></html>',
    ],
)
def test_html_in_capitals_is_html_and_no_fault(text: str):
    (page,) = read_hocr(text.encode(), "b.html")
    assert ([word.text for word in page.words()], page.warnings) == (["Loud"], [])
