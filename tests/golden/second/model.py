"""What the second reader hands on: plain pages of lines of words, boxes as (left, top, right, bottom)."""

from dataclasses import dataclass, field

Box = tuple[float, float, float, float]


class Refused(Exception):
    """The file must not be read; `trap` is the name of the reason."""

    def __init__(self, trap: str) -> None:
        super().__init__(trap)
        self.trap = trap


@dataclass
class Word:
    text: str
    box: Box | None = None
    estimated: bool = False
    confidence: float | None = None
    alternatives: list[str] = field(default_factory=list)
    language: str | None = None
    part: int = 0  # 1 or 2 for a half of a word that the file marks
    whole: str | None = None


@dataclass
class Line:
    words: list[Word] = field(default_factory=list)
    box: Box | None = None
    block: Box | None = None
    direction: str | None = None
    time: tuple[float, float] | None = None


@dataclass
class Page:
    lines: list[Line] = field(default_factory=list)
    width: float | None = None
    height: float | None = None
    origin: tuple[float, float] = (0, 0)
    unit: str = "pixel"
    rotation: float = 0  # degrees counter-clockwise, as the source says
    blocks: list[Box] = field(default_factory=list)
    canvas: str = ""
    relative: bool = False  # boxes are fractions of a canvas that has no size yet
    media: bool = False  # captions: time, no place
    warnings: set[str] = field(default_factory=set)


def number(text: str | None) -> float | None:
    """Return a finite number, or None for what is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None  # false for NaN and infinity as well


def extent(points: list[tuple[float, float]]) -> Box | None:
    """Return the box around points."""
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def around(boxes: list[Box]) -> Box | None:
    """Return the box around boxes."""
    return extent([(b[0], b[1]) for b in boxes] + [(b[2], b[3]) for b in boxes])


def is_rtl(text: str) -> bool:
    """Return whether the first strong letter is Hebrew or Arabic: the blocks of Unicode are enough here."""
    for char in text:
        if "\u0590" <= char <= "\u08ff" or "\ufb1d" <= char <= "\ufefc":
            return True
        if char.isalpha():
            return False
    return False


def portion(box: Box, text: str, start: int, end: int, direction: str | None = None) -> Box:
    """Return the part of a box that characters start to end of its text take up."""
    a, b = start / len(text), end / len(text)
    left, top, right, bottom = box
    if direction == "ttb" or (direction is None and bottom - top > 2 * (right - left)):
        return left, top + a * (bottom - top), right, top + b * (bottom - top)
    if direction == "rtl" or (direction is None and is_rtl(text)):
        a, b = 1 - b, 1 - a
    return left + a * (right - left), top, left + b * (right - left), bottom


def pieces(text: str, box: Box | None, direction: str | None = None) -> list[Word]:
    """Return the words of a text; more than one share its box by characters."""
    text = "".join(c for c in text if c >= " " or c in "\t\n\r").strip()
    spans: list[tuple[int, int]] = []
    for place, char in enumerate(text):
        if char.isspace():
            continue
        if spans and spans[-1][1] == place:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    if len(spans) == 1 or box is None:
        return [Word(text[a:b], box) for a, b in spans]
    return [Word(text[a:b], portion(box, text, a, b, direction), estimated=True) for a, b in spans]
