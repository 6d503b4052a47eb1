"""PDF: words and boxes from the text layer."""

from pathlib import Path

import pytest

from ingest.pdf import count_pdf_pages, has_text
from ingest.readers.pdf import read_pdf
from ingest.traps import Unreadable
from lectern.words import Hyphen, Page
from tests.ingest.files import texts
from tests.ingest.pdfs import line, locked_pdf, pdf

POINTS = 72 / 1200


def one(data: bytes) -> Page:
    (page,) = read_pdf(data, "a.pdf")
    return page


def size(page: Page) -> list[float]:
    return [(side or 0) * POINTS for side in (page.width, page.height)]


def boxes(page: Page) -> list[list[float]]:
    return [[side * POINTS for side in word.box] for word in page.words() if word.box]


def test_pages_words_and_lines_come_in_order_with_the_size_of_the_page():
    first, second = read_pdf(pdf(line("Hello brave world") + line("a line", y=670), line("page two")), "a.pdf")
    assert [texts(page) for page in (first, second)] == [["Hello", "brave", "world", "a", "line"], ["page", "two"]]
    assert [len(each.words) for each in first.lines()] == [3, 2]
    assert size(first) == pytest.approx([600, 800])
    assert first.unit == "inch1200"


def test_a_box_lies_around_the_ink_from_the_top_left():
    (x, y, w, h), *_ = boxes(one(pdf(line("Hello", x=72, y=700, size=20))))
    assert [x, y + h, w, h] == pytest.approx([73.5, 100.3, 43.3, 14.6], abs=0.5)


def test_a_page_that_is_shown_turned_has_turned_boxes():
    plain = boxes(one(pdf(line("Hello brave"))))
    page = one(pdf(line("Hello brave"), extra="/Rotate 90"))
    assert size(page) == pytest.approx([800, 600])
    for (x, y, w, h), turned in zip(plain, boxes(page), strict=True):
        assert turned == pytest.approx([800 - y - h, x, h, w], abs=0.01)


def test_boxes_count_from_the_corner_of_what_is_shown():
    (x, y, *_), *_ = boxes(one(pdf(line("Hello"))))
    page = one(pdf(line("Hello"), extra="/CropBox [50 100 500 750]"))
    assert size(page) == pytest.approx([450, 650])
    assert boxes(page)[0][:2] == pytest.approx([x - 50, y - 50], abs=0.01)


def test_a_hyphen_at_a_line_end_is_marked():
    page = one(pdf(line("An exam-", y=700) + line("ple of it", y=675)))
    assert [(word.text, word.hyphen) for word in page.words()] == [
        ("An", None),
        ("exam-", Hyphen(1)),
        ("ple", Hyphen(2)),
        ("of", None),
        ("it", None),
    ]
    assert len(list(page.lines())) == 2


def test_right_to_left_text_comes_in_reading_order_and_says_so():
    page = one(pdf(line("abcd dcba", font="F2")))
    assert texts(page) == ["אבגד", "דגבא"]
    assert [each.direction for each in page.lines()] == ["rtl"]
    first, second = boxes(page)
    assert first[0] > second[0]


def test_invisible_text_is_text():
    assert texts(one(pdf("BT 3 Tr /F1 20 Tf 72 700 Td (under the scan) Tj ET"))) == ["under", "the", "scan"]


def test_far_apart_is_not_one_word_and_marks_within_a_word_are_kept():
    page = one(pdf(line("one", x=72) + line("two", x=300) + line("caf\xe9 l'homme well-known", y=600)))
    assert texts(page) == ["one", "two", "café", "l'homme", "well-known"]


def test_text_that_runs_upwards_is_read():
    page = one(pdf("BT /F1 20 Tf 0 1 -1 0 100 300 Tm (turned text) Tj ET"))
    assert texts(page) == ["turned", "text"]
    assert all(height > width for _, _, width, height in boxes(page))


def test_a_page_without_text_is_a_page():
    assert [texts(page) for page in read_pdf(pdf("", line("x")), "a.pdf")] == [[], ["x"]]


@pytest.mark.parametrize(
    ("data", "trap"),
    [
        (locked_pdf(), "pdf-encrypted"),
        (b"%PDF-1.4 and nothing else", "pdf-broken"),
        (b"", "pdf-broken"),
        (pdf(line("x"))[:300], "pdf-broken"),
    ],
)
def test_what_cannot_be_opened_is_named_with_its_remedy(data: bytes, trap: str):
    with pytest.raises(Unreadable) as caught:
        list(read_pdf(data, "a.pdf"))
    assert caught.value.trap == trap
    assert caught.value.remedy


def test_a_page_without_area_or_that_is_torn_costs_itself_only():
    data = pdf(line("one"), line("two")).replace(b"/Type /Page /Parent", b"/Type /Pagf /Parent", 1)
    pages = list(read_pdf(data, "a.pdf"))
    assert texts(pages[-1]) == ["two"]


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.pdf.MAX_PAGES", 1)
    with pytest.raises(Unreadable) as caught:
        list(read_pdf(pdf("", ""), "a.pdf"))
    assert caught.value.trap == "too-many-pages"


def test_a_page_of_too_many_words_is_left_without_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.readers.pdf.MAX_PAGE_WORDS", 2)
    first, second = read_pdf(pdf(line("one two three"), line("four")), "a.pdf")
    assert (texts(first), texts(second)) == ([], ["four"])
    assert [text.partition(":")[0] for text in first.warnings] == ["too-many-words"]


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingest.pdf.MAX_PDF_BYTES", 10)
    (tmp_path / "a.pdf").write_bytes(pdf(""))
    with pytest.raises(Unreadable) as caught:
        count_pdf_pages(tmp_path / "a.pdf")
    assert caught.value.trap == "file-too-large"


@pytest.mark.parametrize(("last", "told"), [("", False), (line("x"), True)])
def test_whether_there_is_text_is_told_by_any_page(tmp_path: Path, last: str, told: bool):
    (tmp_path / "a.pdf").write_bytes(pdf("", "", last))
    assert has_text(tmp_path / "a.pdf") is told
    assert count_pdf_pages(tmp_path / "a.pdf") == 3
