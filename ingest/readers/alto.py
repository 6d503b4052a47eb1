"""Reads ALTO of every version, whatever its namespace, prefix or unit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import get_args

from lxml import etree

from ingest.hyphens import BREAK_SIGNS, SOFT_HYPHEN
from ingest.languages import bcp47, lift_language
from ingest.numbers import number
from ingest.readers.reading_order import PlacedBlock, in_reading_order
from ingest.shares import clean, direction_of_angle, is_one_word, split_words
from ingest.sniff import root_name
from ingest.traps import MAX_ALTERNATIVES, MAX_PAGE_WORDS, MAX_PAGES, MAX_TEXT_LENGTH, Unreadable, warning
from ingest.xml import Document, attributes, examine, load, local_name, split_documents, stream_pages
from lectern.words import Block, Box, Hyphen, Line, Page, Unit, Word, union

_KNOWN_NAMESPACE = re.compile(
    r"^$|loc\.gov/standards/alto|ccs-gmbh\.com/ALTO|bnf\.fr|/alto-\d+-\d+\.xsd$", re.IGNORECASE
)
_UNITS: dict[str, Unit] = {unit: unit for unit in get_args(Unit)}
_HEAD = 1 << 16
_DEEPEST = 256
_AREAS = frozenset({"TopMargin", "LeftMargin", "RightMargin", "BottomMargin", "PrintSpace", "ComposedBlock"})

Attributes = dict[str, str]


def read_alto(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the pages of an ALTO file, boxes in the file's own unit.

    A file with bare ampersands or control characters is mended, and its pages carry the warning `recovered`.
    Raises Unreadable for a file that is no ALTO, is cut short or holds more than a page of OCR can.
    """
    count = 0
    for part in split_documents(load(source, name)):
        document = examine(part, name, html=False)
        head: _Head | None = None
        for element in stream_pages(document, "Page"):
            head = head or _Head.of(element.getroottree().getroot(), document)
            count += 1
            if count > MAX_PAGES:
                raise Unreadable("too-many-pages", f"{name} has more than {MAX_PAGES} pages.", "Split the file.")
            yield _PageReader(element, name, head).read()
        if head is None:
            _check_root(root_name(part.head(_HEAD)), name)
    if not count:
        raise Unreadable("no-page", f"{name} is ALTO without a Page.", "Make the file again with the OCR engine.")


def _check_root(root: str, name: str) -> None:
    if root.lower() != "alto":
        raise Unreadable("not-alto", f"{name} has the root element {root}, not alto.", "Ingest hOCR or ALTO.")


@dataclass(frozen=True, slots=True)
class _Head:
    """What a file says before its first page, for all of them."""

    unit: Unit
    references: list[str]
    image_name: str
    warnings: list[str]

    @classmethod
    def of(cls, root: etree._Element, document: Document) -> "_Head":
        _check_root(local_name(root), document.name)
        unit, warnings = _unit(root)
        warnings += _file_warnings(root)
        if document.form != "xml":
            warnings.insert(0, warning("recovered", f"not well-formed ({document.fault}): mended"))
        return cls(unit, _references(root), clean(_text_of(root, "fileName")), warnings)


@dataclass(frozen=True, slots=True)
class _Manner:
    """What elements inherit: language, and by how many degrees counter-clockwise the content is turned."""

    language: str | None = None
    angle: float = 0.0

    def within(self, values: Attributes) -> "_Manner":
        """Return the manner of an element inside, by its attributes."""
        language = values.get("LANG") or values.get("language")
        angle = values.get("ROTATION")
        if not language and not angle:
            return self
        turned = number(angle) if angle else None
        return _Manner(bcp47(language) or self.language, self.angle if turned is None else turned)


