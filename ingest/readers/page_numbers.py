"""The pages of an hOCR file as its tags tell of them, before any is parsed: what elements they are, in what order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.counting import is_hocr_page
from ingest.pieces import changed
from ingest.traps import MAX_TEXT_LENGTH
from ingest.xml import Document
from lectern.words import Page

MAX_HELD = 32 << 20  # bytes of hOCR that wait for their turn: their words take about as much memory
_OPEN_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)\s[^<>]*$")
_CAPITALS = re.compile(rb"<[A-Z]+\s|<[^>]*?\sCLASS\s*=")
_NUMBER = re.compile(rb"\bppageno\s+(\d{1,9})\b")

NumberedPage = tuple[int | None, Page]


@dataclass(slots=True)
class PageTags:
    """The tags of a document that may be pages.

    `names` are those of their elements, nearly always div alone; empty if any might be one. `in_capitals` says
    that they are HTML as it was once written, which XML does not know. `numbers` are the stated places of the pages
    (ppageno, None where there is none) and `starts` where in the document their tags begin, in bytes.
    """

    names: set[str] = field(default_factory=set)
    in_capitals: bool = False
    numbers: list[int | None] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    length: int = 0

    def turns(self) -> list[int] | None:
        """Return the numbers in the order of the pages, None where the document's own order is right or all there is.

        Numbers that are not complete, or of which two are the same, tell no order.
        """
        stated = [number for number in self.numbers if number is not None]
        if len(stated) < len(self.numbers) or len(set(stated)) < len(stated) or stated == sorted(stated):
            return None
        return sorted(stated)

    def held(self, turns: list[int]) -> int:
        """Return how many bytes of the document wait for their turn at the worst moment."""
        sizes = [end - start for start, end in zip(self.starts, [*self.starts[1:], self.length], strict=True)]
        waiting: dict[int | None, int] = {}
        at = held = most = 0
        for number, size in zip(self.numbers, sizes, strict=True):
            waiting[number] = size
            held += size
            most = max(most, held)
            while at < len(turns) and turns[at] in waiting:
                held -= waiting.pop(turns[at])
                at += 1
        return most


def page_tags(document: Document) -> PageTags:
    """Return what the tags of a document tell of its pages; it is gone through once, a chunk at a time."""
    found = PageTags()
    names: set[str] | None = set()
    for text in changed(document.chunks(), bytes, b"<", MAX_TEXT_LENGTH):
        end, place = 0, text.find(b"ocr_page")
        while place >= 0:
            start, end = max(0, text.rfind(b"<", end, place)), text.find(b"<", place)
            end = end if end >= 0 else len(text)
            tag = _OPEN_TAG.match(text, start, place)
            if tag is None:
                names = None
            elif names is not None:
                names.add(tag.group(1).decode())
            _note(found, text[start:end], found.length + start)
            place = text.find(b"ocr_page", end)
        found.length += len(text)
    found.names = names or set()
    return found


def _note(found: PageTags, tag: bytes, start: int) -> None:
    """Take note of a tag (with what follows it, up to the next one) if it is one of a page."""
    if not is_hocr_page(tag):
        return
    number = _NUMBER.search(tag)
    found.numbers.append(int(number.group(1)) if number else None)
    found.starts.append(start)
    found.in_capitals = found.in_capitals or _CAPITALS.match(tag) is not None


def in_turn(pages: Iterator[NumberedPage], turns: list[int]) -> Iterator[Page]:
    """Yield pages as it is their turn by number; one without number, or whose number was there, at once.

    What no turn came for follows at the end. Those that wait are held in memory.
    """
    waiting: dict[int, Page] = {}
    at = 0
    for number, page in pages:
        if number is None or number in waiting:
            yield page
            continue
        waiting[number] = page
        while at < len(turns) and turns[at] in waiting:
            yield waiting.pop(turns[at])
            at += 1
    yield from waiting.values()
