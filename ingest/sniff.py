"""What a file is, told from its content: suffix and namespace lie too often."""

import re
from enum import StrEnum
from pathlib import Path

from ingest.jsonfile import load_json, starts_like_json
from ingest.readers.annotations import recognise
from ingest.readers.captions import looks_like_captions
from ingest.strange import looks_of
from ingest.traps import Unreadable

_HEAD = 1 << 16
_SCAN = 1 << 20
_SUFFIXES_OF_OCR = (".xml", ".hocr", ".html", ".htm", ".xhtml", ".alto")
_SUFFIXES_OF_IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".webp", ".gif", ".avif", ".bmp")
_ROOT = re.compile(rb"\s*<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_CLASS_OR_END = re.compile(
    rb"""(?P<begins>(?i:class)\s*=\s*["']?)|(?P<named>\bocrx?_(?:page|carea|par|line|word|block)\b)|["'>]+"""
)
_MINIOCR_PAGE = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?p[\s>/]")
_ABBYY_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?document\s[^>]*(?:abbyy|finereader)", re.IGNORECASE)
_GZIP = b"\x1f\x8b\x08"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_NO_FOLDERS = (b"mimetype", b"[Content_Types].xml", b"META-INF/")  # the first member of e-books and office files
_ANNOTATIONS = re.compile(rb'"@?type"\s*:\s*"(?:sc:)?Annotation(?:Page|List)"')
_LONGEST_NAME = 64  # of an element, in messages


class Kind(StrEnum):
    """What a file is to an ingest."""

    HOCR = "hocr"
    ALTO = "alto"
    PAGE = "page"
    ABBYY = "abbyy"
    MINIOCR = "miniocr"
    PDF = "pdf"
    CAPTIONS = "captions"
    ANNOTATIONS = "annotations"
    METS = "mets"
    ARCHIVE = "archive"
    IMAGE = "image"
    BROKEN = "broken"  # named like OCR or a picture, and neither
    OTHER = "other"


_BY_ROOT = {"alto": (Kind.ALTO, "ALTO"), "pcgts": (Kind.PAGE, "PAGE-XML"), "mets": (Kind.METS, "METS")}


# What METS comes wrapped in: the answer of an OAI-PMH server, or a record cut out of one.
_ENVELOPES = frozenset({"oai-pmh", "getrecord", "listrecords", "record", "metadata"})
_METS = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?mets[\s>]")
_PDF_MARK = b"%PDF-"
_PDF_MARK_WITHIN = 1024


def sniff(path: Path) -> tuple[Kind, str]:
    """Return what a file is, and in words what it looks like.

    Reads at most 1 MB, and 32 MB of JSON. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if is_pdf(head) or is_image(head) or path.name.lower().endswith(_SUFFIXES_OF_IMAGES):
            return (Kind.PDF, "PDF") if is_pdf(head) else (Kind.IMAGE, "picture")
        if packed := packed_as(head):
            return Kind.ARCHIVE, packed
        root = root_name(head)
        if root == "html" or root in _ENVELOPES:
            head += file.read(_SCAN - _HEAD)
    found = _by_root(root, head) if root else None
    if not root and (starts_like_json(head) or looks_like_captions(head)):
        found = _sniff_json(path, head) if starts_like_json(head) else (Kind.CAPTIONS, "captions")
    if found is None and _has_hocr_class(head):  # with or without an html element around it
        found = Kind.HOCR, "hOCR"
    if found is None and not root and path.name.lower().endswith(_SUFFIXES_OF_OCR):
        found = Kind.BROKEN, looks_of(head)
    return found or (Kind.OTHER, _looks_like(root, head))


def _looks_like(root: str, head: bytes) -> str:
    """Return in words what a file is that is none of ours."""
    if root == "html":
        return "HTML without hOCR classes"
    return f"XML with the root element {root[:_LONGEST_NAME]}" if root else looks_of(head)


def _by_root(root: str, head: bytes) -> tuple[Kind, str] | None:
    """Return what a file is by its root element, and by more than that where others use its name too."""
    if root == "document" and _ABBYY_ROOT.match(_from_root(head)):
        return Kind.ABBYY, "ABBYY FineReader XML"
    if root == "ocr" and _MINIOCR_PAGE.search(head):
        return Kind.MINIOCR, "MiniOCR"
    if root in _ENVELOPES and _METS.search(head):
        return _BY_ROOT["mets"]
    return _BY_ROOT.get(root)


def packed_as(head: bytes) -> str:
    """Return "gzip" or "zip" for how a file begins, empty for neither. E-books and office files are no folders."""
    if head.startswith(_GZIP):
        return "gzip"
    return "zip" if head.startswith(_ZIP) and not head[30:].startswith(_NO_FOLDERS) else ""


def is_pdf(head: bytes) -> bool:
    """Return whether a file that begins so is a PDF: the mark may come behind some other bytes."""
    return _PDF_MARK in head[:_PDF_MARK_WITHIN] and not head.lstrip().startswith((b"<", b"{", b"["))


def _sniff_json(path: Path, head: bytes) -> tuple[Kind, str]:
    """Return whether JSON is the text of pages; what cannot be parsed is taken for it where it begins like it."""
    try:
        found, looks_like = recognise(load_json(path, path.name))
    except Unreadable as error:
        found, looks_like = _ANNOTATIONS.search(head) is not None, f"JSON that cannot be read ({error.trap})"
    return Kind.ANNOTATIONS if found else Kind.OTHER, looks_like


def is_image(head: bytes) -> bool:
    """Return whether a file that begins so is a picture of a format that is read."""
    starts = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"GIF8")
    jpeg2000 = head[4:8] == b"jP  " or head[:4] == b"\xff\x4f\xff\x51"
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    avif = head[4:12] in (b"ftypavif", b"ftypheic", b"ftypmif1")
    return head.startswith(starts) or jpeg2000 or webp or avif


def root_name(head: bytes) -> str:
    """Return the local name of the first element, in lower case; empty if there is none."""
    match = _ROOT.match(_from_root(head))
    return match.group(1).decode().lower() if match else ""


def _from_root(head: bytes) -> bytes:
    """Return what begins with the first element, in UTF-8."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    return head[_prolog_end(head) :].lstrip()


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
