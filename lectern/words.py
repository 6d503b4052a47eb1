"""The word model: Page -> Block -> Line -> Word. Every reader produces it; everything after is format-blind.

Readers give boxes as floats in the source's own units. `ingest.geometry` turns them, once, into whole
canvas pixels; packs, search and annotations know canvas pixels only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Unit = Literal["pixel", "mm10", "inch1200"]
Direction = Literal["ltr", "rtl", "ttb"]


class Box(NamedTuple):
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Return the x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Return the y of the lower edge."""
        return self.y + self.h


def union(boxes: list[Box]) -> Box:
    """Return the smallest box around all of them; the list must not be empty."""
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    return Box(left, top, max(b.right for b in boxes) - left, max(b.bottom for b in boxes) - top)


@dataclass(slots=True)
class Hyphen:
    """What a file itself says of a word split at a line end: which half this is, and the whole if it is given."""

    part: Literal[1, 2]
    whole: str | None = None


@dataclass(slots=True)
class Word:
    """One word as printed, outer punctuation and a line-end hyphen sign included."""

    text: str
    box: Box | None = None
    confidence: float | None = None  # 0 to 1; None is "not stated", which is not 0
    alternatives: tuple[str, ...] = ()
    language: str | None = None  # BCP 47
    hyphen: Hyphen | None = None
    estimated: bool = False  # the box is a share of something larger


@dataclass(slots=True)
class Line:
    """One printed line, its words in reading order."""

    words: list[Word] = field(default_factory=list)
    box: Box | None = None
    direction: Direction | None = None  # None is "not stated": the script decides
    time: tuple[float, float] | None = None  # of a caption: start and end in seconds


@dataclass(slots=True)
class Block:
    """A column, a paragraph, a margin: whatever the OCR keeps together."""

    lines: list[Line] = field(default_factory=list)
    box: Box | None = None


@dataclass(slots=True)
class Page:
    """One page of text. Width, height and boxes are in `unit` until geometry has made them canvas pixels."""

    blocks: list[Block] = field(default_factory=list)
    width: float | None = None
    height: float | None = None
    x: float = 0.0  # where the page's own box begins (hOCR pages may start at 10,10)
    y: float = 0.0
    rotation: float = 0.0  # degrees counter-clockwise by which the source says that its content is turned
    unit: Unit = "pixel"
    name: str = ""  # what the source calls it: a file stem, a page id
    image_name: str = ""  # what the source says its picture is called: a hint, never a path to open
    canvas: str = ""  # the id of the canvas that the source says it is (annotation pages)
    language: str | None = None
    warnings: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[Line]:
        """Yield the lines in reading order."""
        for block in self.blocks:
            yield from block.lines

    def words(self) -> Iterator[Word]:
        """Yield the words in reading order."""
        for line in self.lines():
            yield from line.words


class PageText(NamedTuple):
    """A page without its boxes: what joining and indexing need, an object of ten thousand pages at a time.

    Words are numbered within the page, from 0; `lines` counts the words of every line that has any.
    """

    texts: list[str]
    lines: list[int]
    hyphens: dict[int, Hyphen]
    alternatives: dict[int, tuple[str, ...]]


def page_text(page: Page) -> PageText:
    """Return a page of the word model without its boxes."""
    words = list(page.words())
    return PageText(
        [word.text for word in words],
        [len(line.words) for line in page.lines() if line.words],
        {i: word.hyphen for i, word in enumerate(words) if word.hyphen is not None},
        {i: word.alternatives for i, word in enumerate(words) if word.alternatives},
    )


@dataclass(frozen=True, slots=True)
class Join:
    """Two halves of one hyphenated word, as word ordinals over the whole object (from 0).

    `whole` is the joined form as it would be printed without the break. `marked` is False when only a
    line-end sign suggests the join: such a word is read both ways (DESIGN section 2).
    """

    first: int
    second: int
    whole: str
    marked: bool


@dataclass(slots=True)
class Text:
    """All words of one object, pages in canvas order, with the joins over line, column and page ends."""

    pages: list[Page]
    joins: list[Join] = field(default_factory=list)
