"""One page, from its files to a picture that can be served and words that lie on it. Runs in worker processes."""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from image.pyramid import PyramidInfo, ensure_reduced, read_size
from ingest.bounds import Bounds
from ingest.digests import digest_again
from ingest.distant import Distant
from ingest.doubts import text_doubts
from ingest.formats import FORMATS
from ingest.geometry import SHAPE_TOLERANCE, Canvas, Size, canvas_for, place_on
from ingest.matching import Leaf
from ingest.merging import add_page
from ingest.pictures import make_picture
from ingest.pieces import check_size
from ingest.refusing import no_ocr
from ingest.sniff import Kind
from ingest.traps import MAX_FILE_BYTES, Unreadable, changed_meanwhile, failure_entry, warning, warning_entry
from lectern.catalogue import LedgerEntry
from lectern.disk import sync
from lectern.errors import InputError, StoreUnavailable
from lectern.words import Page


@dataclass(frozen=True, slots=True)
class Reduced:
    """The version of a picture that those who are not let in may see: tier's name, scale (0 to 1), text over it."""

    tier: str
    max_scale: float
    watermark: str = ""


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
    bounds: Bounds = field(default_factory=Bounds)  # of its files
    distant: Distant | None = None  # the picture, where it stays at a source: then there is no pyramid
    digest: str | None = None  # SHA-256 of the picture that the pyramid is named after; None is not looked at


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
            page = _first_page(task, task.leaf.ocr, task.kind)
            for path in task.leaf.more:
                page = add_page(page, _first_page(task, path, task.kind))
        except InputError as error:
            found.entries.append(failure_entry(error, task.leaf.name))
    settle(found, page)
    return found


def picture(task: Task) -> Outcome:
    """Return the outcome of one leaf as far as its picture goes: the words are to be settled later."""
    found = Outcome(task.leaf, mets=task.mets, given=task.given, language=task.language)
    if task.distant is not None:
        found.image = task.distant.size
        if task.distant.trouble is not None:
            found.entries.append(failure_entry(task.distant.trouble, task.leaf.name))
    elif task.pyramid is not None and task.leaf.image is not None:
        try:
            found.image, warnings = _picture(task, task.leaf.image, task.pyramid)
            found.entries += [warning_entry(text, task.leaf.name) for text in warnings]
        except InputError as error:
            found.entries.append(failure_entry(error, task.leaf.name))
    return found


def _first_page(task: Task, path: Path, kind: Kind) -> Page:
    """Return the page of a file that seemed to have one only, with a warning if there are others."""
    with task.bounds.held(path) as held:
        pages = read_pages(held, kind, task.largest)
        page = next(pages)
        more = next(pages, None) is not None
    if more:
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


def _picture(task: Task, source: Path, pyramid: Path) -> tuple[Size, list[str]]:
    """Return a picture's size, and warnings; its pyramid and reduced file are made where they are missing or torn."""
    size, warnings = None, list[str]()
    if pyramid.exists():
        with suppress(StoreUnavailable):
            size = read_size(pyramid)
    if size is None:
        info, warnings = _converted(task, source, pyramid)
        size = (info.width, info.height)
    if task.reduced is not None:
        ensure_reduced(pyramid, task.reduced.tier, task.reduced.max_scale, task.reduced.watermark)
    return size, warnings


def _converted(task: Task, source: Path, pyramid: Path) -> tuple[PyramidInfo, list[str]]:
    """Return the size of a picture after its pyramid was made, and warnings.

    The pyramid gets its name when its source is seen to be still what the name tells. Raises InputError and
    StoreUnavailable.
    """
    beside = pyramid.with_name(f".{pyramid.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with task.bounds.held(source) as held:
            info, warnings = make_picture(held, beside, task.leaf.image_page)
            if task.digest is not None and digest_again(held) != task.digest:
                raise changed_meanwhile(source.name)
        _put_in_place(beside, pyramid)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return info, warnings


def _put_in_place(beside: Path, pyramid: Path) -> None:
    try:
        beside.replace(pyramid)
        sync(pyramid.parent)
    except OSError as error:
        raise StoreUnavailable(
            f"The picture {pyramid.name} cannot be written: {error.strerror}.",
            "Make room on the disk of the home, and check who may write there; then ingest again.",
        ) from error
