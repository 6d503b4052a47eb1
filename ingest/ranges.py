"""The parts of an object on its canvases, from the structure of its source. Pure: lists in, lists out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ingest.manifest import ForeignManifest
from ingest.matching import Leaf
from ingest.mets_structure import Section
from ingest.structures import flattened
from lectern.catalogue import RangeRow


def canvases_by_page(pages: Sequence[Leaf], leaves: Sequence[Leaf]) -> dict[int, int]:
    """Return by the numbers of pages those of the canvases that they became.

    `leaves` are the pages that became canvases 1, 2 and so on, perhaps in another order (a given manifest's).
    """
    canvases = {_files_of(leaf): n for n, leaf in enumerate(leaves, start=1)}
    return {leaf.n: canvas for leaf in pages if (canvas := canvases.get(_files_of(leaf)))}


def sections_of(manifest: ForeignManifest) -> list[Section]:
    """Return the parts of a manifest made elsewhere; their pages are the numbers of its canvases."""
    return [Section(each.label, "", each.canvases, each.parent) for each in flattened(manifest.ranges)]


def ranges_of(sections: Sequence[Section], by_page: Mapping[int, int]) -> list[RangeRow]:
    """Return ranges numbered from 1, each before those inside it; one that covers no canvas is left out.

    `sections` speak of pages by numbers, `by_page` says which canvas each became.
    """
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
