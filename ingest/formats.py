"""The formats of OCR that Lectern reads: for each its reader, and what marks a page of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.counting import abbyy_pages, count_marks, hocr_pages, p_elements, page_elements
from ingest.readers.abbyy import read_abbyy
from ingest.readers.alto import read_alto
from ingest.readers.hocr import read_hocr
from ingest.readers.miniocr import read_miniocr
from ingest.readers.page_xml import read_page_xml
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


FORMATS: dict[Kind, Format] = {
    Kind.ALTO: Format("ALTO", read_alto, _marks(page_elements)),
    Kind.HOCR: Format("hOCR", read_hocr, _marks(hocr_pages)),
    Kind.ABBYY: Format("ABBYY FineReader XML", read_abbyy, _marks(abbyy_pages)),
    Kind.MINIOCR: Format("MiniOCR", read_miniocr, _marks(p_elements)),
    Kind.PAGE: Format("PAGE-XML", read_page_xml, _marks(page_elements)),
}


def count_pages(path: Path, kind: Kind) -> int:
    """Return the number of pages that a file seems to hold; the reader has the last word. Raises OSError."""
    return FORMATS[kind].count(path)
