"""Where the ink of every drawn piece lies, as the drawing tool measured it (`samples/make/scripts.py`)."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PUNCTUATION = "、。"
BOOKS = ("seasons", "beginnings", "odes")
SAMPLES = Path(__file__).resolve().parents[2] / "samples"

Box = tuple[int, int, int, int]  # x, y, width, height


@dataclass(frozen=True)
class Piece:
    """One word, or one sign of a column: its page (from 1), its line (from 0), and the box of its ink in pixels."""

    page: int
    text: str
    line: int
    ink: Box

    @property
    def centre(self) -> tuple[float, float]:
        """Return the middle of the ink."""
        x, y, w, h = self.ink
        return x + w / 2, y + h / 2


@cache
def pieces(book: str) -> tuple[Piece, ...]:
    """Return all pieces of a book in the order of reading."""
    found = json.loads((Path(__file__).parent / "drawn" / f"{book}.json").read_text(encoding="utf-8"))
    return tuple(
        Piece(int(page[1:]), each["text"], each["line"], tuple(each["ink"]))
        for page, drawn in found.items()
        for each in drawn
    )


def lit(book: str, page: int, box: Box) -> list[Piece]:
    """Return the pieces of a page whose ink has its middle in a box."""
    x, y, w, h = box
    return [
        piece
        for piece in pieces(book)
        if piece.page == page and x <= piece.centre[0] <= x + w and y <= piece.centre[1] <= y + h
    ]


def bare(text: str) -> str:
    """Return a Hebrew or Arabic word as a reader types it: no marks, no stretching, no punctuation, plain letters."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    return "".join(sign for sign in plain if unicodedata.category(sign)[0] in "LN" and sign != "ـ")


def alike(text: str) -> str:
    """Return a bare word with the letters that may be taken for one another as one."""
    return bare(text).casefold().translate(str.maketrans("ךםןףץىة", "כמנפציה".replace("יה", "يه")))


def parts(text: str) -> list[str]:
    """Return a word and, where a maqaf or another hyphen joins several, each of them."""
    several = [part for part in re.split("[־-]", text) if bare(part)]
    return [text, *several] if len(several) > 1 else [text]


def runs(book: str, text: str) -> Iterator[list[Piece]]:
    """Yield every place where signs of a column stand one after the other, line and page ends left out of account."""
    signs = [piece for piece in pieces(book) if piece.text not in PUNCTUATION]
    running = "".join(piece.text for piece in signs)
    start = running.find(text)
    while start >= 0:
        yield signs[start : start + len(text)]
        start = running.find(text, start + 1)
