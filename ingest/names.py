"""Base names of page files, and the order in which people count them."""

import os
import re

_SUFFIXES = (
    ".alto", ".abbyy", ".page", ".miniocr", ".xml", ".hocr", ".html", ".htm", ".xhtml", ".ocr",
    ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".jpx", ".webp", ".gif", ".avif", ".bmp", ".pdf",
    ".gz", ".zip",
    ".json", ".jsonld", ".vtt", ".srt",
)  # fmt: skip
_DIGITS = re.compile(r"(\d+)")


def base_name(file_name: str) -> str:
    """Return a file's name without its suffixes: `p2.alto.xml` and `p2.jpg` are both `p2`."""
    name = file_name
    while (suffix := next((s for s in _SUFFIXES if name.lower().endswith(s)), None)) and len(name) > len(suffix):
        name = name[: -len(suffix)]
    return name


def is_text(name: str) -> bool:
    """Return whether a name can be written down: one in another encoding than the system's cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def shown(name: str) -> str:
    """Return a name for people, with a mark for what is in another encoding."""
    return os.fsencode(name).decode("utf-8", "replace")


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key under which `p2` comes before `p10`."""
    pieces = _DIGITS.split(name)
    return tuple((0, int(p), p) if p.isdecimal() else (1, 0, p.casefold()) for p in pieces if p)
