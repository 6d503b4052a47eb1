"""The words of one hOCR page: one walk over its elements, with a short way for the plain word."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from lxml import etree

from ingest.hyphens import SOFT_HYPHEN
from ingest.languages import bcp47
from ingest.readers.properties import box_and_confidence, turned_by
from ingest.shares import clean, direction_of_angle, is_one_word, split_words
from ingest.traps import MAX_ALTERNATIVES, MAX_PAGE_WORDS, MAX_TEXT_LENGTH, Unreadable
from lectern.words import Block, Box, Direction, Hyphen, Line, Page, Word

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_VERTICAL_STYLE = "writing-mode:vertical"
_DEEPEST = 256


class Role(Enum):
    """What an element is to us, by its classes."""

    WORD = frozenset({"ocrx_word", "ocr_word"})
    LINE = frozenset({"ocr_line", "ocrx_line", "ocr_header", "ocr_footer", "ocr_caption", "ocr_textfloat"})
    BLOCK = frozenset({"ocr_carea", "ocrx_block", "ocr_par", "ocr_column", "ocr_separator", "ocr_float"})
    CHARACTER = frozenset({"ocr_cinfo", "ocrx_cinfo"})
    PAGE = frozenset({"ocr_page"})
    NONE = frozenset[str]()


@lru_cache(1024)
def role_of(classes: str | None) -> Role:
    """Return the role that a class attribute gives; of several the first in the order above."""
    members = set(classes.split()) if classes else set()
    return next((role for role in Role if not role.value.isdisjoint(members)), Role.NONE)


def language_of(element: etree._Element) -> str | None:
    """Return the language that an element itself states."""
    said = element.get("lang")
    return bcp47(said) or bcp47(element.get(_XML_LANG)) if said else bcp47(element.get(_XML_LANG))


def direction_of(element: etree._Element) -> Direction | None:
    """Return the direction that an element itself states, as far as it is not from left to right."""
    if element.get("dir") == "rtl":
        return "rtl"
    style = element.get("style")
    return "ttb" if style and _VERTICAL_STYLE in style.replace(" ", "").lower() else None


def read_words(page: Page, element: etree._Element, name: str) -> None:
    """Give a page the blocks of its element. Raises Unreadable for more than a page of OCR can hold."""
    walk = _Walk(page, name)
    walk.visit(element, page.language, direction_of(element), 0)
    page.blocks = [block for block in walk.blocks if block.lines]


@dataclass(slots=True)
class _Walk:
    """One walk over a page's elements: every word is met once, however areas, paragraphs and lines are nested."""

    page: Page
    name: str
    blocks: list[Block] = field(default_factory=lambda: [Block()])
    line: Line | None = None
    count: int = 0

    def visit(self, element: etree._Element, language: str | None, direction: Direction | None, depth: int) -> None:
        """Take in everything below an element."""
        if depth > _DEEPEST:
            raise Unreadable("too-deep", f"{self.name} has elements {depth} deep.", "This is no page of OCR.")
        for child in element:
            role = role_of(child.get("class"))
            spoken = language_of(child) or language
            if role is Role.WORD:
                self._take_words(child, spoken)
            elif role is Role.LINE:
                self._take_line(child, spoken, direction_of(child) or direction, depth)
            elif role is Role.BLOCK:
                self._take_block(child, spoken, direction_of(child) or direction, depth)
            elif role is not Role.PAGE:
                self.visit(child, spoken, direction_of(child) or direction, depth + 1)

    def _take_block(
        self, element: etree._Element, language: str | None, direction: Direction | None, depth: int
    ) -> None:
        block = Block(box=box_and_confidence(element.get("title"))[0])
        self.blocks.append(block)
        before = self.count
        self.visit(element, language, direction, depth + 1)
        if self.count == before:
            # A paragraph without lines: its words are found, and light the paragraph.
            words = split_words(" ".join(_text(element).split()), None, language=self._other(language))
            if words:
                self._counted(words)
                block.lines.append(Line(words, block.box, direction))
        self.blocks.append(Block())

    def _take_line(
        self, element: etree._Element, language: str | None, direction: Direction | None, depth: int
    ) -> None:
        title = element.get("title")
        box = box_and_confidence(title)[0]
        angle = turned_by(title)
        direction = direction_of_angle(angle, box) or direction
        outer, line = self.line, Line(box=box, direction=direction)
        self.line = line
        self.blocks[-1].lines.append(line)
        before = self.count
        self.visit(element, language, direction, depth + 1)
        if self.count == before:
            words = split_words(_text(element), box, direction, angle=angle, language=self._other(language))
            if words and words[-1].text.endswith(SOFT_HYPHEN):
                _mark_half(words[-1])
            line.words.extend(self._counted(words))
        elif direction is None and len(element) and element[0].get("dir") == element[-1].get("dir") == "rtl":
            line.direction = "rtl"
        _settle_soft_hyphens(line)
        if not line.words:
            self.blocks[-1].lines = [kept for kept in self.blocks[-1].lines if kept is not line]
        self.line = outer

    def _take_words(self, element: etree._Element, language: str | None) -> None:
        if len(element):
            inner = [child for child in element.iterdescendants() if role_of(child.get("class")) is Role.WORD]
            if inner:
                for child in inner:
                    if not any(role_of(below.get("class")) is Role.WORD for below in child.iterdescendants()):
                        self._take_words(child, language_of(child) or language)
                return
        words = self._read_words(element, language)
        if not words:
            return
        self._counted(words)
        if self.line is None:
            self.blocks[-1].lines.append(Line(words, words[0].box if len(words) == 1 else None))
            _settle_soft_hyphens(self.blocks[-1].lines[-1])
        else:
            self.line.words += words

    def _read_words(self, element: etree._Element, language: str | None) -> list[Word]:
        text = _text(element) if len(element) else element.text
        if not text:
            return []
        box, confidence = box_and_confidence(element.get("title"))
        if box is None:
            box = _box_around(element)
        if language == self.page.language:
            language = None
        if is_one_word(text):
            words = [Word(text, box, confidence, (), language)]
        else:
            direction = self.line.direction if self.line is not None else None
            words = split_words(_short_enough(text), box, direction, confidence=confidence, language=language)
            if not words:
                return words
        tail = element.tail
        if words[-1].text.endswith(SOFT_HYPHEN) or (tail and tail.lstrip().startswith(SOFT_HYPHEN)):
            _mark_half(words[-1])
        if len(element) and len(words) == 1:
            words[0].alternatives = _alternatives(element)
        return words

    def _other(self, language: str | None) -> str | None:
        """Return a language only where it is not the page's."""
        return language if language != self.page.language else None

    def _counted(self, words: list[Word]) -> list[Word]:
        self.count += len(words)
        if self.count > MAX_PAGE_WORDS:
            raise Unreadable(
                "too-many-words", f"{self.name} has a page of more than {MAX_PAGE_WORDS} words.", "Split the page."
            )
        return words


