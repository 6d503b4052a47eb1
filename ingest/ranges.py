"""The parts of an object on its canvases, from the structure of its source. Pure: lists in, lists out."""

from collections.abc import Sequence
from pathlib import Path

from ingest.matching import Leaf
from ingest.mets_structure import Section
from lectern.catalogue import RangeRow


def ranges_of(sections: Sequence[Section], pages: Sequence[Leaf], leaves: Sequence[Leaf]) -> list[RangeRow]:
    """Return ranges numbered from 1, each before those inside it; one that covers no canvas is left out.

    `sections` speak of `pages` by their numbers; `leaves` are the pages that became canvases 1, 2 and so on, perhaps in
    another order (a given manifest's).
    """
    canvases = {_files_of(leaf): n for n, leaf in enumerate(leaves, start=1)}
    by_page = {leaf.n: canvas for leaf in pages if (canvas := canvases.get(_files_of(leaf)))}
    ranges: list[RangeRow] = []
    numbers: dict[int, int] = {}
    for place, section in enumerate(sections):
        covered = tuple(sorted({by_page[page] for page in section.pages if page in by_page}))
        if covered:
            numbers[place] = len(ranges) + 1
            parent = None if section.parent is None else numbers.get(section.parent)
            ranges.append(RangeRow(len(ranges) + 1, parent, section.label, section.kind, covered))
    return ranges


def _files_of(leaf: Leaf) -> tuple[Path | None, int]:
    """Return what tells a leaf from all others, whatever number it has."""
    return (leaf.ocr, leaf.page) if leaf.image is None else (leaf.image, leaf.image_page)
