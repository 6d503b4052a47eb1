"""PDFs that we write, judged by other people's programs: qpdf finds no fault, pdfium finds the words at their boxes."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image

from ingest.readers.pdf import read_pdf
from lectern.wordblock import PageWords, encode_page
from lectern.words import Block, Box, Line, Page, Word
from services.presentation.pdf.file import About, Bookmark, Picture, Sheet, page_scale, written
from services.presentation.pdf.words import Placed, placed_words

SIZE = (1200, 1600)
SCALE = page_scale(*SIZE)
IDENTITY = "0123456789abcdef" * 2


def jpeg(width: int, height: int, mode: str = "RGB") -> Picture:
    data = BytesIO()
    Image.new("L", (width, height), 200).convert(mode).save(data, "JPEG")
    return Picture(data.getvalue(), width, height, grey=mode == "L")


def pdf(*sheets: Sheet, **about: Any) -> bytes:
    labels = [f"p. {n}" for n in range(len(sheets))]
    values: dict[str, Any] = {"title": "A book", "labels": labels, "identity": IDENTITY}
    return b"".join(written(About(**values | about), sheets))


def page_of(*lines: Line) -> PageWords:
    return PageWords(encode_page(Page([Block(list(lines))])))


def line(*words: tuple[str, int, int], y: int = 100, direction: Any = None) -> Line:
    """Return a line of words 40 pixels high, each with its x and width."""
    placed = [Word(text, Box(x, y, width, 40)) for text, x, width in words]
    left = min(x for _, x, _ in words)
    return Line(placed, Box(left, y, max(x + w for _, x, w in words) - left, 40), direction)


def found(data: bytes) -> Iterator[tuple[str, list[int]]]:
    """Yield what pdfium finds: words, and their boxes in canvas pixels."""
    for page in read_pdf(data, "a book"):
        for word in page.words():
            assert word.box is not None
            yield word.text, [round(side * 72 / 1200 / SCALE) for side in word.box]


@pytest.mark.parametrize(
    "words",
    [
        [("harbour", 100, 200), ("wall", 320, 90)],
        [("שלום", 800, 150), ("עולם", 600, 150)],
        [("مرحبا", 800, 150), ("بالعالم", 560, 200)],
        [("ἄνθρωπος", 100, 200), ("ἐλεύθερος", 330, 220)],
        [("𝔄𠀋", 100, 80), ("naïve", 200, 120)],
    ],
    ids=["Latin", "Hebrew", "Arabic", "Greek", "beyond 16 bits"],
)
def test_words_of_any_script_are_found_at_their_boxes(words):
    data = pdf(Sheet(*SIZE, words=placed_words(page_of(line(*words)))))
    assert [text for text, _ in found(data)] == [text for text, _, _ in words]
    for (_, box), (_, x, width) in zip(found(data), words, strict=True):
        assert box == pytest.approx([x, 100, width, 40], abs=2)


def test_a_column_that_runs_downwards_is_found_along_its_box():
    column = Line([Word("吾輩は猫", Box(900, 100, 40, 160))], Box(900, 100, 40, 160), "ttb")
    ((text, box),) = found(pdf(Sheet(*SIZE, words=placed_words(page_of(column)))))
    assert text == "吾輩は猫"
    assert box == pytest.approx([900, 100, 40, 160], abs=2)


def test_whoever_copies_a_page_gets_its_lines_in_order():
    words = Line([Word("was", Box(100, 110, 70, 20)), Word("opened", Box(180, 100, 130, 45))], Box(100, 100, 210, 45))
    data = pdf(Sheet(*SIZE, words=placed_words(page_of(line(("the", 100, 60), ("wall", 175, 80), y=20), words))))
    assert pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range().split("\r\n") == ["the wall", "was opened"]


def test_a_word_is_found_by_a_reader_of_pdfs():
    text = pypdfium2.PdfDocument(pdf(Sheet(*SIZE, words=[Placed("harbour", (10, 10, 200, 40))])))[0].get_textpage()
    assert text.search("Harbour").get_next() == (0, 7)


def rendered(data: bytes) -> Image.Image:
    """Return the first page as pdfium shows it."""
    shown: Image.Image = pypdfium2.PdfDocument(data)[0].render().to_pil().convert("RGB")
    return shown


def test_words_are_not_to_be_seen():
    over = rendered(pdf(Sheet(*SIZE, words=[Placed("harbour", (10, 10, 900, 400))])))
    assert over.getextrema() == ((255, 255),) * 3


def test_qpdf_finds_no_fault():
    data = pdf(
        Sheet(*SIZE, jpeg(300, 400), [Placed("harbour", (10, 10, 200, 40))]),
        Sheet(*SIZE, jpeg(30, 40, "L")),
        Sheet(*SIZE, note="This page is not shown to you."),
        bookmarks=[Bookmark("One", 0, [Bookmark("Two", 1, [Bookmark("Three", 1)]), Bookmark("Four", 2)])],
    )
    with pikepdf.open(BytesIO(data)) as read:
        assert read.check_pdf_syntax() == []
        assert len(read.pages) == 3


def test_pictures_fill_their_pages_and_are_handed_over_as_they_are():
    picture = jpeg(300, 400)
    with pikepdf.open(BytesIO(pdf(Sheet(*SIZE, picture)))) as read:
        image = read.pages[0].Resources.XObject.P
        assert image.read_raw_bytes() == picture.data
    shown = rendered(pdf(Sheet(*SIZE, picture))).convert("L")
    assert shown.histogram()[200] == shown.width * shown.height


def test_a_note_is_read_by_people():
    text = pypdfium2.PdfDocument(pdf(Sheet(*SIZE, note="This page is not shown to you.")))[0].get_textpage()
    assert text.get_text_range() == "This page is not shown to you."


def test_parts_are_bookmarks_and_labels_those_of_the_pages():
    marks = [Bookmark("Ἀρχή", 0, [Bookmark("Inner", 1)]), Bookmark("End", 2)]
    read = pypdfium2.PdfDocument(pdf(*[Sheet(*SIZE)] * 3, labels=["i", "ii", "1 (2)"], bookmarks=marks))
    entries = [(mark.level, mark.get_title(), mark.get_dest().get_index()) for mark in read.get_toc()]
    assert entries == [(0, "Ἀρχή", 0), (1, "Inner", 1), (0, "End", 2)]
    assert [read.get_page_label(n) for n in range(3)] == ["i", "ii", "1 (2)"]


def test_a_file_says_what_it_is():
    told = {"languages": ("he", "en"), "rights": "Ask <us>", "source": "https://h/objects/x", "leftwards": True}
    with pikepdf.open(BytesIO(pdf(Sheet(*SIZE), title="ספר\x00", made=1_700_000_000, **told))) as read:
        assert str(read.docinfo["/Title"]) == "ספר\x00"
        assert str(read.Root.Lang) == "he"
        assert read.Root.ViewerPreferences.Direction == "/R2L"
        with read.open_metadata() as metadata:
            assert metadata["dc:rights"] == "Ask <us>"
            assert metadata["dc:source"] == "https://h/objects/x"
            assert metadata["dc:title"] == "ספר"


def test_the_same_book_is_the_same_file_to_the_last_byte():
    sheets = [Sheet(*SIZE, jpeg(30, 40), [Placed("𝔄", (1, 2, 30, 40))])]
    assert pdf(*sheets) == pdf(*sheets)


def test_a_page_is_asked_for_when_it_is_written_and_not_before():
    asked: list[int] = []

    def sheets() -> Iterator[Sheet]:
        for n in range(50):
            asked.append(n)
            yield Sheet(*SIZE)

    pieces = written(About("A book", ["1"] * 50, IDENTITY), sheets())
    while not asked:
        next(pieces)
    assert asked == [0]


def test_more_rare_characters_than_there_are_codes_do_no_harm():
    many = "".join(chr(0x20000 + n) for n in range(3000)) + "\ud800"
    with pikepdf.open(BytesIO(pdf(Sheet(*SIZE, words=[Placed(many, (1, 2, 900, 40))])))) as read:
        assert read.check_pdf_syntax() == []
