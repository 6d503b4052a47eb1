"""The text layer of a PDF: pages, lines and words with boxes from the places of its characters.

pdfium gives characters in reading order with the spaces and line ends it sees, and marks a hyphen that splits a word
at a line end. What OCR programs lay under a scan and what a typesetter printed are read alike.
"""

import ctypes
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ingest.pdf import POINTS_PER_INCH, load_page, opened, pdfium
from ingest.traps import MAX_PAGE_WORDS, Unreadable, warning
from lectern.words import Block, Box, Hyphen, Line, Page, Word, union

_UNITS_PER_POINT = 1200 / POINTS_PER_INCH  # boxes are given in 1/1200 inch, so that a page without picture has 300 dpi
_FINE = 1000  # steps a point when pdfium turns its coordinates into ours, which it does in whole numbers
_GAP = 1.5  # of a character's larger side: what is farther off is another word
_MOST_CHARACTERS = 40 * MAX_PAGE_WORDS
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


class _Character(NamedTuple):
    """A character with its box in points from the page's lower left corner (left, bottom, right, top)."""

    text: str
    box: tuple[float, float, float, float] | None
    hyphen: bool = False


def read_pdf(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the pages of a PDF with the words of its text layer, in 1/1200 inch from the top left as it is shown.

    A page that is torn comes without words and with a warning. Raises Unreadable for a file that cannot be opened.
    """
    with opened(source, name) as document:
        for n in range(len(document)):
            label = document.get_page_label(n)
            try:
                yield _page(load_page(document, n, name), label)
            except Unreadable as error:
                yield Page(name=label, warnings=[warning(error.trap, error.detail)])


def _page(page: Any, label: str) -> Page:
    width, height = page.get_size()
    found = Page([], width * _UNITS_PER_POINT, height * _UNITS_PER_POINT, unit="inch1200", name=label)
    try:
        text = page.get_textpage()
    except pdfium().PdfiumError:
        found.warnings.append(warning("pdf-page-broken", "the text of the page cannot be read"))
        return found
    try:
        if text.count_chars() > _MOST_CHARACTERS:
            found.warnings.append(warning("too-many-words", f"the page has {text.count_chars()} characters; not read"))
            return found
        lines = _Lines(_Frame(page, width, height))
        for character in _characters(text):
            lines.add(character)
        if made := lines.finish():
            found.blocks.append(Block(made))
    finally:
        text.close()
        page.close()
    return found


def _characters(text: Any) -> Iterator[_Character]:
    """Yield the characters of a page; a character beyond 16 bits comes as one, whichever way pdfium gives it."""
    raw = pdfium().raw
    sides = [ctypes.c_double() for _ in range(4)]
    loose = raw.FS_RECTF()
    half = ""
    for n in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, n)
        hyphen = raw.FPDFText_IsHyphen(text, n) == 1
        letter = "-" if hyphen and code in {0x02, 0xAD, 0xFFFE} else chr(code) if 0 < code <= 0x10FFFF else ""
        if "\ud800" <= letter <= "\udbff":
            half = letter
            continue
        if "\udc00" <= letter <= "\udfff":
            letter = (half + letter).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
        half = ""
        if letter.isspace():
            yield _Character(letter, None)
            continue
        left, right, bottom, top = sides
        box = None
        if raw.FPDFText_GetCharBox(text, n, left, right, bottom, top):
            box = (left.value, bottom.value, right.value, top.value)
        # A font without outlines, as OCR programs lay under scans, may have no ink: then its frame counts.
        if (box is None or box[2] <= box[0] or box[3] <= box[1]) and raw.FPDFText_GetLooseCharBox(text, n, loose):
            box = (loose.left, loose.bottom, loose.right, loose.top)
        yield _Character(letter, box, hyphen)


class _Frame:
    """Turns boxes in points from the lower left of the sheet into ours: crop box and rotation are pdfium's business."""

    def __init__(self, page: Any, width: float, height: float) -> None:
        self._page = page
        self._size = (round(width * _FINE), round(height * _FINE))

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return a box in 1/1200 inch from the top left of the page as it is shown."""
        xs, ys = zip(self._point(left, bottom), self._point(right, top), strict=True)
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium().raw.FPDF_PageToDevice(self._page, 0, 0, *self._size, 0, x, y, across, down)
        return across.value / _FINE * _UNITS_PER_POINT, down.value / _FINE * _UNITS_PER_POINT


@dataclass(slots=True)
class _Lines:
    """Gathers characters into words and words into lines."""

    frame: _Frame
    lines: list[Line] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    characters: list[_Character] = field(default_factory=list)
    split: bool = False  # the word before ended in a hyphen
    count: int = 0

    def add(self, character: _Character) -> None:
        """Take the next character; raises Unreadable for a page of more words than any page has."""
        if character.text in {"\r", "\n"}:
            self._end_line()
        elif character.box is None:
            self._end_word()
        elif character.text and unicodedata.category(character.text) not in {"Cc", "Cs", "Cn"}:
            if self.characters and _apart(self.characters[-1], character):
                self._end_word()
            self.characters.append(character)
            if character.hyphen:
                self._end_line(split=True)

    def finish(self) -> list[Line]:
        """Return all lines."""
        self._end_line()
        return self.lines

    def _end_word(self, *, split: bool = False) -> None:
        if not self.characters:
            return
        self.count += 1
        if self.count > MAX_PAGE_WORDS:
            raise Unreadable("too-many-words", f"A page has more than {MAX_PAGE_WORDS} words.", "Make the PDF again.")
        boxes = [character.box for character in self.characters if character.box is not None]
        left, bottom, right, top = (list(side) for side in zip(*boxes, strict=True))
        word = Word(
            "".join(character.text for character in self.characters),
            self.frame.box(min(left), min(bottom), max(right), max(top)),
        )
        if split:
            word.hyphen = Hyphen(1)
        elif self.split:
            word.hyphen = Hyphen(2)
        self.split = split
        self.words.append(word)
        self.characters = []

    def _end_line(self, *, split: bool = False) -> None:
        self._end_word(split=split)
        if self.words:
            box = union([word.box for word in self.words if word.box is not None])
            self.lines.append(Line(self.words, box, "rtl" if _runs_left(self.words) else None))
            self.words = []


def _apart(one: _Character, other: _Character) -> bool:
    """Return whether two characters in a row lie too far from each other to be of one word."""
    if one.box is None or other.box is None:
        return True
    size = max(box[side + 2] - box[side] for box in (one.box, other.box) for side in (0, 1))
    gaps = (
        other.box[0] - one.box[2],
        one.box[0] - other.box[2],
        other.box[1] - one.box[3],
        one.box[1] - other.box[3],
    )
    return max(gaps) > _GAP * size


def _runs_left(words: list[Word]) -> bool:
    """Return whether most letters of a line are of a script that runs from right to left."""
    kinds = [unicodedata.bidirectional(letter) for word in words for letter in word.text if letter.isalpha()]
    return sum(kind in _RIGHT_TO_LEFT for kind in kinds) * 2 > len(kinds)
