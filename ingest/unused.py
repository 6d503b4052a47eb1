"""The files of an object of which nothing is on the shelf, each with the reason. Pure."""

from collections.abc import Sequence
from pathlib import Path

from ingest.found import Survey
from ingest.matching import Leaf


def unused_files(found: Survey, leaves: Sequence[Leaf]) -> list[tuple[Path, str]]:
    """Return pictures, OCR and PDFs that no page has, with the reason."""
    used = {path for leaf in leaves for path in (leaf.image, *leaf.texts)}
    spare = [path for path in dict.fromkeys((*found.images, *found.ocr, *found.pdfs)) if path not in used]
    reason = "another file or no canvas takes its place"
    return [(path, reason) for path in spare]


def count_left_out(found: Survey, leaves: Sequence[Leaf]) -> int:
    """Return the number of files that no page has, those that are neither OCR nor a picture among them."""
    return len(unused_files(found, leaves)) + sum(map(len, found.others.values()))
