"""A PDF as files of pages: opening it, its number of pages, whether it has text, and a page as a raster.

pdfium does the work; it is not safe for threads, so each process opens what it needs.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from image.pyramid import Pixels
from ingest.traps import MAX_PAGES, Unreadable, warning

MAX_PDF_BYTES = 4 * 1024**3  # it is read piece by piece, so this may be more than a file of text
DPI = 300
POINTS_PER_INCH = 72
MAX_PAGE_PIXELS = 60_000_000
_LONGEST_SIDE = 65_000  # pixels
_LESS = 1 - 1e-9  # pdfium rounds up: 900.0000001 pixels would be 901
_PASSWORD, _SECURITY = 4, 5  # pdfium's numbers of errors


def pdfium() -> Any:
    """Return the pypdfium2 module, loaded at first use."""
    import pypdfium2  # type: ignore[import-untyped]

    return pypdfium2


@contextmanager
def opened(source: Path | bytes, name: str) -> Iterator[Any]:
    """Yield a pypdfium2 document, closed afterwards.

    Raises Unreadable for a file that is too large, locked by a password, broken, or of more than 5,000 pages.
    """
    if isinstance(source, Path) and source.stat().st_size > MAX_PDF_BYTES:
        raise Unreadable("file-too-large", f"{name} is larger than 4 GB.", "Split it into several PDFs.")
    try:
        document = pdfium().PdfDocument(source)
    except pdfium().PdfiumError as error:
        raise _not_opened(name, getattr(error, "err_code", None)) from error
    try:
        if len(document) > MAX_PAGES:
            raise Unreadable(
                "too-many-pages", f"{name} has {len(document)} pages.", f"Split it: up to {MAX_PAGES} can be taken in."
            )
        if not len(document):
            raise Unreadable("pdf-broken", f"{name} has no page that can be found.", "Make the PDF again.")
        yield document
    finally:
        document.close()


def _not_opened(name: str, code: int | None) -> Unreadable:
    if code in {_PASSWORD, _SECURITY}:
        return Unreadable(
            "pdf-encrypted", f"{name} is locked by a password.", "Save it without one (`qpdf --decrypt`)."
        )
    return Unreadable("pdf-broken", f"{name} is no PDF that can be opened.", "Copy it again, or mend it with `qpdf`.")


def count_pdf_pages(path: Path) -> int:
    """Return the number of pages; raises Unreadable and OSError."""
    with opened(path, path.name) as document:
        return len(document)


def has_text(path: Path) -> bool:
    """Return whether any page has a character of text; raises Unreadable and OSError."""
    with opened(path, path.name) as document:
        return any(_characters(document, n) for n in range(len(document)))


def _characters(document: Any, n: int) -> int:
    try:
        page = document[n]
        text = page.get_textpage()
    except pdfium().PdfiumError:
        return 0
    count: int = text.count_chars()
    text.close()
    page.close()
    return count


def render(path: Path, n: int) -> tuple[Pixels, list[str]]:
    """Return page `n` (from 0) as a raster of 300 dpi, or of fewer with a warning.

    Fewer are they for a page of more than 60 megapixels, or of more than 65,000 pixels a side. Raises Unreadable and
    OSError.
    """
    with opened(path, path.name) as document:
        page = load_page(document, n, path.name)
        scale, usual = _scale(page), DPI / POINTS_PER_INCH
        warnings = []
        if scale < usual:
            width, height = page.get_size()
            dpi = round(scale * POINTS_PER_INCH)
            text = f"page {n + 1} of {path.name} is {width:.0f} x {height:.0f} points; its picture has {dpi} dpi"
            warnings.append(warning("pdf-page-large", text))
        return pixels_of(page.render(scale=scale * _LESS)), warnings


def page_size(path: Path, n: int) -> tuple[int, int]:
    """Return width and height in pixels that page `n` (from 0) is rendered with; raises Unreadable and OSError."""
    with opened(path, path.name) as document:
        page = load_page(document, n, path.name)
        scale = _scale(page) * _LESS
        across, down = (math.ceil(side * scale) for side in page.get_size())
        return across, down


def _scale(page: Any) -> float:
    """Return the pixels a point: those of 300 dpi, or as many as the limits allow."""
    width, height = map(float, page.get_size())
    of_area = math.sqrt(MAX_PAGE_PIXELS / (width * height))
    return min(DPI / POINTS_PER_INCH, of_area, _LONGEST_SIDE / max(width, height))


def load_page(document: Any, n: int, name: str) -> Any:
    """Return page `n` (from 0) of a document; raises Unreadable for one that is torn or without area."""
    try:
        page = document[n]
    except (pdfium().PdfiumError, IndexError) as error:
        raise Unreadable("pdf-page-broken", f"Page {n + 1} of {name} cannot be read.", "Make the PDF again.") from error
    if min(page.get_size()) <= 0:
        raise Unreadable("pdf-page-broken", f"Page {n + 1} of {name} has no area.", "Make the PDF again.")
    return page


def pixels_of(bitmap: Any) -> Pixels:
    """Return a pypdfium2 bitmap as pixels; the memory is the bitmap's own."""
    data = memoryview(bitmap.buffer).cast("B")
    return Pixels(data, bitmap.width, bitmap.height, bitmap.n_channels, bitmap.stride)
