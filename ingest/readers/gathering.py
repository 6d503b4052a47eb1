"""From pieces of text with places to lines of words: words are gathered into lines, texts of several lines split."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.hyphens import SOFT_HYPHEN
from ingest.shares import split_words
from ingest.traps import MAX_PAGE_WORDS, Unreadable
from lectern.words import Box, Hyphen, Line, Word, union

_FINE_TO_COARSE = ("word", "", "line", "paragraph", "block", "page")
_MOSTLY = 0.9  # of the words
_SAME_LINE = 0.5  # of the lower one's height
_WIDEST_GAP = 4  # heights
_NARROWEST = 0.1  # of a character: width to the height of its line


@dataclass(slots=True)
class Piece:
    """A text of one or more lines, the level that it is a transcription of (empty: not said), and where it is."""

    lines: tuple[str, ...]
    level: str = ""
    boxes: list[Box] = field(default_factory=list)
    percent: bool = False
    time: tuple[float, float] | None = None
    language: str | None = None

    @property
    def words(self) -> list[str]:
        """Return all words in order."""
        return [word for line in self.lines for word in line.split()]


def lines_of_pieces(pieces: Sequence[Piece], name: str) -> tuple[list[Line], int]:
    """Return the lines of a page, and how many pieces only repeat the text of finer ones.

    Single words that follow one another on one height make a line. Raises Unreadable for more than 50,000 words.
    """
    if sum(len(line.split()) for piece in pieces for line in piece.lines) > MAX_PAGE_WORDS * 2:
        raise _too_many(name)
    kept = _finest(pieces)
    lines: list[Line] = []
    open_line: Line | None = None
    for piece in kept:
        alone = len(piece.lines) == 1 and len(piece.boxes) < 2
        if alone and piece.level in {"", "word"} and (piece.level or len(piece.words) == 1):
            box = piece.boxes[0] if piece.boxes else None
            words = split_words(piece.lines[0], box, language=piece.language)
            goes_on = open_line is not None and open_line.time == piece.time and _goes_on(open_line, box, piece.level)
            if open_line is None or not goes_on:
                open_line = Line(time=piece.time)
                lines.append(open_line)
            open_line.words += words
        else:
            open_line = None
            lines += _printed_lines(piece)
    for line in lines:
        _settle(line)
    if sum(len(line.words) for line in lines) > MAX_PAGE_WORDS:
        raise _too_many(name)
    return [line for line in lines if line.words], len(pieces) - len(kept)


def _too_many(name: str) -> Unreadable:
    return Unreadable("too-many-words", f"{name} has a page of more than {MAX_PAGE_WORDS} words.", "Split the page.")


def _finest(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces without those of a coarser level whose words nearly all stand on finer ones too."""
    levels = {piece.level for piece in pieces}
    if len(levels) < 2:
        return list(pieces)
    seen: Counter[str] = Counter()
    repeated: set[str] = {"glyph"}
    for level in _FINE_TO_COARSE:
        words = Counter(word for piece in pieces if piece.level == level for word in piece.words)
        if seen and words and (words & seen).total() >= _MOSTLY * words.total():
            repeated.add(level)
        else:
            seen += words
    return [piece for piece in pieces if piece.level not in repeated]


def _goes_on(line: Line, box: Box | None, level: str) -> bool:
    """Return whether a word stands beside the last one of a line, on the side on which the line has gone on so far."""
    last = line.words[-1].box if line.words else None
    if box is None or last is None:
        return level == "word" and box is last
    shared = min(last.bottom, box.bottom) - max(last.y, box.y)
    lower = min(last.h, box.h)
    if shared < _SAME_LINE * lower or lower <= 0:
        return False
    first = line.words[0].box
    rightwards, leftwards = box.x >= last.x, box.right <= last.right
    if first is not None and len(line.words) > 1:
        if last.x > first.x:
            leftwards = False
        else:
            rightwards = False
    gap = max(box.x - last.right, last.x - box.right)
    return (rightwards or leftwards) and gap <= _WIDEST_GAP * max(last.h, box.h)


def _printed_lines(piece: Piece) -> Iterator[Line]:
    """Yield the lines of a piece, each with its share of the place: one of several boxes, else a band."""
    texts, boxes = list(piece.lines), piece.boxes
    if len(texts) == 1 and len(boxes) > 1:
        texts = _spread(piece.words, boxes)
        if len(texts) < len(boxes):
            boxes = [union(boxes)]
            texts = list(piece.lines)
    box = union(boxes) if boxes else None
    for number, text in enumerate(texts):
        share = boxes[number] if len(boxes) == len(texts) else _band(box, number, len(texts))
        yield _line(text, share, piece, whole=len(texts) == 1 or len(boxes) == len(texts))


def _spread(words: list[str], boxes: list[Box]) -> list[str]:
    """Return a text in as many parts as there are boxes, as wide as they are; fewer parts if there are fewer words."""
    total = sum(box.w for box in boxes) or 1.0
    length = sum(len(word) + 1 for word in words)
    parts: list[list[str]] = [[] for _ in boxes]
    edges, reached = [], 0.0
    for box in boxes:
        reached += box.w / total
        edges.append(reached)
    place = 0
    for word in words:
        middle = (place + len(word) / 2) / length
        parts[next((n for n, edge in enumerate(edges) if middle <= edge), len(boxes) - 1)].append(word)
        place += len(word) + 1
    return [" ".join(part) for part in parts if part]


def _band(box: Box | None, number: int, count: int) -> Box | None:
    return None if box is None else Box(box.x, box.y + box.h * number / count, box.w, box.h / count)


def _line(text: str, box: Box | None, piece: Piece, *, whole: bool) -> Line:
    if box is not None and _is_paragraph(text, box):
        # Nobody knows where in it a word is: each lights it all.
        words = [Word(word, box, language=piece.language, estimated=True) for word in text.split()]
    else:
        words = split_words(text, box, language=piece.language)
    if not whole:
        for word in words:
            word.estimated = word.box is not None
    return Line(words, box, time=piece.time)


def _is_paragraph(text: str, box: Box) -> bool:
    """Return whether a text cannot be one line of its box: its characters would be far too narrow."""
    return min(box.w, box.h) > 0 and len(text) > 1 and max(box.w, box.h) < _NARROWEST * len(text) * min(box.w, box.h)


def _settle(line: Line) -> None:
    """Turn a soft hyphen at the end into a mark that the word goes on, drop others; give the line its words' box."""
    if line.words and line.words[-1].text.endswith(SOFT_HYPHEN):
        last = line.words[-1]
        last.text, last.hyphen = last.text.rstrip(f"{SOFT_HYPHEN}-") + "-", Hyphen(1)
    for word in line.words:
        word.text = word.text.replace(SOFT_HYPHEN, "")
    line.words = [word for word in line.words if word.text]
    known = [word.box for word in line.words if word.box is not None]
    if line.box is None and known:
        line.box = union(known)
