"""Reads hOCR, page by page: of a file of any length only one page's elements are held at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from ingest.hyphens import SOFT_HYPHEN
from ingest.languages import bcp47
from ingest.pieces import changed
from ingest.readers.properties import box_of, confidence_of, parse_title
from ingest.shares import clean, split_words
from ingest.traps import MAX_ALTERNATIVES, MAX_PAGE_WORDS, MAX_PAGES, MAX_TEXT_LENGTH, Unreadable, warning
from ingest.xml import Document, examine, load, local_name, split_documents, stream_pages
from lectern.words import Block, Hyphen, Line, Page, Word

_WORDS = frozenset({"ocrx_word", "ocr_word"})
_LINES = frozenset({"ocr_line", "ocrx_line", "ocr_header", "ocr_footer", "ocr_caption", "ocr_textfloat"})
_BLOCKS = frozenset({"ocr_carea", "ocrx_block", "ocr_par", "ocr_column", "ocr_separator", "ocr_float"})
_CHARACTERS = frozenset({"ocr_cinfo", "ocrx_cinfo"})
_OPEN_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)\s[^<>]*$")
_LANGUAGE = ("lang", "{http://www.w3.org/XML/1998/namespace}lang")


def read_hocr(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the pages of an hOCR file in document order, boxes in its own pixels.

    A file that is not well-formed XML is read as HTML, and every page carries the warning `recovered`.
    Raises Unreadable for a file that cannot be read, also after some pages of it.
    """
    count = 0
    for part in split_documents(load(source, name)):
        document = examine(part, name, html=True)
        for page in _pages(document):
            count += 1
            if count > MAX_PAGES:
                raise Unreadable("too-many-pages", f"{name} has more than {MAX_PAGES} pages.", "Split the file.")
            yield page
    if not count:
        raise Unreadable(
            "no-page", f"{name} has no element of class ocr_page.", "Ingest hOCR or ALTO; other HTML has no word boxes."
        )


def _pages(document: Document) -> Iterator[Page]:
    for element in stream_pages(document, lambda element: "ocr_page" in _classes(element), _page_tags(document)):
        page = _read_page(element, document.name)
        if document.form != "xml":
            page.warnings.append(warning("recovered", f"not well-formed ({document.fault}): read as HTML"))
        yield page


def _page_tags(document: Document) -> set[str]:
    """Return the names of the elements that may be pages, nearly always div alone; empty if any might be one."""
    tags: set[str] = set()
    for text in changed(document.chunks(), bytes, b"<", MAX_TEXT_LENGTH):
        place = text.find(b"ocr_page")
        while place >= 0:
            tag = _OPEN_TAG.match(text, max(0, text.rfind(b"<", 0, place)), place)
            if tag is None:
                return set()
            name = tag.group(1).decode()
            tags.add(name.lower() if document.form == "html" else name)
            place = text.find(b"ocr_page", place + 1)
    return tags


def _classes(element: etree._Element) -> list[str]:
    value = element.get("class")
    return value.split() if value else []


def _language(element: etree._Element) -> str | None:
    for name in _LANGUAGE:
        if found := bcp47(element.get(name)):
            return found
    return None


def _read_page(element: etree._Element, name: str) -> Page:
    properties = parse_title(element.get("title") or "")
    page = Page(language=_inherited_language(element))
    box = box_of(properties)
    if box is not None and box.w and box.h:
        page.x, page.y, page.width, page.height = box
    page.name = " ".join(properties.get("lpageno", []))
    page.image_name = next((" ".join(properties[key]) for key in ("image", "file") if properties.get(key)), "")
    walk = _Walk(page, name)
    walk.visit(element, None)
    page.blocks = [block for block in walk.blocks if block.lines]
    return page


def _inherited_language(element: etree._Element) -> str | None:
    """Return the page's language; what stands on `html` is the template's, not the text's."""
    place: etree._Element | None = element
    while place is not None and local_name(place) not in {"body", "html"}:
        if found := _language(place):
            return found
        place = place.getparent()
    return None