def _named(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (element for element in root.iter("{*}" + name))


def _text_of(root: etree._Element, name: str) -> str:
    element = next(_named(root, name), None)
    return "" if element is None else element.text or ""


def _file_warnings(root: etree._Element) -> list[str]:
    namespace = str(root.tag).rpartition("}")[0].lstrip("{")
    if _KNOWN_NAMESPACE.search(namespace):
        return []
    return [warning("namespace", f"the namespace {namespace} is not one of ALTO's; read as ALTO all the same")]


def _unit(root: etree._Element) -> tuple[Unit, list[str]]:
    said = clean(_text_of(root, "MeasurementUnit"))
    if said in _UNITS or not said:
        return _UNITS.get(said, "pixel"), []
    return "pixel", [warning("unit", f"the measurement unit {said!r} is unknown; taken as pixel")]


def _references(root: etree._Element) -> list[str]:
    """Return the ids of a ReadingOrder: of its first ordered group where it offers several orders."""
    order = next(_named(root, "ReadingOrder"), None)
    if order is None:
        return []
    group = next(_named(order, "OrderedGroup"), order)
    return [reference for element in _named(group, "ElementRef") if (reference := attributes(element).get("REF"))]


def _box(element: etree._Element, values: Attributes) -> Box | None:
    """Return the box of the four attributes, else of the polygon; None without either."""
    get = values.get
    x, y, w, h = number(get("HPOS", "")), number(get("VPOS", "")), number(get("WIDTH", "")), number(get("HEIGHT", ""))
    if x is not None and y is not None and w is not None and h is not None and min(w, h) >= 0 < max(w, h):
        return Box(x, y, w, h)
    shape = next(element.iterchildren("{*}Shape"), None) if len(element) else None
    return None if shape is None else _polygon_box(shape)


def _polygon_box(shape: etree._Element) -> Box | None:
    """Return the extent of the first polygon whose points, written `x,y x,y` or `x y x y`, are all numbers."""
    for polygon in _named(shape, "Polygon"):
        written = attributes(polygon).get("POINTS", "").replace(",", " ").split()
        points = [value for text in written if (value := number(text)) is not None]
        xs, ys = points[0::2], points[1::2]
        if len(points) == len(written) and ys and len(xs) == len(ys):
            return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return None


@dataclass(slots=True)
class _PageReader:
    """Reads one Page element."""

    element: etree._Element
    name: str
    head: _Head
    count: int = 0
    placed: list[PlacedBlock] = field(default_factory=list)

    def read(self) -> Page:
        """Return the page with its blocks in reading order."""
        values = attributes(self.element)
        page = Page(
            unit=self.head.unit,
            language=bcp47(values.get("LANG")),
            name=clean(values.get("PRINTED_IMG_NR", "")),
            image_name=self.head.image_name,
        )
        self._set_size(page, values)
        page.rotation = number(values.get("ROTATION", "")) or 0.0
        self._read_area(self.element, _Manner(angle=page.rotation), 0)
        page.blocks = in_reading_order(self.placed, self.head.references)
        if page.language is None:
            lift_language(page)
        page.warnings += self.head.warnings
        return page

    def _set_size(self, page: Page, values: Attributes) -> None:
        width, height = number(values.get("WIDTH", "")), number(values.get("HEIGHT", ""))
        if width and height and width > 0 and height > 0:
            page.width, page.height = width, height
            return
        areas = [child for child in self.element if local_name(child).endswith(("PrintSpace", "Margin"))]
        boxes = [box for child in areas if (box := _box(child, attributes(child))) is not None]
        if boxes:
            extent = union([Box(0, 0, 0, 0), *boxes])
            page.width, page.height = extent.right, extent.bottom
            page.warnings.append(warning("page-size", "the page gives no size; its print space and margins do"))

    def _read_area(self, area: etree._Element, manner: _Manner, depth: int) -> None:
        if depth > _DEEPEST:
            raise Unreadable("too-deep", f"{self.name} has blocks {depth} deep.", "This is no page of OCR.")
        for child in area:
            name = local_name(child)
            if name in _AREAS:
                self._read_area(child, manner.within(attributes(child)), depth + 1)
            elif name == "TextBlock":
                self._read_block(child, manner)

    def _read_block(self, element: etree._Element, manner: _Manner) -> None:
        values = attributes(element)
        manner = manner.within(values)
        block = Block(box=_box(element, values))
        ids = [values.get("ID", "")]
        for child in element.iterchildren("{*}TextLine"):
            inner = attributes(child)
            ids.append(inner.get("ID", ""))
            line = self._read_line(child, inner, manner.within(inner))
            if line.words:
                block.lines.append(line)
        if block.lines:
            self.placed.append(PlacedBlock(block, tuple(ids), values.get("IDNEXT", "")))

    def _read_line(self, element: etree._Element, values: Attributes, manner: _Manner) -> Line:
        box = _box(element, values)
        line = Line(box=box, direction=direction_of_angle(manner.angle, box))
        words = line.words
        for child in element.iterchildren("{*}String", "{*}HYP"):
            inner = attributes(child)
            if child.tag[-3:] != "HYP":
                words += self._read_string(child, inner, manner, line)
            elif words:
                _add_sign(words[-1], inner.get("CONTENT", ""))
        self.count += len(words)
        if self.count > MAX_PAGE_WORDS:
            raise Unreadable(
                "too-many-words", f"{self.name} has a page of more than {MAX_PAGE_WORDS} words.", "Split the page."
            )
        if words:
            _settle_soft_hyphens(line)
        return line

    def _read_string(self, element: etree._Element, values: Attributes, manner: _Manner, line: Line) -> list[Word]:
        content = values.get("CONTENT", "")
        box = _box(element, values)
        language = bcp47(values["LANG"]) or manner.language if "LANG" in values else manner.language
        if is_one_word(content):
            words = [Word(content, box, _confidence(values), (), language)]
        else:
            words = self._split(content, box, values, manner, line)
            for word in words:
                word.language = language
        if "SUBS_TYPE" in values and words:
            _mark(words, values)
        if len(words) == 1 and (len(element) or "SUBS_TYPE" in values):
            words[0].alternatives = _alternatives(element, values)
        return words

    def _split(self, content: str, box: Box | None, values: Attributes, manner: _Manner, line: Line) -> list[Word]:
        """Return the words of a String that is not surely one; several take the line's box if theirs is missing."""
        if len(content) > MAX_TEXT_LENGTH:
            raise Unreadable(
                "text-too-long", f"{self.name} has a String of {len(content)} characters.", "This is no page of OCR."
            )
        if box is None and len(content.split()) > 1:
            box = line.box
        return split_words(content, box, line.direction, angle=manner.angle, confidence=_confidence(values))


def _confidence(values: Attributes) -> float | None:
    said = values.get("WC")
    return _share(said) if said else None


@lru_cache(1024)
def _share(said: str) -> float | None:
    confidence = number(said)
    return None if confidence is None else min(1.0, max(0.0, confidence))


def _alternatives(element: etree._Element, values: Attributes) -> tuple[str, ...]:
    found = [clean(child.text or "") for child in element if local_name(child) == "ALTERNATIVE"]
    if values.get("SUBS_TYPE") == "Abbreviation":
        found.append(clean(values.get("SUBS_CONTENT", "")))
    return tuple(dict.fromkeys(text for text in found if text))[:MAX_ALTERNATIVES]


def _mark(words: list[Word], values: Attributes) -> None:
    """Note which half of a hyphenated word a String is, where the file says so."""
    whole = clean(values.get("SUBS_CONTENT", "")) or None
    match values.get("SUBS_TYPE"):
        case "HypPart1":
            words[-1].hyphen = Hyphen(1, whole)
        case "HypPart2":
            words[0].hyphen = Hyphen(2, whole)


def _add_sign(word: Word, content: str) -> None:
    """Put the hyphen of a HYP element at the end of its word, as it is printed; CONTENT may have it already."""
    sign = clean(content).replace(SOFT_HYPHEN, "-")
    if sign == "172":  # a known exporter writes the code of the sign
        sign = "¬"
    word.text = word.text.rstrip(SOFT_HYPHEN)
    if not word.text.endswith(tuple(BREAK_SIGNS)):
        word.text += sign if sign in BREAK_SIGNS and sign else "-"
    if word.hyphen is None:
        word.hyphen = Hyphen(1)


def _settle_soft_hyphens(line: Line) -> None:
    """Make a soft hyphen at the line's end a marked hyphen, and drop all others."""
    last = line.words[-1]
    if last.text.endswith(SOFT_HYPHEN) and last.text.strip(SOFT_HYPHEN):
        last.text = last.text.rstrip(SOFT_HYPHEN) + "-"
        last.hyphen = last.hyphen or Hyphen(1)
    emptied = False
    for word in line.words:
        if SOFT_HYPHEN in word.text:
            word.text = word.text.replace(SOFT_HYPHEN, "")
            emptied = emptied or not word.text
    if emptied:
        line.words = [word for word in line.words if word.text]
