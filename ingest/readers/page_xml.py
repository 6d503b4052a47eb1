"""Reads PAGE-XML of every year from 2009 on, whatever its namespace or prefix."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from ingest.languages import bcp47, lift_language
from ingest.numbers import number
from ingest.readers.page_order import in_stated_order, in_table_order, referenced_ids
from ingest.readers.page_text import Conflicts, LineText, named, reading_of
from ingest.readers.points import around, around_baseline, extent, line_distance, points_of
from ingest.readers.soft_hyphens import settle_soft_hyphens
from ingest.shares import clean, direction_of_angle, is_upright
from ingest.traps import MAX_PAGE_WORDS, MAX_PAGES, Unreadable, warning
from ingest.xml import attributes, examine, load, local_name, parse_tree, split_documents
from lectern.words import Block, Box, Direction, Hyphen, Line, Page, Word

_KNOWN_NAMESPACE = re.compile(r"^$|schema\.primaresearch\.org/PAGE", re.IGNORECASE)
_DIRECTIONS: dict[str, Direction] = {"left-to-right": "ltr", "right-to-left": "rtl", "top-to-bottom": "ttb"}
_COLUMN_ORDERS = frozenset({"left-to-right", "right-to-left"})
_LINES_TO_A_PAGE = 40  # where nothing tells how far lines are apart

Attributes = dict[str, str]


def read_page_xml(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the pages of a PAGE-XML file (one, as a rule), boxes in pixels of the picture that it names.

    A file with bare ampersands or control characters is mended, and its pages carry the warning `recovered`.
    Raises Unreadable for a file that is no PAGE-XML, is cut short or holds more than a page of OCR can.
    """
    count = 0
    for part in split_documents(load(source, name)):
        document = examine(part, name, html=False)
        root = parse_tree(document)
        if local_name(root).lower() != "pcgts":
            raise Unreadable(
                "not-page-xml", f"{name} has the root element {local_name(root)}, not PcGts.", "Ingest OCR files."
            )
        warnings = _file_warnings(root)
        if document.form != "xml":
            warnings.append(warning("recovered", f"not well-formed ({document.fault}): mended"))
        for element in named(root, "Page"):
            count += 1
            if count > MAX_PAGES:
                raise Unreadable("too-many-pages", f"{name} has more than {MAX_PAGES} pages.", "Split the file.")
            page = _PageReader(element, name).read()
            page.warnings += warnings
            yield page
    if not count:
        raise Unreadable("no-page", f"{name} is PAGE-XML without a Page.", "Make the file again with the OCR engine.")


def _file_warnings(root: etree._Element) -> list[str]:
    namespace = str(root.tag).rpartition("}")[0].lstrip("{")
    if _KNOWN_NAMESPACE.search(namespace):
        return []
    return [warning("namespace", f"the namespace {namespace} is not one of PAGE's; read as PAGE all the same")]


def _is_region(element: etree._Element) -> bool:
    return local_name(element).endswith("Region") or local_name(element) == "TableCell"


@dataclass(frozen=True, slots=True)
class _Manner:
    """How text runs, and its language: what an element does not say it has from the one around it."""

    language: str | None = None
    reading: str = ""
    lines: str = ""
    angle: float = 0.0  # of the content, counter-clockwise, in degrees

    def within(self, element: etree._Element) -> "_Manner":
        """Return the manner of an element inside."""
        values = attributes(element)
        angle = number(values.get("orientation", ""))
        return _Manner(
            bcp47(values.get("primaryLanguage")) or self.language,
            values.get("readingDirection") or self.reading,
            values.get("textLineOrder") or self.lines,
            self.angle if angle is None else angle,
        )

    def direction(self, box: Box | None) -> Direction | None:
        """Return the direction of a line: lines that follow one another sideways are columns, unless they lie."""
        if self.lines in _COLUMN_ORDERS and (not self.reading or (box is not None and is_upright(box))):
            return "ttb"
        return direction_of_angle(self.angle, box) or _DIRECTIONS.get(self.reading)


