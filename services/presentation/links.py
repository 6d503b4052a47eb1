"""What manifests say of the files of a text: `seeAlso` on canvases, `rendering` on the manifest, in both versions."""

from collections.abc import Sequence
from dataclasses import dataclass

from lectern.catalogue import CanvasRow
from lectern.ids import ImageId
from services.presentation import alto, blocks, hocr
from services.presentation.model import Book, Json


@dataclass(frozen=True, slots=True)
class File:
    """A file that a manifest names: its address, label and media type, and the `profile` of what it is, if any."""

    url: str
    label: str
    media_type: str
    profile: str = ""
    type: str = "Dataset"


def text_files(book: Book, canvas: CanvasRow) -> Sequence[File]:
    """Return a canvas's text as files of OCR, ALTO first (PR3-40 to PR3-44)."""
    if not book.has_places(canvas):
        return ()
    urls, name, n = book.urls, book.row.id, canvas.n
    return (
        File(urls.alto(name, n), "Text as ALTO", alto.MEDIA_TYPE, alto.PROFILE),
        File(urls.hocr(name, n), "Text as hOCR", hocr.MEDIA_TYPE, hocr.PROFILE),
    )


def renderings(book: Book) -> Sequence[File]:
    """Return the whole object in forms for people (PR3-41): none where little of it is told (TH-86)."""
    if not book.tells_all:
        return ()
    pdf = File(book.urls.pdf(book.row.id), "PDF, to be searched", "application/pdf", type="Text")
    text = File(book.urls.plain_text(book.row.id), "Plain text", "text/plain", type="Text")
    return (*((pdf,) if book.pdf else ()), *((text,) if book.searchable() else ()))


def rendering_services(book: Book) -> tuple[list[Json], list[Json]]:
    """Return the access services that lead to the whole of an object's files, for version 2 and 3; empty if open.

    They are those of the first restricted page: a file is given to everybody, with the pages that he may see in it.
    """
    for canvas in book.canvases:
        doors = book.access(canvas.n).doors
        if doors.restricted and book.image_id(canvas) is not None:
            return blocks.accesses(doors), blocks.probes(doors, ImageId(book.row.id, canvas.n))
    return [], []
