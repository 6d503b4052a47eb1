"""What our own reader says of a file of the golden set, in the same words as the second reader's."""

from pathlib import Path
from typing import Any

from ingest.geometry import canvas_for, place_on
from ingest.hyphens import find_joins
from ingest.leaves import read_pages
from ingest.sniff import sniff
from ingest.traps import Unreadable
from lectern.words import Box, Line, Page, Word
from tests.golden.second.joining import bare
from tests.golden.second_reader import FILES, sizes_of

Found = dict[str, Any]


def read(path: Path) -> Found:
    """Return what our reader finds in a file: pages and joins, or the trap for which it is refused."""
    sizes = sizes_of(str(path.relative_to(FILES).with_name(path.name.split(".")[0])))
    try:
        pages = list(read_pages(path, sniff(path)[0]))
    except Unreadable as refused:
        return {"refused": refused.trap}
    found = []
    for page in pages:
        canvas = canvas_for(page, sizes.get("image"), sizes.get("mets"), sizes.get("given"))
        place_on(page, canvas)
        found.append(_page(page, (canvas.width, canvas.height)))
    joins = [[join.first, join.second, bare(join.whole), join.marked] for join in find_joins(pages)]
    return {"pages": found, "joins": joins}


def _page(page: Page, canvas: tuple[int, int]) -> Found:
    found: Found = {
        "canvas": list(canvas),
        "warnings": sorted({text.partition(":")[0] for text in page.warnings}),
        "lines": [_line(line, page.language) for line in page.lines() if line.words],
    }
    return found | ({"of": page.canvas} if page.canvas else {})


def _line(line: Line, language: str | None) -> Found:
    found: Found = {"words": [_word(word, language) for word in line.words]}
    if line.direction in ("rtl", "ttb"):
        found["direction"] = line.direction
    if line.time is not None:
        found["time"] = list(line.time)
    return found


def _word(word: Word, language: str | None) -> Found:
    # A soft hyphen is invisible: whether a word keeps it is no matter of what is printed.
    found: Found = {"text": word.text.replace("\u00ad", ""), "box": _sides(word.box)}
    if word.estimated:
        found["estimated"] = True
    if word.confidence is not None:
        found["confidence"] = round(word.confidence, 4)
    if word.alternatives:
        found["alternatives"] = list(word.alternatives)
    if word.language or language:
        found["language"] = word.language or language
    return found


def _sides(box: Box | None) -> list[int] | None:
    if box is None:
        return None
    sides = [box.x, box.y, box.right, box.bottom]
    assert all(side == int(side) for side in sides), "a box in whole canvas pixels"
    return [int(side) for side in sides]
