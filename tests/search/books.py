"""Small books made of strings: every word 10 pixels a character wide, lines 30 apart, on canvases of 1000 x 1400."""

from collections.abc import Sequence
from pathlib import Path

from lectern.catalogue import ObjectRow
from lectern.home import Home
from lectern.words import Block, Box, Join, Line, Page, Text, Word
from search.analysis import DEFAULT, Profile
from search.library import Library, PackHandle
from search.packing import write_pack
from search.remarks import Remark

WIDTH, HEIGHT = 1000, 1400
_STEP = 10


def line(text: str, top: int) -> Line:
    """Return a line of words in a row."""
    words, left = [], 0
    for piece in text.split():
        words.append(Word(piece, Box(left, top, _STEP * len(piece), 20)))
        left += _STEP * (len(piece) + 1)
    return Line(words, Box(0, top, max(left, _STEP), 20))


def page(*lines: str) -> Page:
    """Return a page of one block."""
    return Page([Block([line(text, 30 * i) for i, text in enumerate(lines)])], WIDTH, HEIGHT)


def book(*pages: Sequence[str], joins: Sequence[Join] = ()) -> Text:
    """Return a text of pages, each a list of lines."""
    return Text([page(*lines) for lines in pages], list(joins))


def open_book(
    folder: Path,
    text: Text,
    generation: int = 1,
    profile: Profile = DEFAULT,
    remarks: Sequence[Remark] = (),
) -> PackHandle:
    """Return the open pack of a text, written into a home."""
    home = Home(folder)
    write_pack(home, "book", generation, text, profile, remarks=remarks)
    return Library(home, 10).open(row(generation))


def row(generation: int = 1, object_id: str = "book") -> ObjectRow:
    """Return a catalogue row that names a pack."""
    return ObjectRow(object_id, object_id, "A book", generation)
