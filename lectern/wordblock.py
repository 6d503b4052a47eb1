"""The words of one page as a pack keeps them: everything the word model holds, about 2 kB a page.

A block is three compressed parts, each read only when it is needed: boxes (rows of x, y, w, h), texts, and
the rest (lines, blocks, confidences, languages, alternatives, hyphens, directions, times, estimated boxes).
"""

import json
import struct
import zlib
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from lectern.running import running
from lectern.words import Block, Box, Direction, Hyphen, Line, Page, PageText, Word

_HEAD = struct.Struct("<BIIII")  # flags, words, and the length of each part
_LEVEL = 6
_WIDE = 1  # flag: boxes need 32 bits
_TONGUES = 2  # flag: the page or a word of it has a language
_TIMED = 4  # flag: a line has a time
_UINT16 = 65535
_NO_CONFIDENCE = 255
_CONFIDENCE_STEPS = 200

IntBox = tuple[int, int, int, int]


def encode_page(page: Page) -> bytes:
    """Return the block of a page whose boxes are canvas pixels already."""
    words = list(page.words())
    lines = list(page.lines())
    rows = array("I")
    for box in [word.box for word in words] + [line.box for line in lines]:
        rows.extend((0, 0, 0, 0) if box is None else (int(box.x), int(box.y), int(box.w), int(box.h)))
    wide = max(rows, default=0) > _UINT16
    boxes = (rows if wide else array("H", rows)).tobytes()
    texts = "\n".join(" ".join(word.text.split()) for word in words).encode()
    parts = [zlib.compress(data, _LEVEL) for data in (boxes, texts, json.dumps(_rest(page, words)).encode())]
    spoken = page.language or any(word.language for word in words)
    timed = any(line.time is not None for line in lines)
    flags = (_WIDE if wide else 0) | (_TONGUES if spoken else 0) | (_TIMED if timed else 0)
    return _HEAD.pack(flags, len(words), *map(len, parts)) + b"".join(parts)


def _rest(page: Page, words: list[Word]) -> dict[str, Any]:
    """Return what few words have, so that most pages pay nothing for it."""
    rest: dict[str, Any] = {
        "lines": [len(line.words) for line in page.lines()],
        "blocks": [len(block.lines) for block in page.blocks],
    }
    if page.language:
        rest["language"] = page.language
    if any(word.confidence is not None for word in words):
        rest["confidence"] = [
            _NO_CONFIDENCE if w.confidence is None else round(w.confidence * _CONFIDENCE_STEPS) for w in words
        ]
    for name in ("language", "alternatives", "estimated"):
        few = {i: value for i, word in enumerate(words) if (value := getattr(word, name))}
        if few:
            rest[f"word_{name}"] = few
    hyphens = {i: (word.hyphen.part, word.hyphen.whole) for i, word in enumerate(words) if word.hyphen}
    if hyphens:
        rest["word_hyphen"] = hyphens
    for name in ("direction", "time"):
        of_lines = {i: value for i, line in enumerate(page.lines()) if (value := getattr(line, name))}
        if of_lines:
            rest[f"line_{name}"] = of_lines
    return rest


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line as printed: text, box in canvas pixels (None if the OCR gave none), its words' range in the page."""

    text: str
    box: IntBox | None
    first: int
    last: int
    time: tuple[float, float] | None = None  # of a caption: start and end in seconds


