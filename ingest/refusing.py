"""The errors of files that are not what their names promise: empty ones, and those of another sort."""

from pathlib import Path

from ingest.jsonfile import starts_like_json
from ingest.sniff import is_image, is_pdf, root_name
from ingest.strange import EMPTY, looks_of, remedy_of
from ingest.traps import Unreadable

_HEAD = 1 << 12


def no_ocr(path: Path) -> Unreadable:
    """Return what to raise for a file that is named like OCR and is none."""
    with path.open("rb") as file:
        looks_like = looks_of(file.read(_HEAD))
    if looks_like == EMPTY:
        return empty_file(path.name, "run the OCR of this page again, or take it away if the page is blank")
    remedy = remedy_of(looks_like) or "Replace it by the page's OCR, or take it away."
    return Unreadable("not-ocr", f"{path.name} is no OCR that Lectern reads: it is {looks_like}.", remedy)


def check_picture(name: str, head: bytes) -> None:
    """Raise Unreadable for a file that is named like a picture, and begins like none."""
    if is_image(head) or is_pdf(head) or head[4:8] == b"ftyp":  # AVIF and its kin, whatever their brand
        return
    if not head.strip():
        raise empty_file(name, "scan the page again, or take it away")
    root = root_name(head)
    what = "HTML (what a server says in place of the picture?)" if root == "html" else "XML" if root else ""
    what = what or ("JSON" if starts_like_json(head) else looks_of(head))
    raise Unreadable(
        "not-a-picture",
        f"{name} is no picture of a format that Lectern reads: it is {what}.",
        "Copy the picture again, or convert it to TIFF, PNG or JPEG.",
    )


def empty_file(name: str, otherwise: str) -> Unreadable:
    """Return what to raise for a file without content."""
    return Unreadable("empty-file", f"{name} is empty.", f"Copy it again from where it was made; else {otherwise}.")
