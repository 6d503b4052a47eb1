"""How many pages a file of OCR seems to hold, told without parsing it, in memory that does not grow with it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

_SCAN = 1 << 20
_PAGE_CLASS = re.compile(rb"""\b(?i:class)\s*=\s*(?:"[^"]*\bocr_page\b|'[^']*\bocr_page\b|ocr_page\b)""")
_PAGE_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Page[\s>/]")
_P_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?p[\s>/]")
_ABBYY_PAGE = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?page[\s>/]")
_LONGEST_TAG = 1 << 16


def count_marks(path: Path, count: Callable[[bytes], int]) -> int:
    """Return the sum of `count` over a file's pieces: tags whole, comments left out. Raises OSError."""
    with path.open("rb") as file:
        return sum(map(count, _without_comments(file)))


def hocr_pages(text: bytes) -> int:
    """Return the number of tags of class ocr_page in a piece of hOCR."""
    count = end = 0
    place = text.find(b"ocr_page")
    while place >= 0:
        start, end = text.rfind(b"<", end, place), text.find(b">", place)
        end = end if end >= 0 else len(text)
        count += start >= 0 and text.find(b">", start, place) < 0 and is_hocr_page(text[start:end])
        place = text.find(b"ocr_page", end)
    return count


def is_hocr_page(tag: bytes) -> bool:
    """Return whether a tag has the class ocr_page."""
    return _PAGE_CLASS.search(tag) is not None


def page_elements(text: bytes) -> int:
    """Return the number of tags named Page in a piece of XML, whatever their prefix."""
    return len(_PAGE_ELEMENT.findall(text))


def abbyy_pages(text: bytes) -> int:
    """Return the number of tags named page, in lower case, in a piece of XML, whatever their prefix."""
    return len(_ABBYY_PAGE.findall(text))


def p_elements(text: bytes) -> int:
    """Return the number of tags named p in a piece of XML, whatever their prefix."""
    return len(_P_ELEMENT.findall(text))


def _without_comments(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file piece by piece, tags whole and comments left out; nothing after a comment that is not closed."""
    rest, comment = b"", False
    while chunk := file.read(_SCAN):
        text, comment, rest = _cut_comments(rest + chunk, comment)
        if not comment:
            cut = text.rfind(b"<")
            if cut >= 0 and text.find(b">", cut) < 0:  # this tag goes on in the next piece and is counted there
                text, rest = text[:cut], text[cut:] if len(text) - cut <= _LONGEST_TAG else b""
        yield text


def _cut_comments(text: bytes, comment: bool) -> tuple[bytes, bool, bytes]:
    """Return a text without comments, whether its end lies in one, and then what may begin that one's end.

    `comment` tells whether its start does.
    """
    kept, at = [], 0
    while True:
        mark = text.find(b"-->" if comment else b"<!--", at)
        if not comment:
            kept.append(text[at : mark if mark >= 0 else None])
        if mark < 0:
            return b"".join(kept), comment, text[max(at, len(text) - 2) :] if comment else b""
        at = mark + (3 if comment else 4)
        comment = not comment