def _mark_half(word: Word) -> None:
    """Make a word that ends in a soft hyphen the first half of a hyphenated one, with the hyphen as it is printed."""
    stem = word.text.rstrip(SOFT_HYPHEN)
    word.text = stem if stem.endswith("-") else stem + "-"
    word.hyphen = Hyphen(1)


def _settle_soft_hyphens(line: Line) -> None:
    """Drop soft hyphens that do not end the line: there they are only a place where the word might be broken."""
    words = line.words
    last = len(words) - 1
    emptied = False
    for index, word in enumerate(words):
        if word.hyphen is not None and index < last:
            word.hyphen = None
            word.text = word.text.removesuffix("-")
        if SOFT_HYPHEN in word.text:
            word.text = word.text.replace(SOFT_HYPHEN, "")
        emptied = emptied or not word.text
    if emptied:
        line.words = [word for word in words if word.text]


def _box_around(element: etree._Element) -> Box | None:
    """Return the box of the word element around this one: Tesseract 3 gives it there."""
    outer = element.getparent()
    if outer is None or len(outer) != 1 or role_of(outer.get("class")) is not Role.WORD:
        return None
    return box_and_confidence(outer.get("title"))[0]


def _short_enough(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        raise Unreadable("text-too-long", f"One element holds {len(text)} characters.", "This is no page of OCR.")
    return text


def _text(element: etree._Element) -> str:
    """Return the text of an element: characters with boxes of their own are joined, second choices left out."""
    characters = [child for child in element.iterdescendants() if role_of(child.get("class")) is Role.CHARACTER]
    pieces = map(_character, characters) if characters else _first_choices(element)
    return _short_enough("".join(pieces))


def _character(element: etree._Element) -> str:
    """Return what a character element holds, without the blanks of the file's layout; a blank alone parts words."""
    text = _all_text(element)
    return clean(text) or (" " if text else "")


def _all_text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def _first_choices(element: etree._Element) -> Iterator[str]:
    """Yield the texts of an element outside of `del`; without recursion, however deep it is."""
    refused: etree._Element | None = None
    for event, child in etree.iterwalk(element, events=("start", "end")):
        begins = event == "start"
        if refused is None and begins and child is not element and _is_second_choice(child):
            refused = child
        if refused is None and begins and child.text:
            yield child.text
        if not begins and refused is child:
            refused = None
        if not begins and refused is None and child is not element and child.tail:
            yield child.tail


def _is_second_choice(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and element.tag.rpartition("}")[2] == "del"


def _alternatives(element: etree._Element) -> tuple[str, ...]:
    others = (clean(_all_text(child)) for child in element.iterdescendants() if _is_second_choice(child))
    return tuple(dict.fromkeys(other for other in others if other))[:MAX_ALTERNATIVES]
