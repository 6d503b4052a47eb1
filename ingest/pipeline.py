"""From a folder to an object on the shelf: survey, match, read in parallel, build the pack, switch."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.description import Description
from ingest.formats import canvases_named, count_pages
from ingest.hyphens import find_joins
from ingest.keeping import only_writer, pyramid_path, sweep
from ingest.languages import bcp47
from ingest.leaves import Outcome, Reduced, Task, read_pages, settle, work
from ingest.manifest import ForeignManifest
from ingest.matching import Leaf, match
from ingest.placing import place_by_manifest
from ingest.progress import Progress, Silence
from ingest.sniff import Kind
from ingest.survey import Survey, survey
from ingest.traps import failure_entry
from ingest.workers import default_jobs, run
from lectern.catalogue import CanvasRow, Catalogue, LedgerEntry, ObjectRow
from lectern.errors import InputError
from lectern.home import Home
from lectern.ids import object_id as make_object_id
from lectern.urls import canvas_path
from lectern.words import Page, Text
from search.packing import write_pack


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever asks for an ingest says of the object; what is not said comes from its object.json, or stays.

    `reduced` is the tier that its policy shows to those who are not let in, None if there is none.
    `manifest` was made elsewhere: the object's pages are its canvases, with their ids, labels and sizes.
    """

    name: str | None = None
    label: str | None = None
    policy: str = "open"
    collections: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    reduced: Reduced | None = None
    jobs: int | None = None
    manifest: ForeignManifest | None = None


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The object as it is published now, its ledger, and how long it took (seconds)."""

    row: ObjectRow
    canvases: tuple[CanvasRow, ...]
    entries: tuple[LedgerEntry, ...]
    seconds: float

    @property
    def failures(self) -> int:
        """Return the number of files that could not be read."""
        return sum(entry.level == "failure" for entry in self.entries)

    @property
    def warnings(self) -> int:
        """Return the number of warnings."""
        return sum(entry.level == "warning" for entry in self.entries)


@dataclass(slots=True)
class _Book:
    """One object on its way: where it goes, files found, pages read in this process, and the ledger so far."""

    home: Home
    name: str
    wishes: Wishes
    found: Survey
    leaves: Sequence[Leaf] = ()
    volumes: dict[Path, list[Page]] = field(default_factory=dict)
    broken: set[Path] = field(default_factory=set)
    entries: list[LedgerEntry] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return the object's id."""
        return make_object_id(self.name)


def ingest_object(
    home: Home, catalogue: Catalogue, source: Path, wishes: Wishes, progress: Progress | None = None
) -> IngestResult:
    """Return the object that was made from a path and published, whatever was there under its id before.

    One broken page fails alone: its canvas stays, without text, if its picture is there. Raises InputError
    when not one page can be read, StoreUnavailable when the object is being written already; in both cases,
    and when the process is killed, what was published stays as it was, and finished pictures are used again.
    """
    home.prepare()
    return ingest_survey(home, catalogue, source, found=survey(source, home.path), wishes=wishes, progress=progress)


def ingest_survey(
    home: Home,
    catalogue: Catalogue,
    source: Path,
    *,
    found: Survey,
    wishes: Wishes,
    progress: Progress | None = None,
) -> IngestResult:
    """Return the object made from files that were found already, and published; otherwise as `ingest_object`."""
    began = time.monotonic()
    book = _Book(home, wishes.name or found.name, wishes, found)
    with only_writer(home, book.id):
        _read_volumes(book)
        _match(book)
        outcomes = _work(book, progress or Silence())
        book.entries += [entry for outcome in outcomes for entry in outcome.entries]
        readable = [outcome for outcome in outcomes if outcome.canvas is not None]
        if not any(outcome.readable for outcome in readable):
            catalogue.note(book.id, book.entries)
            raise _nothing_readable(source, book)
        row, canvases = _publish(catalogue, book, readable)
    return IngestResult(row, tuple(canvases), tuple(book.entries), time.monotonic() - began)


def _read_volumes(book: _Book) -> None:
    """Read files of many pages here, in one stream: sending their pages between processes would cost more."""
    for path, kind in book.found.ocr.items():
        if kind is Kind.BROKEN or count_pages(path, kind) < 2:
            continue
        try:
            book.volumes[path] = list(read_pages(path, kind))
        except InputError as error:
            book.broken.add(path)
            book.entries.append(failure_entry(error, path.name))


def _match(book: _Book) -> None:
    """Settle which files are page n; with a given manifest, n is the number of its canvas."""
    if book.found.leaves:
        book.leaves = [replace(leaf, ocr=None) if leaf.ocr in book.broken else leaf for leaf in book.found.leaves]
        book.entries += book.found.notes
        return
    texts = [path for path in book.found.ocr if path not in book.broken]
    counts = {path: len(pages) for path, pages in book.volumes.items()}
    matching = match(book.found.images, texts, counts, book.found.order)
    book.leaves = matching.leaves
    book.entries += [*book.found.notes, *matching.notes]
    if book.wishes.manifest is not None:
        named = canvases_named(matching.leaves, book.found.ocr)
        placing = place_by_manifest(matching.leaves, book.wishes.manifest.canvases, named)
        book.leaves = placing.leaves
        book.entries += placing.notes


