"""What text each canvas of a manifest gets: its own OCR file, a page of the whole book's, or its annotations."""

import threading
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ingest.beside import plain_id
from ingest.formats import FORMATS, count_pages
from ingest.gathering_beside import gather_annotations
from ingest.jsonfile import MAX_JSON_BYTES, load_json
from ingest.links import annotation_links, file_links, says_ocr
from ingest.manifest import ForeignCanvas, ForeignManifest, Link, body_links
from ingest.matching import Leaf
from ingest.readers.annotations import canvases_in
from ingest.sniff import Kind, sniff
from ingest.store import Store
from ingest.survey import Survey
from ingest.traps import Unreadable, failure_entry
from lectern.catalogue import LedgerEntry
from lectern.errors import InputError

_AT_ONCE = 4  # requests
_ONE_AT_A_TIME = threading.Lock()  # JSON of 32 MB takes half a gigabyte while it is looked at


@dataclass(frozen=True, slots=True)
class _File:
    """A file with text: what it is, and the canvases its pages are on, where it says so."""

    path: Path
    kind: Kind
    canvases: tuple[str, ...] = ()

    @property
    def alone(self) -> bool:
        """Return whether these are annotations on one canvas: with such ones others can be put together."""
        return self.kind is Kind.ANNOTATIONS and len(self.canvases) == 1


@dataclass(slots=True)
class _Found:
    """What was found for one canvas: a file and which page of it (from 0), files with more, or why there is none."""

    file: _File | None = None
    page: int = 0
    more: tuple[Path, ...] = ()
    trouble: InputError | None = None

    def no(self, error: InputError) -> None:
        """Remember the first reason."""
        self.trouble = self.trouble or error


@dataclass(slots=True)
class _Gathering:
    """The canvases of a manifest with what was found for each, and what the ledger is to say of all."""

    manifest: ForeignManifest
    store: Store
    found: list[_Found]
    notes: list[LedgerEntry] = field(default_factory=list)

    def without(self) -> list[tuple[ForeignCanvas, _Found]]:
        """Return the canvases that have no text yet."""
        pairs = zip(self.manifest.canvases, self.found, strict=True)
        return [(canvas, found) for canvas, found in pairs if found.file is None]

    def warn(self, trap: str, message: str) -> None:
        """Put a warning of the whole object into the ledger."""
        self.notes.append(LedgerEntry("warning", trap, message))


def gather(name: str, manifest: ForeignManifest, store: Store) -> Survey:
    """Return a survey of the canvases' text: everything is fetched through the store, or put there.

    A canvas' own OCR file comes first; if no canvas has one, the pages of a file of the whole book are taken in
    order; canvases that still have nothing get the text of their annotations, which are otherwise kept beside it: the
    same text must not be there twice. What cannot be had is a failure of its canvas alone.
    """
    work = _Gathering(manifest, store, [_Found() for _ in manifest.canvases])
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda pair: _own_file(store, *pair), work.without()))
        if all(found.file is None for found in work.found):
            _whole_book(work)
        else:
            _share_out(work)
        list(pool.map(lambda pair: _own_annotations(store, *pair), work.without()))
    if work.without():
        _annotations_of_all(work)
    survey = _survey(name, work)
    survey.annotations = gather_annotations(manifest, store, survey)
    return survey


def _own_file(store: Store, canvas: ForeignCanvas, found: _Found) -> None:
    found.file = _first_file(store, file_links(canvas.links), found)


def _first_file(store: Store, links: Iterable[Link], found: _Found) -> _File | None:
    """Return the first file that is OCR; links that claim it and lead elsewhere are trouble."""
    for link in links:
        try:
            path = store.get(link.url)
            with _ONE_AT_A_TIME:
                kind, looks_like = sniff(path)
        except InputError as error:
            found.no(error)
            continue
        except OSError as error:
            found.no(_unreadable(link, error))
            continue
        if kind in FORMATS:
            return _File(path, kind)
        if says_ocr(link):
            found.no(Unreadable("not-ocr", f"{link.url} is said to be OCR; it is {looks_like}.", "Mend the link."))
    return None


def _share_out(work: _Gathering) -> None:
    """Give canvases that have one file in common its pages: by their number if there is one for each, else in order."""
    shared = Counter(found.file.path for found in work.found if found.file is not None)
    taken: Counter[Path] = Counter()
    for n, found in enumerate(work.found):
        if found.file is None or shared[found.file.path] == 1:
            continue
        path = found.file.path
        pages = _count(found.file)
        found.page = n if pages == len(work.found) else taken[path]
        taken[path] += 1
        if taken[path] == shared[path] and pages not in {shared[path], len(work.found)}:
            _warn_of_count(work, pages, shared[path])
        if found.page >= pages:
            found.file = None


