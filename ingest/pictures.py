"""The pyramid of a page's picture, whatever file holds it: a picture, one page of a TIFF, a page of a PDF.

PDF pages are rendered by pdfium. So are JPEG 2000 pictures where libvips was built without a decoder for them, as in
the wheels from PyPI: a PDF may hold such a picture as it is.
"""

import struct
from pathlib import Path

from image.engine import vips
from image.headers import picture_size
from image.pyramid import PictureTooLarge, PyramidInfo, make_pyramid, make_pyramid_of_pixels
from image.tiff import pages_of
from ingest.pdf import count_pdf_pages, load_page, opened, page_size, pdfium, pixels_of, render
from ingest.refusing import check_picture
from ingest.sniff import is_pdf
from ingest.traps import MAX_FILE_BYTES, Unreadable

MAX_JPEG2000_PIXELS = 100_000_000  # it is decoded in one piece, at sixteen bytes a pixel (measured)
_HEAD = 1 << 16
_TIFF_MARKS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_BOX, _CODESTREAM = b"jP  ", b"\xff\x4f\xff\x51"


def picture_pages(path: Path) -> tuple[int, ...]:
    """Return the numbers (from 0) of a picture file's pages: (0,) for all but TIFF and PDF of several.

    Raises OSError, and Unreadable for a PDF that cannot be opened.
    """
    head = _head(path)
    if is_pdf(head):
        return tuple(range(count_pdf_pages(path)))
    return pages_of(path) if head.startswith(_TIFF_MARKS) else (0,)


def make_picture(source: Path, target: Path, page: int = 0) -> tuple[PyramidInfo, list[str]]:
    """Return the size of a page's picture after writing its pyramid to `target`, and warnings.

    Raises InputError when it cannot be read or does not decode, StoreUnavailable when the pyramid cannot be written.
    """
    try:
        head = _head(source)
    except OSError as error:
        detail = f"{source.name} cannot be read: {error.strerror}."
        raise Unreadable("file-unreadable", detail, "Check its rights.") from error
    check_picture(source.name, head)
    if is_pdf(head):
        pixels, warnings = render(source, page)
        return make_pyramid_of_pixels(pixels, target), warnings
    if _is_jpeg2000(head) and not _libvips_reads_jpeg2000():
        return _from_jpeg2000(source, head, target), []
    try:
        return make_pyramid(source, target, page), []
    except PictureTooLarge as error:
        raise Unreadable("picture-too-large", error.detail, error.remedy) from error


def size_of(source: Path, page: int = 0) -> tuple[int, int]:
    """Return width and height in pixels that a page's picture will have, told from its header; raises InputError."""
    try:
        head = _head(source)
        if is_pdf(head):
            return page_size(source, page)
    except OSError as error:
        raise Unreadable("file-unreadable", f"{source.name}: {error.strerror}.", "Check its rights.") from error
    check_picture(source.name, head)
    if _is_jpeg2000(head) and not _libvips_reads_jpeg2000():
        return _jpeg2000_size(head, source.name)
    return picture_size(source, page)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _is_jpeg2000(head: bytes) -> bool:
    return head[4:8] == _BOX or head.startswith(_CODESTREAM)


def _libvips_reads_jpeg2000() -> bool:
    return bool(vips().type_find("VipsOperation", "jp2kload_source"))


def _from_jpeg2000(source: Path, head: bytes, target: Path) -> PyramidInfo:
    """Return the size of a JPEG 2000 picture after its pyramid was made by way of a PDF; raises Unreadable."""
    width, height = _jpeg2000_size(head, source.name)
    if width * height > MAX_JPEG2000_PIXELS or source.stat().st_size > MAX_FILE_BYTES:
        raise Unreadable(
            "picture-too-large",
            f"{source.name} has {width} x {height} pixels; JPEG 2000 is read up to "
            f"{MAX_JPEG2000_PIXELS // 1_000_000} megapixels and {MAX_FILE_BYTES >> 20} MB.",
            "Convert it to TIFF, or install a libvips with OpenJPEG.",
        )
    with opened(_pdf_around(source.read_bytes(), width, height), source.name) as document:
        page = load_page(document, 0, source.name)
        try:
            bitmap = next(page.get_objects()).get_bitmap()
        except (pdfium().PdfiumError, StopIteration) as error:
            raise _torn(source.name) from error
        return make_pyramid_of_pixels(pixels_of(bitmap), target)


def _jpeg2000_size(head: bytes, name: str) -> tuple[int, int]:
    """Return width and height in pixels from the SIZ marker; raises Unreadable."""
    at = head.find(_CODESTREAM)
    if at < 0 or len(head) < at + 24:
        raise _torn(name)
    right, bottom, left, top = struct.unpack_from(">4I", head, at + 8)
    if right <= left or bottom <= top:
        raise _torn(name)
    return right - left, bottom - top


def _torn(name: str) -> Unreadable:
    return Unreadable(
        "picture-broken", f"{name} does not decode as JPEG 2000.", "Copy it again, or convert it to TIFF or JPEG."
    )


def _pdf_around(picture: bytes, width: int, height: int) -> bytes:
    """Return a PDF of one page that is just this picture, a point a pixel."""
    content = f"q {width} 0 0 {height} 0 0 cm /I Do Q".encode()
    head = (
        "%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        f"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R "
        "/Resources << /XObject << /I 5 0 R >> >> >>\nendobj\n"
        f"4 0 obj\n<< /Length {len(content)} >>\nstream\n"
    ).encode()
    image = (
        f"\nendstream\nendobj\n5 0 obj\n<< /Type /XObject /Subtype /Image /Width {width} /Height {height} "
        f"/Filter /JPXDecode /Length {len(picture)} >>\nstream\n"
    ).encode()
    body = b"".join([head, content, image, picture, b"\nendstream\nendobj\n"])
    places = [body.index(f"{number} 0 obj\n".encode()) for number in range(1, 5)]
    places.append(len(head) + len(content) + image.index(b"5 0 obj"))
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    end = f"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n".encode()
    return b"".join([body, b"xref\n0 6\n0000000000 65535 f \n", table, end])