def _tasks(book: _Book) -> list[Task]:
    sizes = book.found.mets.sizes
    manifest = book.wishes.manifest
    tasks = []
    for leaf in book.leaves:
        alone = leaf.ocr is not None and leaf.ocr not in book.volumes
        kind = book.found.ocr[leaf.ocr] if leaf.ocr is not None and alone else None
        given = None if manifest is None else manifest.canvases[leaf.n - 1].size
        pyramid = None if leaf.image is None else pyramid_path(book.home, book.id, leaf.image)
        tasks.append(Task(leaf, kind, pyramid, book.wishes.reduced, sizes.get(leaf.name), given))
    return tasks


def _work(book: _Book, progress: Progress) -> list[Outcome]:
    """Return the outcomes in page order."""
    tasks, outcomes = _tasks(book), []
    jobs = book.wishes.jobs or default_jobs()
    progress.begin(book.name, len(tasks))
    try:
        for outcome in run(work, tasks, jobs):
            leaf = outcome.leaf
            if leaf.ocr in book.volumes and leaf.page < len(book.volumes[leaf.ocr]):
                settle(outcome, book.volumes[leaf.ocr][leaf.page])
            outcomes.append(outcome)
            progress.step()
    finally:
        progress.end()
    return sorted(outcomes, key=lambda outcome: outcome.leaf.n)


def _nothing_readable(source: Path, book: _Book) -> InputError:
    failures = [entry.message for entry in book.entries if entry.level == "failure"]
    more = f" And {len(failures) - 1} more." if len(failures) > 1 else ""
    return InputError(f"Not one page of {source} could be read.", (failures[0] if failures else "") + more)


def _publish(catalogue: Catalogue, book: _Book, outcomes: list[Outcome]) -> tuple[ObjectRow, list[CanvasRow]]:
    """Build the pack beside what is there and switch to it."""
    before = catalogue.find(book.id)
    former = catalogue.canvases(book.id) if before else []
    pages = _pages(book, outcomes)
    row = _described(book, before, pages)
    generation = catalogue.next_generation()
    summary = write_pack(book.home, book.id, generation, Text(pages, find_joins(pages)))
    row = replace(row, generation=generation, pages=summary.pages, words=summary.words)
    canvases = [_canvas(book, n, outcome) for n, outcome in enumerate(outcomes, start=1)]
    kept = catalogue.publish(row, canvases, book.entries)
    sweep(book.home, kept, canvases, before, former)
    return kept, canvases


def _pages(book: _Book, outcomes: list[Outcome]) -> list[Page]:
    """Return every canvas' page, empty ones for pictures without words, each with its language where it is known."""
    said = _said(book)
    only = book.wishes.languages or said.languages
    pages = []
    for outcome in outcomes:
        page = outcome.page or Page()
        place = outcome.leaf.n - 1
        own = said.page_languages[place] if place < len(said.page_languages) else ()
        for languages in (own, only):
            if page.language is None and len(languages) == 1:
                page.language = languages[0]
        pages.append(page)
    return pages


def _said(book: _Book) -> Description:
    """Return what the folder's object.json says and, where it is silent, the manifest; of pages the manifest only."""
    folder, manifest = book.found.description, book.wishes.manifest
    if manifest is None:
        return folder
    return Description(
        folder.label or manifest.label,
        folder.summary or manifest.summary,
        folder.rights or manifest.rights,
        folder.languages or manifest.languages,
        tuple(canvas.label for canvas in manifest.canvases),
    )


def _described(book: _Book, before: ObjectRow | None, pages: list[Page]) -> ObjectRow:
    """Return the object's row: what was asked for, else what its folder says, else what it was."""
    wishes, said = book.wishes, _said(book)
    was = before or ObjectRow(book.id, book.name, book.name)
    spoken = Counter(page.language for page in pages if page.language)
    given = tuple(bcp47(name) or name for name in wishes.languages)
    return ObjectRow(
        book.id,
        # Named by its id, an object keeps the other name (an ARK, say) that it was made with.
        was.original_id if book.name == book.id else book.name,
        wishes.label or said.label or was.label,
        summary=said.summary or was.summary,
        rights=said.rights or was.rights,
        languages=given or said.languages or tuple(tag for tag, _ in spoken.most_common()),
        collections=wishes.collections or was.collections,
        policy=wishes.policy,
    )


def _canvas(book: _Book, n: int, outcome: Outcome) -> CanvasRow:
    leaf, canvas, page = outcome.leaf, outcome.canvas, outcome.page
    if canvas is None:
        raise AssertionError("a leaf without canvas is not published")
    labels, manifest = _said(book).page_labels, book.wishes.manifest
    label = labels[leaf.n - 1] if leaf.n <= len(labels) else ""
    image = None
    if leaf.image is not None and outcome.image is not None:
        image = pyramid_path(book.home, book.id, leaf.image).relative_to(book.home.images).as_posix()
    return CanvasRow(
        n,
        canvas_path(book.id, n) if manifest is None else manifest.canvases[leaf.n - 1].id,
        canvas.width,
        canvas.height,
        label or (page.name if page else "") or leaf.name,
        image,
        leaf.ocr.name if leaf.ocr is not None and page is not None else None,
        sum(1 for _ in page.words()) if page else 0,
        canvas.scale_by,
    )