def _whole_book(work: _Gathering) -> None:
    """Give canvases, in order, the pages of a file that the manifest as a whole links to."""
    trouble = _Found()
    links = file_links(work.manifest.links)
    file = _first_file(work.store, links, trouble)
    if trouble.trouble is not None and file is None and any(map(says_ocr, links)):
        work.warn("whole-book", str(trouble.trouble))
    if file is None:
        return
    pages = _count(file)
    if pages != len(work.found):
        _warn_of_count(work, pages, len(work.found))
    for page, found in enumerate(work.found[:pages]):
        found.file, found.page = file, page
    message = f"No canvas has an OCR file of its own; the {pages} pages of the whole book's were taken in order."
    work.notes.append(LedgerEntry("info", "whole-book", message))


def _warn_of_count(work: _Gathering, pages: int, canvases: int) -> None:
    text = f"{canvases} canvases share an OCR file of {pages} pages; they were matched in order from the first."
    work.warn("canvas-count-mismatch", text)


def _count(file: _File) -> int:
    try:
        return max(1, count_pages(file.path, file.kind))
    except OSError:
        return 1


def _own_annotations(store: Store, canvas: ForeignCanvas, found: _Found) -> None:
    """Give a canvas the annotation pages that have text on it, or else a file that one of them leads to."""
    leads: list[Link] = []
    for link in annotation_links(canvas.links):
        file = _annotations(store, link, found, leads)
        page = _page_for(canvas.id, file) if file is not None else None
        if file is None or page is None:
            continue
        if found.file is None:
            found.file, found.page = file, page
        elif found.file.alone and file.alone and file.path != found.file.path:
            found.more = (*found.more, file.path)
    if found.file is None and leads:
        found.file = _first_file(store, file_links(leads), found)


def _annotations(store: Store, link: Link, found: _Found, leads: list[Link]) -> _File | None:
    """Return the file with the text of an annotation page, or of what the link leads to if that is OCR itself.

    Files that the annotations themselves lead to are added to `leads`.
    """
    try:
        path = store.get(link.url) if link.body is None else store.put(link.url, link.body)
        with _ONE_AT_A_TIME:
            kind, _ = sniff(path)
            if kind in FORMATS:
                return _File(path, kind, tuple(canvases_in(path)) if kind is Kind.ANNOTATIONS else ())
            if link.body is None and path.stat().st_size <= MAX_JSON_BYTES:
                with suppress(Unreadable):
                    leads += body_links(load_json(path, link.url))
    except InputError as error:
        found.no(error)
    except OSError as error:
        found.no(_unreadable(link, error))
    return None


def _page_for(canvas: str, file: _File) -> int | None:
    """Return which page of a file is of a canvas: the one that says so, or the only one if it says nothing."""
    names = [plain_id(name) for name in file.canvases]
    if plain_id(canvas) in names:
        return names.index(plain_id(canvas))
    return 0 if names in ([], [""]) else None


def _annotations_of_all(work: _Gathering) -> None:
    """Give canvases without text what the annotation pages of the manifest as a whole say of them."""
    trouble = _Found()
    for link in annotation_links(work.manifest.links):
        file = _annotations(work.store, link, trouble, [])
        if file is None or file.kind is not Kind.ANNOTATIONS:
            continue
        pages = {plain_id(name): page for page, name in reversed(list(enumerate(file.canvases))) if name}
        for canvas, found in work.without():
            if (page := pages.get(plain_id(canvas.id))) is not None:
                found.file, found.page = file, page
    if trouble.trouble is not None:
        work.warn("manifest-annotations", str(trouble.trouble))


def _survey(name: str, work: _Gathering) -> Survey:
    survey = Survey(name, notes=work.notes)
    leaves: list[Leaf] = []
    stale = work.store.stale
    for n, (canvas, found) in enumerate(zip(work.manifest.canvases, work.found, strict=True), 1):
        label, file = canvas.label or str(n), found.file
        leaves.append(Leaf(n, label, None, file.path if file else None, found.page, more=found.more))
        if file is None:
            survey.notes += [failure_entry(found.trouble, label)] if found.trouble is not None else []
            continue
        survey.ocr[file.path] = file.kind
        for path in (file.path, *found.more):
            if path in stale:
                told = f"{stale[path]} The file of the last time is used."
                survey.notes.append(LedgerEntry("warning", "fetch-stale", told, label))
    if missing := sum(found.file is None and found.trouble is None for found in work.found):
        message = f"{missing} of {len(leaves)} canvases have no link to text that Lectern reads; they have none."
        survey.notes.append(LedgerEntry("info", "no-ocr-link", message))
    survey.leaves = tuple(leaves)
    return survey


def _unreadable(link: Link, error: OSError) -> Unreadable:
    return Unreadable("file-unreadable", f"{link.url} cannot be read: {error.strerror}.", "Fetch it again.")
