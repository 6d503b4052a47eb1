"""What a file is, told from its content: suffix and namespace lie too often."""

import re
from enum import StrEnum
from pathlib import Path

_HEAD = 1 << 16
_SCAN = 1 << 20
_SUFFIXES_OF_OCR = (".xml", ".hocr", ".html", ".htm", ".xhtml", ".alto")
_SUFFIXES_OF_IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".webp", ".gif", ".avif", ".bmp")
_NOT_MARKUP = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[[^\]]*\])?[^>]*>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(rb"\s*<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_HOCR_CLASS = re.compile(rb"""class\s*=\s*["']?[^"'>]*\bocrx?_(?:page|carea|par|line|word|block)\b""")
_PAGE_CLASS = re.compile(rb"""<[^>]*\bclass\s*=\s*(?:"[^">]*\bocr_page\b|'[^'>]*\bocr_page\b|ocr_page\b)""")
_PAGE_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Page[\s>/]")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


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
    if _HOCR_CLASS.search(head):  # with or without an html element around it
        return Kind.HOCR, "hOCR"
    if not root and path.name.lower().endswith(_SUFFIXES_OF_OCR):
        return Kind.BROKEN, "neither XML nor HTML" if head.strip() else "empty"
    return Kind.OTHER, {"": "not XML", "html": "HTML without hOCR classes"}.get(
        root, f"XML with the root element {root}"
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
    bare = _NOT_MARKUP.sub(b"", head.removeprefix(b"\xef\xbb\xbf"))
    match = _ROOT.match(bare)
    return match.group(1).decode().lower() if match else ""


def holds_pages(path: Path, kind: Kind) -> bool:
    """Return whether an OCR file seems to hold several pages; the reader has the last word. Raises OSError."""
    pattern = _PAGE_CLASS if kind is Kind.HOCR else _PAGE_ELEMENT
    found = 0
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(_SCAN):
            window = rest + chunk
            cut = window.rfind(b"<")
            # A tag that goes on in the next chunk is counted there.
            window, rest = (window[:cut], window[cut:]) if cut >= 0 and b">" not in window[cut:] else (window, b"")
            found += len(pattern.findall(_COMMENT.sub(b"", window)))
            if found > 1:
                return True
    return False
