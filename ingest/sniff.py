"""What a file is, told from its content: suffix and namespace lie too often."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

_HEAD = 1 << 16
_SCAN = 1 << 20
_SUFFIXES_OF_OCR = (".xml", ".hocr", ".html", ".htm", ".xhtml", ".alto")
_SUFFIXES_OF_IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".webp", ".gif", ".avif", ".bmp")
_ROOT = re.compile(rb"\s*<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_CLASS_OR_END = re.compile(
    rb"""(?P<begins>class\s*=\s*["']?)|(?P<named>\bocrx?_(?:page|carea|par|line|word|block)\b)|["'>]+"""
)
_PAGE_CLASS = re.compile(rb"""\bclass\s*=\s*(?:"[^"]*\bocr_page\b|'[^']*\bocr_page\b|ocr_page\b)""")
_PAGE_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Page[\s>/]")
_LONGEST_TAG = 1 << 16
_LONGEST_NAME = 64  # of an element, in messages


class Kind(StrEnum):
    """What a file is to an ingest."""

    HOCR = "hocr"
    ALTO = "alto"
    METS = "mets"
    IMAGE = "image"
    BROKEN = "broken"  # named like OCR or a picture, and neither
    OTHER = "other"


_BY_ROOT = {"alto": (Kind.ALTO, "ALTO"), "mets": (Kind.METS, "METS")}


def sniff(path: Path) -> tuple[Kind, str]:
    """Return what a file is, and in words what it looks like.

    Reads at most 1 MB. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if _is_image(head) or path.name.lower().endswith(_SUFFIXES_OF_IMAGES):
            return Kind.IMAGE, "picture"
        root = root_name(head)
        if root == "html":
            head += file.read(_SCAN - _HEAD)
    if root in _BY_ROOT:
        return _BY_ROOT[root]
    if _has_hocr_class(head):  # with or without an html element around it
        return Kind.HOCR, "hOCR"
    if not root and path.name.lower().endswith(_SUFFIXES_OF_OCR):
        return Kind.BROKEN, "neither XML nor HTML" if head.strip() else "empty"
    return Kind.OTHER, {"": "not XML", "html": "HTML without hOCR classes"}.get(
        root, f"XML with the root element {root[:_LONGEST_NAME]}"
    )


def _is_image(head: bytes) -> bool:
    starts = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"GIF8")
    jpeg2000 = head[4:8] == b"jP  " or head[:4] == b"\xff\x4f\xff\x51"
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    avif = head[4:12] in (b"ftypavif", b"ftypheic", b"ftypmif1")
    return head.startswith(starts) or jpeg2000 or webp or avif


def root_name(head: bytes) -> str:
    """Return the local name of the first element, in lower case; empty if there is none."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    match = _ROOT.match(head, _prolog_end(head))
    return match.group(1).decode().lower() if match else ""


def _prolog_end(head: bytes) -> int:
    """Return where comments, instructions and the document type end; where the first that is not closed begins."""
    at = 0
    while (mark := head.find(b"<", at)) >= 0 and not head[at:mark].strip():
        if head.startswith(b"<!--", mark):
            end, length = head.find(b"-->", mark + 4), 3
        elif head.startswith(b"<?", mark):
            end, length = head.find(b"?>", mark + 2), 2
        elif head[mark : mark + 9].upper() == b"<!DOCTYPE":
            end, length = _doctype_end(head, mark), 1
        else:
            break
        if end < 0:
            break
        at = end + length
    return at


def _doctype_end(head: bytes, mark: int) -> int:
    """Return where the `>` of a document type is, behind its own declarations; -1 if there is none."""
    end = head.find(b">", mark)
    declarations = head.find(b"[", mark, max(end, 0))
    if declarations >= 0:
        end = head.find(b">", max(declarations, head.find(b"]", declarations)))
    return end


def _has_hocr_class(head: bytes) -> bool:
    """Return whether a class attribute names an hOCR element; in one pass, whatever the file repeats."""
    inside = False
    for token in _CLASS_OR_END.finditer(head):
        if token["named"] and inside:
            return True
        inside = bool(token["begins"]) or (inside and bool(token["named"]))
    return False


def holds_pages(path: Path, kind: Kind) -> bool:
    """Return whether an OCR file seems to hold several pages; the reader has the last word. Raises OSError."""
    count = _hocr_pages if kind is Kind.HOCR else _alto_pages
    found = 0
    with path.open("rb") as file:
        for text in _without_comments(file):
            found += count(text)
            if found > 1:
                return True
    return False


def _hocr_pages(text: bytes) -> int:
    tags = (piece for piece in text.split(b">") if b"ocr_page" in piece and b"<" in piece)
    return sum(_PAGE_CLASS.search(tag, tag.index(b"<")) is not None for tag in tags)


def _alto_pages(text: bytes) -> int:
    return len(_PAGE_ELEMENT.findall(text))


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
