"""Reads ABBYY FineReader XML, versions 6 to 11, page by page: words are made of the characters it lists."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from ingest.hyphens import SOFT_HYPHEN
from ingest.languages import bcp47, lift_language
from ingest.numbers import LARGEST, number
from ingest.readers.abbyy_turns import reads_downwards, turn_into
from ingest.readers.soft_hyphens import settle_soft_hyphens
from ingest.shares import clean, split_words
from ingest.sniff import root_name
from ingest.traps import MAX_ALTERNATIVES, MAX_PAGE_WORDS, MAX_PAGES, MAX_TEXT_LENGTH, Unreadable, warning
from ingest.xml import Document, examine, load, local_name, split_documents, stream_pages
from lectern.words import Block, Box, Line, Page, Word

_HEAD = 1 << 16
_KNOWN_NAMESPACE = re.compile(r"^$|abbyy\.com/FineReader_xml/FineReader(?:[6-9]|1[0-9])-", re.IGNORECASE)
_BROKEN_WORD = SOFT_HYPHEN + "¬"  # both are how FineReader writes a hyphen of its own reading
_TRUE = frozenset({"1", "true"})
_SURE = 100
_LONGEST_NUMBER = 4  # of a confidence

Corners = tuple[float, float, float, float]
Get = Callable[[str], str | None]


def read_abbyy(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the pages of a FineReader XML file, boxes in pixels of the page as FineReader saw it.

    Raises Unreadable for a file that is no FineReader XML, is cut short or holds more than a page of OCR can.
    """
    count = 0
    for part in split_documents(load(source, name)):
        if (root := root_name(part.head(_HEAD))) != "document":
            raise Unreadable("not-abbyy", f"{name} has the root element {root}, not document.", "Ingest OCR files.")
        document = examine(part, name, html=False)
        for element in stream_pages(document, "page", is_page=_is_page):
            count += 1
            if count > MAX_PAGES:
                raise Unreadable("too-many-pages", f"{name} has more than {MAX_PAGES} pages.", "Split the file.")
            yield _read_page(element, document)
    if not count:
        raise Unreadable("no-page", f"{name} is FineReader XML without a page.", "Export it again.")


def _is_page(element: etree._Element) -> bool:
    return local_name(element) == "page"


def _read_page(element: etree._Element, document: Document) -> Page:
    page = Page()
    width, height = number(element.get("width") or ""), number(element.get("height") or "")
    if width and height and width > 0 and height > 0:
        page.width, page.height = width, height
    _PageReader(element, document.name, page).read()
    lift_language(page)
    if document.form != "xml":
        page.warnings.append(warning("recovered", f"not well-formed ({document.fault}): mended"))
    namespace = str(element.tag).rpartition("}")[0].lstrip("{")
    if not _KNOWN_NAMESPACE.search(namespace):
        page.warnings.append(
            warning("namespace", f"the namespace {namespace} is not one of ABBYY's; read all the same")
        )
    if page.blocks and element.get("originalCoords") not in _TRUE:
        text = "FineReader does not say that boxes are those of the original picture; a deskewed one may differ"
        page.warnings.append(warning("coordinates-uncertain", text))
    return page


def corners_of(get: Get) -> Corners | None:
    """Return left, top, right and bottom of an element; None if one is missing or no number."""
    try:
        return int(get("l")), int(get("t")), int(get("r")), int(get("b"))  # type: ignore[arg-type] # None is caught
    except (TypeError, ValueError):
        sides = [side for name in "ltrb" if (side := number(get(name) or "")) is not None]
        return (sides[0], sides[1], sides[2], sides[3]) if len(sides) == 4 else None


def box_around(corners: list[Corners]) -> Box | None:
    """Return the box around all of them, None if there is none or it is no place on a page."""
    if not corners:
        return None
    if len(corners) == 1:
        left, top, right, bottom = corners[0]
    else:
        lefts, tops, rights, bottoms = zip(*corners, strict=True)
        left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    x, y, w, h = min(left, right), min(top, bottom), abs(right - left), abs(bottom - top)
    if max(abs(x), abs(y), w, h) > LARGEST or not (x or y or w or h):
        return None
    return Box(x, y, w, h)


def _character(element: etree._Element) -> str:
    """Return the character of a charParams element, behind the other readings that may stand in it; blank if none."""
    text = element.text
    if (text is None or text.isspace()) and len(element):
        text = "".join(child.tail or "" for child in element)
    return text or " "


