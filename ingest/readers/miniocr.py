"""Reads MiniOCR: pages, blocks, lines and words as `ocr/p/b/l/w`, each word with `x="left top width height"`."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from ingest.languages import bcp47
from ingest.numbers import number
from ingest.pieces import changed
from ingest.readers.soft_hyphens import settle_soft_hyphens
from ingest.shares import clean, split_words
from ingest.sniff import root_name
from ingest.traps import MAX_ALTERNATIVES, MAX_PAGE_WORDS, MAX_PAGES, MAX_TEXT_LENGTH, Unreadable, warning
from ingest.xml import Document, attributes, examine, load, local_name, split_documents, stream_pages
from lectern.words import Block, Box, Hyphen, Line, Page, Word, union

_OR = "⇿"
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
_ID = b"xml:id="
_HEAD = 4096
_SAME_LINE = 0.5  # of the lower word's height that two words share
_NEAR = 2  # heights of a word between words that are one


def read_miniocr(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the pages of a MiniOCR file, boxes in its own pixels or as fractions of a page of 1 by 1.

    Raises Unreadable for a file that is no MiniOCR, is cut short or holds more than a page of OCR can.
    """
    count = 0
    for part in split_documents(load(source, name)):
        if (root := root_name(part.head(_HEAD))) != "ocr":
            raise Unreadable("not-miniocr", f"{name} has the root element {root}, not ocr.", "Ingest OCR files.")
        document = _without_ids(examine(part, name, html=False))
        for element in stream_pages(document, "p", is_page=_is_page):
            count += 1
            if count > MAX_PAGES:
                raise Unreadable("too-many-pages", f"{name} has more than {MAX_PAGES} pages.", "Split the file.")
            yield _read_page(element, document)
    if not count:
        raise Unreadable("no-page", f"{name} is MiniOCR without a p element.", "Make the file again.")


def _without_ids(document: Document) -> Document:
    """Return a document without its xml:id: many a one is a bare number, which libxml2 refuses, and nobody needs it."""

    def mend(chunks: Iterable[bytes]) -> Iterator[bytes]:
        return changed(document.mend(chunks), lambda text: text.replace(_ID, b"xml_id="), b"x", len(_ID))

    return replace(document, mend=mend)


def _is_page(element: etree._Element) -> bool:
    return local_name(element) == "p"


def _read_page(element: etree._Element, document: Document) -> Page:
    values = attributes(element)
    page = Page(language=bcp47(values.get("lang")))
    reader = _PageReader(document.name)
    reader.visit(element)
    for block in reader.blocks:
        for line in block.lines:
            settle_soft_hyphens(line)
        block.lines = [line for line in block.lines if line.words]
    page.blocks = [block for block in reader.blocks if block.lines]
    _set_size(page, values.get("wh", ""))
    if document.form != "xml":
        page.warnings.append(warning("recovered", f"not well-formed ({document.fault}): mended"))
    if reader.torn:
        page.warnings.append(warning("box", f"{reader.torn} words have a box that is none; they have their line's"))
    if reader.escaped:
        page.warnings.append(warning("double-escaped", f"{reader.escaped} texts had entities escaped twice; mended"))
    return page


def _set_size(page: Page, written: str) -> None:
    """Give a page its size. Boxes that are fractions become those of the size, or of 1 by 1 where none is given."""
    sides = [side for text in written.replace(",", " ").split() if (side := number(text)) is not None and side > 0]
    width, height = sides if len(sides) == 2 else (None, None)
    boxes = [word.box for word in page.words() if word.box is not None]
    fractions = [side for box in boxes for side in box]
    if not fractions or max(fractions) > 1 or all(side.is_integer() for side in fractions):
        page.width, page.height = width, height
        return
    across, down = width or 1.0, height or 1.0
    page.width, page.height = across, down
    for word in page.words():
        if word.box is not None:
            x, y, w, h = word.box
            word.box = Box(x * across, y * down, w * across, h * down)


