"""Repairs on the bytes of XML and HTML, chunk by chunk, before a parser sees them."""

import re
from collections.abc import Iterable, Iterator
from html.entities import html5
from itertools import pairwise

from ingest.pieces import changed

_LONGEST_NAME = 40
_LONGEST_OPENING = 16
_LONGEST_TAG = 1 << 16
_LONGEST_COMMENT = 1 << 20
_HOCR_PAGE = re.compile(rb"""<[a-z][^\s<>]*\s[^<>]*?\bclass\s*=\s*(?:"[^"<>]*|'[^'<>]*)?\bocr_page\b""", re.IGNORECASE)
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_BARE_AMPERSAND = re.compile(rb"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CONTROL_BY_NUMBER = re.compile(rb"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.IGNORECASE)
_NO_TAG = re.compile(rb"<(?!/?[A-Za-z]|!--|!DOCTYPE|\?xml)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_OPEN_COMMENT = re.compile(rb"<!--(?!(?:(?!<!--).)*?-->)", re.DOTALL)


def name_by_number(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield bytes with HTML's entity names as numbers: `&shy;` means nothing in XML, and is not to be lost."""
    return changed(
        chunks, lambda text: _NAMED.sub(_by_number, text) if b"&" in text else text, b"&", _LONGEST_NAME, b";"
    )


def _by_number(match: re.Match[bytes]) -> bytes:
    name = match.group(1).decode()
    letters = "" if name in _XML_NAMES else html5.get(f"{name};", "")
    return "".join(f"&#{ord(letter)};" for letter in letters).encode() or match.group()


def _by_number_or_as_text(match: re.Match[bytes]) -> bytes:
    """Return an entity that XML knows; of the others those of HTML as letters, and unknown ones as they are written."""
    if match.group(1).decode() in _XML_NAMES:
        return match.group()
    found = _by_number(match)
    return found if found != match.group() else b"&amp;" + found[1:]


def mend_xml(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield bytes of XML whose bare ampersands and unknown entities are text and which hold no control characters."""

    def mend(text: bytes) -> bytes:
        if b"&" in text:
            text = _BARE_AMPERSAND.sub(b"&amp;", _CONTROL_BY_NUMBER.sub(b"", text))
            text = _NAMED.sub(_by_number_or_as_text, text)
        return _CONTROL.sub(b"", text)

    return changed(chunks, mend, b"&", _LONGEST_NAME, b";")


def mend_html(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield HTML without comments, in which stray signs of bad OCR (`<?`, `<!--` that nothing closes) are text."""

    def mend(text: bytes) -> bytes:
        mended = _NO_TAG.sub(b"&lt;", text)
        return _COMMENT.sub(b"", _OPEN_COMMENT.sub(b"&lt;!--", mended)) if b"<!--" in mended else mended

    whole_signs = changed(chunks, bytes, b"<", _LONGEST_OPENING)
    return changed(whole_signs, mend, b"<!--", _LONGEST_COMMENT, b"-->")


def hocr_by_page(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield mended HTML in pieces, and of each whether a page of hOCR begins with it."""
    for text in changed(chunks, bytes, b"<", _LONGEST_TAG, b">"):
        places = [match.start() for match in _HOCR_PAGE.finditer(text)]
        for start, end in pairwise([0, *places, len(text)]):
            if start < end:
                yield text[start:end], start in places