@dataclass(slots=True)
class _PageReader:
    """Reads one page: every `text` element becomes a block, be it in a text block, a table's cell or elsewhere."""

    element: etree._Element
    name: str
    page: Page
    count: int = 0
    by_blanks: bool = True

    def read(self) -> None:
        """Fill the page's blocks in the order of the file."""
        space = str(self.element.tag).rpartition("page")[0]
        characters = self.element.iter(space + "charParams")
        self.by_blanks = any(_character(element).isspace() for element in characters)
        unturned = 0
        for holder in self.element:
            if local_name(holder) != "block":
                continue
            texts = list(holder.iter(space + "text"))
            around = box_around([corners] if (corners := corners_of(holder.get)) else [])
            for text in texts:
                block = self._read_text(text, around if len(texts) == 1 else None, space)
                unturned += not turn_into(block, around, text.get("orientation"), self.page)
                if block.lines:
                    self.page.blocks.append(block)
        if unturned:
            said = f"{unturned} turned texts have boxes outside their block however they are turned; left as they are"
            self.page.warnings.append(warning("rotation", said))

    def _read_text(self, element: etree._Element, box: Box | None, space: str) -> Block:
        block = Block(box=box)
        downwards = reads_downwards(element.get("orientation"))
        for child in element.iter(space + "line"):
            line = self._read_line(child, space)
            settle_soft_hyphens(line, _BROKEN_WORD)
            if line.words:
                line.direction = "ttb" if downwards else None
                block.lines.append(line)
        return block

    def _read_line(self, element: etree._Element, space: str) -> Line:
        box = box_around([corners] if (corners := corners_of(element.get)) else [])
        words = _Words(self.by_blanks)
        bare = []
        for formatting in element.iter(space + "formatting"):
            language = bcp47(formatting.get("lang"))
            if not words.take(formatting, language, space) and (text := (formatting.text or "").strip("\r\n")):
                bare.append((text, language))
        words.end()
        line = Line(words.found, box)
        if bare and not line.words:
            line.words = split_words(self._whole(bare), box, language=bare[0][1])
        self.count += len(line.words)
        if self.count > MAX_PAGE_WORDS:
            raise Unreadable(
                "too-many-words", f"{self.name} has a page of more than {MAX_PAGE_WORDS} words.", "Split the page."
            )
        return line

    def _whole(self, pieces: list[tuple[str, str | None]]) -> str:
        text = "".join(piece for piece, _ in pieces)
        if len(text) > MAX_TEXT_LENGTH:
            raise Unreadable("text-too-long", f"One line has {len(text)} characters.", "This is no page of OCR.")
        return text


@dataclass(slots=True)
class _Words:
    """Makes the words of one line from its characters.

    They end at blanks; on pages that have none they begin where FineReader says that one begins.
    """

    by_blanks: bool
    found: list[Word] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    corners: list[Corners] = field(default_factory=list)
    sureness: list[int] = field(default_factory=list)
    language: str | None = None
    others: tuple[str, ...] = ()

    def take(self, formatting: etree._Element, language: str | None, space: str) -> bool:
        """Take in the characters of a run of one format; returns whether there were any."""
        characters, variants = space + "charParams", space + "wordRecVariants"
        wanted = (characters,) if formatting.find(variants) is None else (characters, variants)
        taken = False
        for child in formatting.iterchildren(*wanted):
            taken = True
            text = child.text
            if text is None or text.isspace():
                if child.tag == variants:
                    self.others = _readings(child, space)
                    continue
                text = _character(child)
                if text.isspace():
                    self.end()
                    continue
            self._add(text, child.get, language)
        return taken

    def _add(self, text: str, get: Get, language: str | None) -> None:
        if not self.by_blanks and (get("wordStart") in _TRUE or get("wordFirst") in _TRUE):
            self.end()
        if not self.letters:
            self.language = language
        self.letters.append(text)
        if (corners := corners_of(get)) is not None:
            self.corners.append(corners)
        if (sure := get("charConfidence")) is not None and sure.isdecimal() and len(sure) < _LONGEST_NUMBER:
            self.sureness.append(int(sure))

    def end(self) -> None:
        """End the word that was begun, if one was."""
        if not self.letters:
            return
        text = clean("".join(self.letters))
        if len(text) > MAX_TEXT_LENGTH:
            raise Unreadable("text-too-long", f"One word has {len(text)} characters.", "This is no page of OCR.")
        if text:
            sureness = [sure for sure in self.sureness if sure <= _SURE]
            confidence = sum(sureness) / len(sureness) / _SURE if sureness else None
            others = tuple(other for other in self.others if other != text)
            self.found.append(Word(text, box_around(self.corners), confidence, others, self.language))
        self.letters, self.corners, self.sureness, self.others = [], [], [], ()


def _readings(variants: etree._Element, space: str) -> tuple[str, ...]:
    """Return what else FineReader thought that the next word might be."""
    texts = []
    for variant in variants.iter(space + "variantText"):
        characters = "".join(map(_character, variant.iterchildren(space + "charParams")))
        texts.append(clean(characters or variant.text or ""))
    return tuple(dict.fromkeys(text for text in texts if text))[:MAX_ALTERNATIVES]
