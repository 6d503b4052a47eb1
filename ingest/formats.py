"""The formats of OCR that Lectern reads: for each its reader, and what marks a page of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.counting import abbyy_pages, count_marks, hocr_pages, p_elements, page_elements
from ingest.matching import Leaf
from ingest.pdf import count_pdf_pages
from ingest.readers.abbyy import read_abbyy
from ingest.readers.alto import read_alto
from ingest.readers.annotations import canvases_in, read_annotations
from ingest.readers.captions import read_captions
from ingest.readers.hocr import read_hocr
from ingest.readers.miniocr import read_miniocr
from ingest.readers.page_xml import read_page_xml
from ingest.readers.pdf import read_pdf
from ingest.sniff import Kind
from lectern.words import Page


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `read` yields a file's pages one after another; `count` tells how many it seems to hold."""

    name: str
    read: Callable[[Path, str], Iterator[Page]]
    count: Callable[[Path], int]


def _marks(count: Callable[[bytes], int]) -> Callable[[Path], int]:
    return lambda path: count_marks(path, count)


def canvases_named(leaves: Iterable[Leaf], kinds: Mapping[Path, Kind]) -> dict[Leaf, str]:
    """Return the id of the canvas that a leaf's file says its page is; only annotations say it. Raises OSError."""
    named: dict[Leaf, str] = {}
    known: dict[Path, list[str]] = {}
    for leaf in leaves:
        if leaf.ocr is None or kinds.get(leaf.ocr) is not Kind.ANNOTATIONS:
            continue
        canvases = known.get(leaf.ocr)
        if canvases is None:
            canvases = known[leaf.ocr] = canvases_in(leaf.ocr)
        if leaf.page < len(canvases):
            named[leaf] = canvases[leaf.page]
    return named


FORMATS: dict[Kind, Format] = {
    Kind.ALTO: Format("ALTO", read_alto, _marks(page_elements)),
    Kind.HOCR: Format("hOCR", read_hocr, _marks(hocr_pages)),
    Kind.PDF: Format("PDF", read_pdf, count_pdf_pages),
    Kind.ABBYY: Format("ABBYY FineReader XML", read_abbyy, _marks(abbyy_pages)),
    Kind.MINIOCR: Format("MiniOCR", read_miniocr, _marks(p_elements)),
    Kind.PAGE: Format("PAGE-XML", read_page_xml, _marks(page_elements)),
    Kind.ANNOTATIONS: Format("annotations", read_annotations, lambda path: max(1, len(canvases_in(path)))),
    Kind.CAPTIONS: Format("captions", read_captions, lambda _: 1),
}


def count_pages(path: Path, kind: Kind) -> int:
    """Return the number of pages that a file seems to hold; the reader has the last word. Raises OSError."""
    return FORMATS[kind].count(path)
