"""Base names of page files, the order in which people count them, and how they are shown.

A Mac writes `ä` as a letter and two dots: names are compared in one form (NFC), files opened by the one they have.
"""

import os
import re
import unicodedata

from lectern.plain import plain

_SUFFIXES = (
    ".alto", ".abbyy", ".page", ".miniocr", ".xml", ".hocr", ".html", ".htm", ".xhtml", ".ocr",
    ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".jpx", ".webp", ".gif", ".avif", ".bmp", ".pdf",
    ".gz", ".zip",
    ".json", ".jsonld", ".vtt", ".srt",
)  # fmt: skip
_DIGITS = re.compile(r"(\d+)")
_HALVES = re.compile("[\ud800-\udfff]")
_MOST_DIGITS = 1000  # of a number that is read as one: Python reads no longer ones than 4,300


def base_name(file_name: str) -> str:
    """Return a file's name without its suffixes, in NFC: `p2.alto.xml` and `p2.jpg` are both `p2`."""
    name = same_form(file_name)
    while (suffix := next((s for s in _SUFFIXES if name.lower().endswith(s)), None)) and len(name) > len(suffix):
        name = name[: -len(suffix)]
    return name


def same_form(name: str) -> str:
    """Return a name in the form in which names are compared (NFC)."""
    return unicodedata.normalize("NFC", name)


def is_text(name: str) -> bool:
    """Return whether a name can be written down: one in another encoding than the system's cannot."""
    return _HALVES.search(name) is None


def shown(name: str) -> str:
    """Return a name for people, with a mark for what is in another encoding and for what a terminal would obey."""
    return plain(os.fsencode(name).decode("utf-8", "replace"))


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key under which `p2` comes before `p10`."""
    pieces = _DIGITS.split(same_form(name))
    return tuple((0, int(p[:_MOST_DIGITS]), p) if p.isdecimal() else (1, 0, p.casefold()) for p in pieces if p)
