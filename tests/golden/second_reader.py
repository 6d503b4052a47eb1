"""What a file of the golden set holds, by a reader that shares no code with `ingest`."""

import html
import json
from pathlib import Path
from typing import Any

from tests.golden.second.abbyy import read_abbyy
from tests.golden.second.alto import read_alto
from tests.golden.second.annotations import read_annotations
from tests.golden.second.captions import read_captions
from tests.golden.second.hocr import read_hocr
from tests.golden.second.joining import find_joins
from tests.golden.second.mets import Issue, read_mets
from tests.golden.second.miniocr import read_miniocr
from tests.golden.second.model import Page, Refused, Word
from tests.golden.second.page_xml import read_page_xml
from tests.golden.second.placing import canvas_of, place

HERE = Path(__file__).parent
FILES = HERE / "files"
READERS = {
    "abbyy": read_abbyy,
    "alto": read_alto,
    "annotations": read_annotations,
    "captions": read_captions,
    "hocr": read_hocr,
    "miniocr": read_miniocr,
    "page": read_page_xml,
}
Expected = dict[str, Any]


def sizes_of(case: str) -> dict[str, tuple[int, int]]:
    """Return the sizes that go with a file: of its picture, of METS, of a given manifest."""
    sizes = json.loads((HERE / "sizes.json").read_text())
    return {name: (width, height) for name, (width, height) in sizes.get(case, {}).items()}


def expect(path: Path) -> Expected:
    """Return what a file holds: its pages and joins, or the name of the trap for which it is refused."""
    kind = path.relative_to(FILES).parts[0]
    sizes = sizes_of(f"{kind}/{path.name.split('.')[0]}")
    try:
        if path.is_dir():
            return _expect_mets(path)
        data = path.read_bytes()
        if not data:
            raise Refused("empty-file")
        pages = READERS[kind](data)
    except Refused as refused:
        return {"refused": refused.trap}
    canvases = [canvas_of(page, sizes.get("image"), sizes.get("mets"), sizes.get("given")) for page in pages]
    for page, canvas in zip(pages, canvases, strict=True):
        place(page, canvas)
    return {"pages": [_page(*pair) for pair in zip(pages, canvases, strict=True)], "joins": find_joins(pages)}


def _expect_mets(folder: Path) -> Expected:
    """Return the pages of a folder with METS: label, file and words of each, and the ranges."""
    try:
        issue, trap = read_mets(folder), None
    except Refused as refused:
        issue, trap = Issue(), refused.trap
    if not issue.files:  # METS without files says nothing of those that are there
        issue.files = sorted(path for path in folder.rglob("*.xml") if path.name != "mets.xml")
        issue.labels = [""] * len(issue.files)
    pages = []
    for path, label in zip(issue.files, issue.labels, strict=True):
        data = path.read_bytes()
        (page,) = READERS["page" if b"PcGts" in data else "alto"](data)
        place(page, canvas_of(page, None, None, None))
        pages.append(_page(page, (800, 1000)) | {"label": label or path.stem})
    found = {"pages": pages, "joins": [], "ranges": issue.ranges}
    return found | ({"mets": trap} if trap else {})


def _page(page: Page, canvas: tuple[int, int]) -> Expected:
    lines = []
    for line in page.lines:
        if not line.words:
            continue
        found: Expected = {"words": [_word(word) for word in line.words]}
        if line.direction:
            found["direction"] = line.direction
        if line.time:
            found["time"] = list(line.time)
        lines.append(found)
    words = [word.text for line in page.lines for word in line.words]
    if any(";" in text and html.unescape(text) != text for text in words):
        page.warnings.add("escaped-twice")
    found = {"canvas": list(canvas), "warnings": sorted(page.warnings), "lines": lines}
    return found | ({"of": page.canvas} if page.canvas else {})


def _word(word: Word) -> Expected:
    box = [round(side) for side in word.box] if word.box else None
    found: Expected = {"text": word.text.replace("\u00ad", ""), "box": box}
    if word.estimated:
        found["estimated"] = True
    if word.confidence is not None:
        found["confidence"] = round(word.confidence, 4)
    if word.alternatives:
        found["alternatives"] = word.alternatives
    if word.language:
        found["language"] = word.language
    return found
