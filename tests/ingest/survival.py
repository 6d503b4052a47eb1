"""What every file, however spoilt, must come to: pages whose boxes lie on their canvas, or a refusal by name."""

from dataclasses import dataclass
from pathlib import Path

from ingest.formats import FORMATS, count_pages
from ingest.geometry import canvas_for, place_on
from ingest.hyphens import find_joins
from ingest.leaves import read_pages
from ingest.sniff import sniff
from ingest.traps import Unreadable
from lectern.words import Page


@dataclass(frozen=True)
class Survived:
    """What became of a file: the name of the trap for which it was refused, or its words."""

    trap: str
    words: tuple[str, ...] = ()


def survive(path: Path) -> Survived:
    """Return what became of a file; raises AssertionError where that is not what must become of any file."""
    kind, _ = sniff(path)
    if kind not in FORMATS:
        return Survived("not-ocr")
    assert count_pages(path, kind) >= 0
    pages: list[Page] = []
    trap, message = "", ""
    try:
        pages += read_pages(path, kind)
    except Unreadable as refused:
        trap, message = refused.trap, str(refused)
    assert trap != "reader-fault", message
    if trap:
        return Survived(trap)
    for page in pages:
        _check(page)
    assert all(join.first < join.second and join.whole for join in find_joins(pages))
    return Survived("", tuple(word.text for page in pages for word in page.words()))


def _check(page: Page) -> None:
    canvas = canvas_for(page, None, None)
    place_on(page, canvas)
    for word in page.words():
        assert word.text == word.text.strip() != ""
        assert word.confidence is None or 0 <= word.confidence <= 1
        if word.box is not None:
            assert all(side == int(side) for side in word.box), word.box
            assert min(word.box.x, word.box.y) >= 0, word.box
            assert min(word.box.w, word.box.h) >= 1, word.box
            assert word.box.right <= canvas.width, (word.box, canvas)
            assert word.box.bottom <= canvas.height, (word.box, canvas)