@dataclass(slots=True)
class _PageReader:
    """One walk over a page. What stands between `w` elements without a blank belongs to the word it touches."""

    name: str
    blocks: list[Block] = field(default_factory=lambda: [Block()])
    count: int = 0
    torn: int = 0
    escaped: int = 0
    _touching: bool = False  # no blank since the last word

    def visit(self, element: etree._Element) -> None:
        """Take in everything below a page or a block."""
        for child in element:
            match local_name(child):
                case "b":
                    self.blocks.append(Block())
                    self.visit(child)
                    self.blocks.append(Block())
                case "l":
                    self._take_line(child)
                case "w":
                    self._begin_line()
                    self._take_word(child, self.blocks[-1].lines[-1])
                case _:
                    self.visit(child)

    def _begin_line(self) -> None:
        """Words outside any line make one of their own."""
        if not self.blocks[-1].lines:
            self.blocks[-1].lines.append(Line())
            self._touching = False

    def _take_line(self, element: etree._Element) -> None:
        line = Line()
        self._touching = False
        self._take_text(element.text or "", line)
        for child in element:
            if local_name(child) == "w":
                self._take_word(child, line)
            else:
                self._take_text("".join(map(str, child.itertext())), line)
            self._take_text(child.tail or "", line)
        settle_soft_hyphens(line)
        if line.words:
            self.blocks[-1].lines.append(line)

    def _take_word(self, element: etree._Element, line: Line) -> None:
        written = self._plain("".join(map(str, element.itertext())), "word")
        readings = [text for part in written.split(_OR) if (text := clean(part))]
        box = self._box(element)
        words = split_words(readings[0], box) if readings else []
        if len(words) == 1:
            words[0].alternatives = tuple(dict.fromkeys(readings[1:]))[:MAX_ALTERNATIVES]
        for place, word in enumerate(words):
            self._touching = self._touching and not place
            self._add(word, line)
        if not words and not line.words and box is not None:
            self._second_half(box, line)

    def _plain(self, text: str, what: str) -> str:
        """Return a text without entities that were escaped a second time."""
        if len(text) > MAX_TEXT_LENGTH:
            raise Unreadable("text-too-long", f"One {what} has {len(text)} characters.", "This is no page of OCR.")
        if "&" in text and _ENTITY.search(text):
            self.escaped += 1
            return html.unescape(text)
        return text

    def _second_half(self, box: Box, line: Line) -> None:
        """Take a blank that begins a line for the second half of the word before it, which is written there whole.

        Where the word breaks is not said: each half gets as much of it as its box is wide, marked as estimated.
        """
        lines = (before for block in reversed(self.blocks) for before in reversed(block.lines) if before.words)
        first = next((before.words[-1] for before in lines), None)
        if first is None or first.hyphen is not None or len(first.text) < 2:
            return
        whole, width = first.text, first.box.w if first.box is not None else box.w
        cut = min(max(1, round(len(whole) * width / (width + box.w))), len(whole) - 1)
        first.text, first.hyphen, first.estimated = whole[:cut], Hyphen(1, whole), True
        self._touching = False
        self._add(Word(whole[cut:], box, hyphen=Hyphen(2, whole), estimated=True), line)

    def _take_text(self, text: str, line: Line) -> None:
        """Take in text that is in no word: signs that touch a word are part of it, what stands alone has no box."""
        text = self._plain(text, "line")
        if not text.strip():
            self._touching = self._touching and not text
            return
        self._touching = self._touching and not text[:1].isspace()
        for piece in clean(text).split():
            self._add(Word(piece), line)
            self._touching = False
        self._touching = not text[-1:].isspace()

    def _add(self, word: Word, line: Line) -> None:
        """Add a word to a line, or to the word before it where no blank and no line end stands between them."""
        if self._touching and line.words and _beside(line.words[-1].box, word.box):
            last = line.words[-1]
            last.text += word.text
            last.box = last.box if word.box is None else word.box if last.box is None else union([last.box, word.box])
            last.alternatives = ()
        else:
            line.words.append(word)
            self._count()
        self._touching = True

    def _count(self) -> None:
        self.count += 1
        if self.count > MAX_PAGE_WORDS:
            raise Unreadable(
                "too-many-words", f"{self.name} has a page of more than {MAX_PAGE_WORDS} words.", "Split the page."
            )

    def _box(self, element: etree._Element) -> Box | None:
        values = attributes(element)
        written = values.get("x") or values.get("box") or ""
        sides = [number(text) for text in written.replace(",", " ").split()]
        known = [side for side in sides if side is not None]
        if len(known) != 4 or len(sides) != 4 or min(known[2:]) < 0 or max(known[2:]) <= 0:
            self.torn += bool(written)
            return None
        return Box(*known)


def _beside(one: Box | None, other: Box | None) -> bool:
    """Return whether two boxes can be of one word: on one line and near. Some files lose the blank at a line's end."""
    if one is None or other is None:
        return True
    shared = min(one.bottom, other.bottom) - max(one.y, other.y)
    gap = max(one.x, other.x) - min(one.right, other.right)
    return shared >= _SAME_LINE * min(one.h, other.h) and gap <= _NEAR * max(one.h, other.h)