@dataclass(slots=True)
class _PageReader:
    """Reads one Page element. `ends` holds, by the ids of regions and lines, the lines made of them."""

    element: etree._Element
    name: str
    page: Page = field(default_factory=Page)
    conflicts: Conflicts = field(default_factory=Conflicts)
    by_id: dict[str, etree._Element] = field(default_factory=dict)
    referenced: frozenset[str] = frozenset()
    done: set[str] = field(default_factory=set)
    ends: dict[str, list[Line]] = field(default_factory=dict)
    words: dict[str, Word] = field(default_factory=dict)
    count: int = 0
    baselines_only: int = 0

    def read(self) -> Page:
        """Return the page with its regions in reading order."""
        values = attributes(self.element)
        width, height = number(values.get("imageWidth", "")), number(values.get("imageHeight", ""))
        if width and height and width > 0 and height > 0:
            self.page.width, self.page.height = width, height
        self.page.image_name = clean(values.get("imageFilename", ""))
        self._read_regions()
        self._mark_joins()
        for line in self.page.lines():
            settle_soft_hyphens(line)
        self.page.language = bcp47(values.get("primaryLanguage"))
        lift_language(self.page)
        self.page.warnings += self._warnings()
        return self.page

    def _read_regions(self) -> None:
        for region in self.element.iter():
            if _is_region(region) and (name := attributes(region).get("id")):
                self.by_id.setdefault(name, region)
        order = [name for name in referenced_ids(self.element) if name in self.by_id]
        self.referenced = frozenset(order)
        top = [child for child in self.element if _is_region(child)]
        for name in order:
            self._read_region(self.by_id[name], self._manner_around(self.by_id[name]))
        for region in top if order else in_stated_order(top):
            self._read_region(region, self._manner_around(region))

    def _manner_around(self, region: etree._Element) -> _Manner:
        around_it = [above for above in region.iterancestors() if _is_region(above) or above is self.element]
        manner = _Manner()
        for above in reversed(around_it):
            manner = manner.within(above)
        return manner

    def _read_region(self, region: etree._Element, manner: _Manner) -> None:
        """Read a region and, after its own lines, those inside it that no reading order names elsewhere."""
        name = attributes(region).get("id", "")
        if name and self.by_id[name] is region:
            if name in self.done:
                return
            self.done.add(name)
        manner = manner.within(region)
        block = Block(box=self._coords(region))
        self._read_lines(region, block, manner)
        if block.lines:
            self.page.blocks.append(block)
            self.ends[name] = block.lines
        inner = [child for child in region if _is_region(child)]
        for child in in_table_order(inner) if local_name(region) == "TableRegion" else inner:
            if attributes(child).get("id") not in self.referenced:
                self._read_region(child, manner)

    def _read_lines(self, region: etree._Element, block: Block, manner: _Manner) -> None:
        elements = in_stated_order(named(region, "TextLine"))
        baselines = [self._baseline(element) for element in elements]
        for element, baseline in zip(elements, baselines, strict=True):
            box = self._coords(element)
            alone = box is None and baseline is not None
            if box is None and baseline is not None:
                box = around_baseline(baseline, self._distance(baselines))
            line = self._read_line(element, box, manner.within(element))
            if line.words and alone:
                self.baselines_only += 1
                for word in line.words:
                    word.estimated = word.estimated or word.box is None or word.box == box
            if line.words:
                block.lines.append(line)
                self.ends[attributes(element).get("id", "")] = [line]
        if not block.lines:
            self._read_region_text(region, block, manner)

    def _distance(self, baselines: list[Box | None]) -> float:
        """Return how far lines are apart: in this region, else a share of the page's height."""
        found = line_distance([line for line in baselines if line is not None])
        return found or (self.page.height or 0.0) / _LINES_TO_A_PAGE

    def _read_line(self, element: etree._Element, box: Box | None, manner: _Manner) -> Line:
        direction = manner.direction(box)
        text = LineText(element, box, direction, manner.angle, manner.language, self.conflicts, self.words)
        line = Line(text.words(), box, direction)
        self._count(line)
        if box is None:
            line.box = around([word.box for word in line.words])
        return line

    def _read_region_text(self, region: etree._Element, block: Block, manner: _Manner) -> None:
        """Read a region whose lines have no text: its words light the region."""
        reading = reading_of(region)
        for text in reading.text.splitlines():
            words = [Word(token, None, reading.confidence, language=manner.language) for token in text.split()]
            if words:
                block.lines.append(Line(words, None, manner.direction(None)))
                self._count(block.lines[-1])

    def _count(self, line: Line) -> None:
        self.count += len(line.words)
        if self.count > MAX_PAGE_WORDS:
            raise Unreadable(
                "too-many-words", f"{self.name} has a page of more than {MAX_PAGE_WORDS} words.", "Split the page."
            )

    def _coords(self, element: etree._Element) -> Box | None:
        return self._extent(element, "Coords")

    def _baseline(self, element: etree._Element) -> Box | None:
        return self._extent(element, "Baseline")

    def _extent(self, element: etree._Element, name: str) -> Box | None:
        for child in named(element, name):
            points, torn = points_of(child)
            self.conflicts.torn_points += torn
            return extent(points)
        return None

    def _mark_joins(self) -> None:
        """Mark the halves of words that relations of type join tie together: so PAGE says that a word goes on.

        Where it does not (from column to column, say) the type is link.
        """
        for relation in self.element.iter("{*}Relation"):
            if attributes(relation).get("type") != "join":
                continue
            ids = [attributes(child).get("regionRef", "") for child in relation]
            if len(ids) == 2:
                self._join(*ids)

    def _join(self, source: str, target: str) -> None:
        """Mark the end of one thing and the beginning of another, be they regions, lines or words, as one word."""
        first, second = self.words.get(source), self.words.get(target)
        if first is None and (lines := self.ends.get(source)):
            first = lines[-1].words[-1]
        if second is None and (lines := self.ends.get(target)):
            second = lines[0].words[0]
        if first is not None and second is not None and first is not second:
            first.hyphen, second.hyphen = Hyphen(1), Hyphen(2)

    def _warnings(self) -> list[str]:
        """Return what was done about this page's traps, one warning for all cases of each."""
        said = (
            ("levels-differ", self.conflicts.taken_from_line, "lines differ from their words; the line's text is kept"),
            ("levels-differ", self.conflicts.taken_from_words, "lines have another number of words than their Word "
             "elements; the Word elements are kept"),
            ("points", self.conflicts.torn_points, "outlines hold points that are none; these were left out"),
            ("baseline-only", self.baselines_only, "lines have only a base line; their boxes are estimated"),
        )  # fmt: skip
        return [warning(trap, f"{count} {text}") for trap, count, text in said if count]
