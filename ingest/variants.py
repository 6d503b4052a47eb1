"""Several OCR files of one page, told apart by a word before the suffix: `p1.gt.xml` and `p1.tess.xml`. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from ingest.names import base_name
from lectern.catalogue import LedgerEntry

_KIND = re.compile(r"(?P<base>.+)\.(?P<kind>[A-Za-z][A-Za-z0-9_-]*)")


def base_and_kind(path: Path, pictures: Collection[str]) -> tuple[str, str]:
    """Return an OCR file's base name and its kind, which is empty unless without it there is a picture of the name."""
    name = base_name(path.name)
    match = _KIND.fullmatch(name)
    if name in pictures or match is None or match["base"] not in pictures:
        return name, ""
    return match["base"], match["kind"]


def note_variants(texts: Iterable[Path]) -> list[LedgerEntry]:
    """Return a warning if, without pictures to tell, some files look like several OCR of one page."""
    found: dict[Path, list[str]] = defaultdict(list)
    for path in texts:
        match = _KIND.fullmatch(base_name(path.name))
        if match is not None:
            found[path.parent / match["base"]].append(path.name)
    several = [names for names in found.values() if len(names) > 1]
    if not several:
        return []
    more = f", and so do those of {len(several) - 1} more" if len(several) > 1 else ""
    message = (
        f"{' and '.join(several[0])} look like several OCR files of one page{more}; each became a page of its own. "
        "If they are of one page, take away the kind that is not wanted, and ingest again."
    )
    return [LedgerEntry("warning", "several-ocr-files", message)]