class PageWords:
    """The words of one page, decoded part by part. Word numbers count from 0 within the page."""

    def __init__(self, block: memoryview | bytes) -> None:
        self._flags, self._count, *lengths = _HEAD.unpack_from(block)
        start, self._parts = _HEAD.size, []
        for length in lengths:
            self._parts.append(block[start : start + length])
            start += length

    @cached_property
    def _rows(self) -> "array[int]":
        rows: array[int] = array("I" if self._flags & _WIDE else "H")
        rows.frombytes(zlib.decompress(self._parts[0]))
        return rows

    @cached_property
    def texts(self) -> list[str]:
        """Return every word as printed."""
        joined = zlib.decompress(self._parts[1]).decode()
        return joined.split("\n") if self._count else []

    @cached_property
    def _rest(self) -> dict[str, Any]:
        rest: dict[str, Any] = json.loads(zlib.decompress(self._parts[2]))
        return rest

    def __len__(self) -> int:
        return int(self._count)

    def contradiction(self) -> str:
        """Return in what its parts contradict one another, empty for a page whose words, lines and boxes agree.

        Raises zlib.error, ValueError, KeyError and TypeError for a page that cannot be decoded.
        """
        words, lines = len(self), self._rest["lines"]
        if len(self.texts) != words:
            return f"{words} words are announced, and there are {len(self.texts)}"
        if sum(lines) != words:
            return f"its lines have {sum(lines)} of {words} words"
        if sum(self._rest["blocks"]) != len(lines):
            return f"its blocks have {sum(self._rest['blocks'])} of {len(lines)} lines"
        if len(self._rows) != 4 * (words + len(lines)):
            return f"there are {len(self._rows) // 4} boxes for {words} words and {len(lines)} lines"
        return ""

    def outside(self, width: int, height: int) -> IntBox | None:
        """Return the first box, of a word or a line, that lies outside of a canvas of this size; None if none does."""
        rows = self._rows
        for at in range(0, len(rows), 4):
            x, y, w, h = rows[at : at + 4]
            if x + w > width or y + h > height:
                return x, y, w, h
        return None

    def box(self, row: int) -> IntBox | None:
        """Return a word's box in canvas pixels, None if neither it nor its line or block has one.

        The rows after those of the words are the lines'.
        """
        x, y, w, h = self._rows[4 * row : 4 * row + 4]
        return (x, y, w, h) if w and h else None

    def confidence(self, word: int) -> float | None:
        """Return a word's confidence, 0 to 1, None if the OCR gave none."""
        value = self._rest["confidence"][word] if "confidence" in self._rest else _NO_CONFIDENCE
        return None if value == _NO_CONFIDENCE else value / _CONFIDENCE_STEPS

    def language(self, word: int) -> str | None:
        """Return a word's language (BCP 47), the page's if it has none of its own."""
        if not self._flags & _TONGUES:
            return None
        found: str | None = self._rest.get("word_language", {}).get(str(word), self._rest.get("language"))
        return found

    @cached_property
    def lines(self) -> list[PageLine]:
        """Return the lines in reading order, empty ones left out."""
        found, first, words = [], 0, len(self)
        for index, count in enumerate(self._rest["lines"]):
            if count:
                text = running(self.texts[first : first + count])
                found.append(PageLine(text, self.box(words + index), first, first + count - 1, self._time(index)))
            first += count
        return found

    def direction(self, word: int) -> Direction | None:
        """Return which way the line of a word runs; None if that was not stated: then the script and the box tell."""
        directions = self._rest.get("line_direction")
        if directions is None:
            return None
        found: Direction | None = directions.get(str(bisect_right(self._line_ends, word)))
        return found

    @cached_property
    def _line_ends(self) -> list[int]:
        """Return the number of words up to the end of every line, empty lines among them."""
        return list(accumulate(self._rest["lines"]))

    def spaced(self) -> str:
        """Return the words with a blank between any two of a line: what somebody typed, which no OCR has parted."""
        return "\n".join(" ".join(self.texts[line.first : line.last + 1]) for line in self.lines)

    def time(self, word: int) -> tuple[float, float] | None:
        """Return start and end, in seconds, of the caption that a word is in; None for a word of a page."""
        if not self._flags & _TIMED:
            return None
        lines = self.lines
        return lines[bisect_right(lines, word, key=lambda line: line.first) - 1].time

    def _time(self, line: int) -> tuple[float, float] | None:
        times = self._rest.get("line_time")
        found = None if times is None else times.get(str(line))
        return None if found is None else (found[0], found[1])

    def text(self) -> PageText:
        """Return the page without its boxes."""
        rest = self._rest
        return PageText(
            self.texts,
            [count for count in rest["lines"] if count],
            {int(i): Hyphen(*hyphen) for i, hyphen in rest.get("word_hyphen", {}).items()},
            {int(i): tuple(others) for i, others in rest.get("word_alternatives", {}).items()},
        )

    def page(self) -> Page:
        """Return the page as the word model has it: re-indexing starts from here, never from the OCR file."""
        words = [self._word(i) for i in range(len(self))]
        lines, start = [], 0
        for index, count in enumerate(self._rest["lines"]):
            box = _model_box(self.box(len(self) + index))
            direction = self._rest.get("line_direction", {}).get(str(index))
            lines.append(Line(words[start : start + count], box, direction, self._time(index)))
            start += count
        blocks, start = [], 0
        for count in self._rest["blocks"]:
            blocks.append(Block(lines[start : start + count]))
            start += count
        return Page(blocks, language=self._rest.get("language"))

    def _word(self, i: int) -> Word:
        rest = self._rest
        return Word(
            self.texts[i],
            _model_box(self.box(i)),
            self.confidence(i),
            tuple(rest.get("word_alternatives", {}).get(str(i), ())),
            rest.get("word_language", {}).get(str(i)),
            Hyphen(*hyphen) if (hyphen := rest.get("word_hyphen", {}).get(str(i))) else None,
            estimated=bool(rest.get("word_estimated", {}).get(str(i))),
        )


def _model_box(box: IntBox | None) -> Box | None:
    return None if box is None else Box(*box)
