"""Which files are page n of an object, and which canvas of a given manifest that is."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.annotation_sources import links_elsewhere
from ingest.bounds import Bounds
from ingest.formats import FORMATS, canvases_named, count_pages
from ingest.found import Survey
from ingest.manifest import ForeignManifest
from ingest.matching import Leaf
from ingest.placing import place_by_manifest, put_together
from ingest.sniff import Kind
from ingest.sources import matching_of
from lectern.catalogue import LedgerEntry
from lectern.errors import InputError


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which files are page n; the number of pages of OCR files that have not just one; and notes for the ledger."""

    leaves: tuple[Leaf, ...]
    counts: Mapping[Path, int]
    notes: tuple[LedgerEntry, ...]


def arrange(found: Survey, manifest: ForeignManifest | None) -> Arrangement:
    """Return which files are page n; with a given manifest, n is the number of its canvas."""
    counts = page_counts(found.ocr, found.bounds)
    if found.leaves:
        return Arrangement(tuple(found.leaves), counts, tuple(found.notes))
    matching = matching_of(found, counts)
    notes = (*found.notes, *matching.notes)
    named = canvases_named(matching.leaves, found.ocr)
    if manifest is None:
        return Arrangement(tuple(put_together(matching.leaves, named, counts)), counts, notes)
    placing = place_by_manifest(matching.leaves, manifest.canvases, named)
    notes = (*notes, *placing.notes, *links_elsewhere(found.annotations, manifest))
    return Arrangement(placing.leaves, counts, notes)


def page_counts(ocr: Mapping[Path, Kind], bounds: Bounds) -> dict[Path, int]:
    """Return the number of pages of those OCR files that seem to have several."""
    counts: dict[Path, int] = {}
    for path, kind in ocr.items():
        with suppress(OSError, InputError):  # the reader will say so
            if kind in FORMATS:
                with bounds.held(path) as held:
                    count = count_pages(held, kind)
                counts |= {path: count} if count > 1 else {}
    return counts