@dataclass(slots=True)
class _Walk:
    """One walk over a page's elements: every word is met once, however areas, paragraphs and lines are nested."""

    page: Page
    name: str
    blocks: list[Block] = field(default_factory=lambda: [Block()])
    line: Line | None = None
    count: int = 0

    def visit(self, element: etree._Element, language: str | None) -> None:
        """Take in everything below an element."""
        for child in element:
            classes = _classes(child)
            spoken = _language(child) or language
            if not _WORDS.isdisjoint(classes):
                self._take_words(child, spoken)
            elif not _LINES.isdisjoint(classes):
                self._take_line(child, spoken)
            elif not _BLOCKS.isdisjoint(classes):
                self._take_block(child, spoken)
            elif "ocr_page" not in classes:
                self.visit(child, spoken)

    def _take_block(self, element: etree._Element, language: str | None) -> None:
        block = Block(box=box_of(parse_title(element.get("title") or "")))
        self.blocks.append(block)
        before = self.count
        self.visit(element, language)
        if self.count == before:
            # A paragraph without lines: its words are found, and light the paragraph.
            words = split_words(" ".join(_text(element).split()), None, language=self._other(language))
            if words:
                self._add(words, Line(words, block.box), block)
        self.blocks.append(Block())

    def _take_line(self, element: etree._Element, language: str | None) -> None:
        box = box_of(parse_title(element.get("title") or ""))
        outer, line = self.line, Line(box=box)
        self.line = line
        self.blocks[-1].lines.append(line)
        before = self.count
        self.visit(element, language)
        if self.count == before:
            words = split_words(_text(element), box, language=self._other(language))
            if words and words[-1].text.endswith(SOFT_HYPHEN):
                _mark_half(words[-1])
            self._add(words, None, None)
            line.words.extend(words)
        _settle_soft_hyphens(line)
        if not line.words:
            self.blocks[-1].lines = [kept for kept in self.blocks[-1].lines if kept is not line]
        self.line = outer

    def _take_words(self, element: etree._Element, language: str | None) -> None:
        inner = [child for child in element.iter() if child is not element and not _WORDS.isdisjoint(_classes(child))]
        if inner:
            for child in inner:
                if not any(not _WORDS.isdisjoint(_classes(below)) for below in child.iterdescendants()):
                    self._take_words(child, _language(child) or language)
            return
        words = self._read_words(element, language)
        if not words:
            return
        if self.line is None:
            self._add(words, Line(words, words[0].box if len(words) == 1 else None), self.blocks[-1])
            _settle_soft_hyphens(self.blocks[-1].lines[-1])
        else:
            self._add(words, None, None)
            self.line.words.extend(words)

    def _read_words(self, element: etree._Element, language: str | None) -> list[Word]:
        properties = parse_title(element.get("title") or "")
        words = split_words(
            _text(element),
            box_of(properties),
            confidence=confidence_of(properties),
            language=self._other(language),
        )
        if words and (words[-1].text.endswith(SOFT_HYPHEN) or (element.tail or "").lstrip().startswith(SOFT_HYPHEN)):
            _mark_half(words[-1])
        if len(words) == 1:
            words[0].alternatives = _alternatives(element)
        return words

    def _other(self, language: str | None) -> str | None:
        """Return a language only where it is not the page's."""
        return language if language != self.page.language else None

    def _add(self, words: list[Word], line: Line | None, block: Block | None) -> None:
        self.count += len(words)
        if self.count > MAX_PAGE_WORDS:
            raise Unreadable(
                "too-many-words", f"{self.name} has a page of more than {MAX_PAGE_WORDS} words.", "Split the page."
            )
        if line is not None and block is not None:
            block.lines.append(line)


def _mark_half(word: Word) -> None:
    """Make a word that ends in a soft hyphen the first half of a hyphenated one, with the hyphen as it is printed."""
    stem = word.text.rstrip(SOFT_HYPHEN)
    word.text = stem if stem.endswith("-") else stem + "-"
    word.hyphen = Hyphen(1)


def _settle_soft_hyphens(line: Line) -> None:
    """Drop soft hyphens that do not end the line: there they are only a place where the word might be broken."""
    for word in line.words[:-1]:
        if word.hyphen is not None:
            word.hyphen = None
            word.text = word.text.removesuffix("-")
    for word in line.words:
        word.text = word.text.replace(SOFT_HYPHEN, "")
    line.words = [word for word in line.words if word.text]


def _text(element: etree._Element) -> str:
    """Return the text of an element: characters with boxes of their own are joined, second choices left out."""
    characters = [child for child in element.iterdescendants() if not _CHARACTERS.isdisjoint(_classes(child))]
    pieces = (clean(_all_text(child)) for child in characters) if characters else _first_choices(element)
    text = "".join(pieces)
    if len(text) > MAX_TEXT_LENGTH:
        raise Unreadable("text-too-long", f"One element holds {len(text)} characters.", "This is no page of OCR.")
    return text


def _all_text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def _first_choices(element: etree._Element) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        if isinstance(child.tag, str) and not child.tag.endswith("del"):
            yield from _first_choices(child)
        if child.tail:
            yield child.tail


def _alternatives(element: etree._Element) -> tuple[str, ...]:
    others = (clean(_all_text(child)) for child in element.iterdescendants() if str(child.tag).endswith("del"))
    return tuple(dict.fromkeys(other for other in others if other))[:MAX_ALTERNATIVES]
