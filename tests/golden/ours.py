"""What our own reader says of a file of the golden set, in the same words as the second reader's."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ingest.geometry import canvas_for, place_on
from ingest.hyphens import find_joins
from ingest.leaves import read_pages
from ingest.pipeline import Wishes, ingest_object
from ingest.sniff import sniff
from ingest.traps import Unreadable
from lectern.catalogue import Catalogue
from lectern.home import Home
from lectern.pack import PackFile
from lectern.words import Box, Line, Page, Word
from search.packing import read_text
from tests.golden.second.joining import bare
from tests.golden.second_reader import FILES, sizes_of

Found = dict[str, Any]


def read(path: Path) -> Found:
    """Return what our reader finds in a file: pages and joins, or the trap for which it is refused."""
    if path.is_dir() or path.suffix == ".gz":
        return _ingested(path)
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


def _ingested(path: Path) -> Found:
    """Return what the whole ingest makes of a folder with METS or of a packed file."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder, "home"))
        home.prepare()
        catalogue = Catalogue(home)
        try:
            result = ingest_object(home, catalogue, path, Wishes(name="case"))
            text = read_text(PackFile(home.pack_file("case", catalogue.get("case").generation)))
            canvases = catalogue.canvases("case")
            parts = catalogue.ranges("case") if path.is_dir() else []
            ranges = [[found.label, list(found.canvases)] for found in parts]
        finally:
            catalogue.close()
    found: Found = {"pages": [], "joins": [[j.first, j.second, bare(j.whole), j.marked] for j in text.joins]}
    for page, canvas in zip(text.pages, canvases, strict=True):
        found["pages"].append(_page(page, (canvas.width, canvas.height)))
        if path.is_dir():
            found["pages"][-1]["label"] = canvas.label
    refused = [entry.trap for entry in result.entries if entry.trap == "doctype-declares"]
    return found | ({"ranges": ranges} if path.is_dir() else {}) | ({"mets": refused[0]} if refused else {})


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
