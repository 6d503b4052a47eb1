"""One page, from its files to a picture that can be served and words that lie on it. Runs in worker processes."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from image.pyramid import ensure_reduced, read_size
from ingest.doubts import text_doubts
from ingest.formats import FORMATS
from ingest.geometry import SHAPE_TOLERANCE, Canvas, Size, canvas_for, place_on
from ingest.matching import Leaf
from ingest.merging import add_page
from ingest.pictures import make_picture
from ingest.pieces import check_size
from ingest.refusing import no_ocr
from ingest.sniff import Kind
from ingest.traps import MAX_FILE_BYTES, Unreadable, failure_entry, warning, warning_entry
from lectern.catalogue import LedgerEntry
from lectern.errors import InputError, StoreUnavailable
from lectern.words import Page


@dataclass(frozen=True, slots=True)
class Reduced:
    """The version of a picture that those who are not let in may see: tier's name and scale (0 to 1)."""

    tier: str
    max_scale: float


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done for one leaf. `kind` is None where the words come from elsewhere or there are none."""

    leaf: Leaf
    kind: Kind | None
    pyramid: Path | None = None
    reduced: Reduced | None = None
    mets: Size | None = None
    given: Size | None = None  # the size that a given manifest tells
    language: str | None = None  # of a page that does not say which it is in
    largest: int = MAX_FILE_BYTES  # bytes that its OCR file may have


@dataclass(slots=True)
class Outcome:
    """What became of a leaf: without canvas it is lost. `image` says whether its pyramid is there."""

    leaf: Leaf
    canvas: Canvas | None = None
    page: Page | None = None
    image: Size | None = None
    mets: Size | None = None
    given: Size | None = None
    language: str | None = None
    entries: list[LedgerEntry] = field(default_factory=list)

    @property
    def readable(self) -> bool:
        """Return whether there are words or a picture."""
        return self.page is not None or self.image is not None

    @property
    def failed(self) -> bool:
        """Return whether a file of this leaf could not be read."""
        return any(entry.level == "failure" for entry in self.entries)


def read_pages(path: Path, kind: Kind, limit: int = MAX_FILE_BYTES) -> Iterator[Page]:
    """Yield the pages of an OCR file of at most `limit` bytes; raises Unreadable, whatever is wrong with the file."""
    found = FORMATS.get(kind)
    if found is None:
        raise no_ocr(path)
    if kind is not Kind.PDF:  # which is read piece by piece, and has a limit of its own
        check_size(path, path.name, limit)
    try:
        for page in found.read(path, path.name):
            page.warnings += text_doubts(page)
            yield page
    except (InputError, OSError, MemoryError):
        raise
    except Exception as error:  # a file that the reader did not foresee costs its page, not the book
        raise Unreadable(
            "reader-fault", f"{path.name} cannot be read: {type(error).__name__}: {error}.", "Please report the file."
        ) from error


def work(task: Task) -> Outcome:
    """Return the outcome of one leaf: its pyramid is made unless it is there, its words are read and placed."""
    found = picture(task)
    page = None
    if task.kind is not None and task.leaf.ocr is not None:
        try:
            page = _first_page(task.leaf.ocr, task.kind, task.largest)
            for path in task.leaf.more:
                page = add_page(page, _first_page(path, task.kind, task.largest))
        except InputError as error:
            found.entries.append(failure_entry(error, task.leaf.name))
    settle(found, page)
    return found


def picture(task: Task) -> Outcome:
    """Return the outcome of one leaf as far as its picture goes: the words are to be settled later."""
    found = Outcome(task.leaf, mets=task.mets, given=task.given, language=task.language)
    if task.pyramid is not None and task.leaf.image is not None:
        try:
            found.image, warnings = _picture(task.leaf, task.pyramid, task.reduced)
            found.entries += [warning_entry(text, task.leaf.name) for text in warnings]
        except InputError as error:
            found.entries.append(failure_entry(error, task.leaf.name))
    return found


def _first_page(path: Path, kind: Kind, largest: int) -> Page:
    """Return the page of a file that seemed to have one only, with a warning if there are others."""
    pages = read_pages(path, kind, largest)
    page = next(pages)
    if next(pages, None) is not None:
        page.warnings.append(warning("more-pages", f"{path.name} has several pages; only the first was read"))
    return page


def settle(found: Outcome, page: Page | None) -> None:
    """Give a leaf its canvas, and its words their boxes on it.

    A leaf with neither picture nor words gets none, unless a given manifest has one for it.
    """
    if page is None and found.image is None and found.given is None:
        return
    found.canvas = canvas_for(page, found.image, found.mets, found.given)
    if found.given is not None and found.image not in {None, found.given}:
        found.entries.append(_other_size(found.image, found.given, found.leaf.name))
    if page is not None:
        page.language = page.language or found.language
        place_on(page, found.canvas)
        found.entries += [warning_entry(text, found.leaf.name) for text in page.warnings]
        found.page = page


def _other_size(image: Size | None, given: Size, page: str) -> LedgerEntry:
    """Return a warning: viewers draw highlights in image pixels, so the picture is announced in the canvas' size."""
    (width, height), (across, down) = image or given, given
    bent = abs(width * down / (height * across) - 1) > SHAPE_TOLERANCE
    message = f"the picture is {width} x {height}, the manifest's canvas {across} x {down}; the canvas' size counts" + (
        ", and their shapes differ by more than 2 %: another picture, a cut or a turned one?" if bent else ""
    )
    return warning_entry(warning("canvas-shape-differs" if bent else "canvas-size-differs", message), page)


def _picture(leaf: Leaf, pyramid: Path, reduced: Reduced | None) -> tuple[Size | None, list[str]]:
    """Return a picture's size, and warnings; its pyramid and reduced file are made where they are missing or torn."""
    size, warnings = None, list[str]()
    if pyramid.exists():
        with suppress(StoreUnavailable):
            size = read_size(pyramid)
    if size is None and leaf.image is not None:
        pyramid.parent.mkdir(parents=True, exist_ok=True)
        info, warnings = make_picture(leaf.image, pyramid, leaf.image_page)
        size = (info.width, info.height)
    if reduced is not None:
        ensure_reduced(pyramid, reduced.tier, reduced.max_scale)
    return size, warnings
