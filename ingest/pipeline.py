"""From a folder to an object on the shelf: survey, match, read in parallel, build the pack, switch.

A page that is done is kept as a record, first in the ingest's spool, then in the object's pack: what was read once
is not read again unless its files change, be it that the process was killed or that the object comes a second time.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.annotation_sources import key_of_sources, sources_of
from ingest.arranging import arrange
from ingest.beside import Beside, Spot, read_beside
from ingest.description import doubts_of
from ingest.digests import Digests, digest_of
from ingest.engines import Embedded, Engine
from ingest.finding import found_at, origin_wished
from ingest.found import AnnotationSource
from ingest.hyphens import Joiner
from ingest.keeping import (
    digests_path,
    keep_originals,
    only_writer,
    pyramid_path,
    spool_path,
    sweep,
    under_way_path,
)
from ingest.leaves import Task
from ingest.manifest import ForeignManifest
from ingest.matching import Leaf
from ingest.origins import keep_origin, note_replaced, origin_of
from ingest.painting import painting_notes
from ingest.progress import Progress, Silence
from ingest.publishing import Told, canvases_of, description_of, object_row, page_states, said_of
from ingest.ranges import canvases_by_page, ranges_of, sections_of
from ingest.reading import make_records
from ingest.records import SAME, PageRecord, empty_block, key_of
from ingest.scratch import Scratch
from ingest.spool import SECTION, Published, Spool, headers_section, source_section
from ingest.survey import Survey
from ingest.underway import note_under_way
from ingest.unused import count_left_out
from ingest.wishes import Wishes
from ingest.workers import Workers
from lectern.catalogue import CanvasRow, Catalogue, LedgerEntry, ObjectRow, RangeRow
from lectern.description import read_description
from lectern.errors import InputError, PackError
from lectern.home import Home
from lectern.ids import object_id as make_object_id
from lectern.leases import Lease
from lectern.pack import PackFile
from lectern.picture_sources import parse_reference
from lectern.wordblock import PageWords
from search.analysis import DEFAULT, Profile, chosen
from search.packing import PackBuilder

__all__ = ["IngestResult", "Wishes", "ingest_object", "ingest_survey"]


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The object as it is published now, its ledger, and how long it took (seconds).

    `read` counts the pages that were read this time, `kept` those that were before, `left_out` files that no
    page has; `unchanged` says that nothing had to be published.
    """

    row: ObjectRow
    canvases: tuple[CanvasRow, ...]
    entries: tuple[LedgerEntry, ...]
    seconds: float
    read: int = 0
    kept: int = 0
    left_out: int = 0
    unchanged: bool = False

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
    """One object on its way: where it goes, the files found, what became of its pages, and the ledger so far."""

    home: Home
    name: str
    wishes: Wishes
    found: Survey
    origin: str
    before: ObjectRow | None
    published: Published
    spool: Spool
    lease: Lease
    engine: Engine
    profile: Profile = DEFAULT
    counts: Mapping[Path, int] = field(default_factory=dict)
    leaves: Sequence[Leaf] = ()
    tasks: dict[str, Task] = field(default_factory=dict)  # by key, in page order
    pictures: Mapping[Path, str] = field(default_factory=dict)  # their SHA-256
    notes: list[LedgerEntry] = field(default_factory=list)
    read: int = 0

    @property
    def id(self) -> str:
        """Return the object's id."""
        return make_object_id(self.name)

    @property
    def told(self) -> Told:
        """Return what the object is called and who may see it."""
        return Told(self.id, self.name, self.wishes, said_of(self.found.description, self.wishes.manifest))

    def record(self, key: str) -> PageRecord | None:
        """Return the record of a page that was read before, None if it must be read (again)."""
        for place in (self.spool, self.published):
            record = place.get(key)
            if record is not None and not record.failed and self._picture_is_there(record):
                return record
        return None

    def kept(self, key: str) -> PageRecord | None:
        """Return the record of a page with its words, read before or just now."""
        return self.spool.get(key) or self.published.get(key)

    def _picture_is_there(self, record: PageRecord) -> bool:
        """Return whether a record's pyramid is as large as it was: a torn or missing one is made anew."""
        if record.image is None or parse_reference(record.image) is not None:
            return True
        try:
            return (self.home.image_folder(self.id) / record.image).stat().st_size == record.image_bytes
        except OSError:
            return False


def ingest_object(
    home: Home,
    catalogue: Catalogue,
    source: Path,
    wishes: Wishes,
    progress: Progress | None = None,
    *,
    workers: Workers | None = None,
    engine: Engine | None = None,
) -> IngestResult:
    """Return the object that was made from a path and published, whatever was there under its id before.

    One broken page fails alone: its canvas stays, without text, if its picture is there. Pages whose files are as
    they were are not read again. Raises InputError when not one page can be read, StoreUnavailable when the object
    is being written already; in both cases, and when the process is killed, what was published stays as it was,
    and finished pages are used by the next run.
    """
    home.prepare()
    with Scratch(home.path) as scratch:
        found = found_at(source, home, scratch, wishes)
        origin = origin_wished(source, wishes)
        return ingest_survey(
            home,
            catalogue,
            source,
            found=found,
            wishes=wishes,
            origin=origin,
            progress=progress,
            workers=workers,
            engine=engine,
        )


def ingest_survey(
    home: Home,
    catalogue: Catalogue,
    source: Path,
    *,
    found: Survey,
    wishes: Wishes,
    origin: str = "",
    progress: Progress | None = None,
    workers: Workers | None = None,
    engine: Engine | None = None,
) -> IngestResult:
    """Return the object made from files that were found already, and published; otherwise as `ingest_object`.

    `origin` is the address that they are from, where that is not the path; `engine` is Whoosh if it is not told.
    """
    origin = origin or origin_of(source)
    began = time.monotonic()
    name = wishes.name or found.name
    object_id = make_object_id(name)
    shared = nullcontext(workers) if workers is not None else Workers(wishes.jobs)
    with shared as pool, only_writer(home, catalogue, object_id) as lease:
        before = catalogue.find(object_id, newest=True)
        spool = Spool(spool_path(home, object_id))
        wishes = wishes.settled(before)
        engine = Embedded(home) if engine is None else engine
        pack = _pack_of(engine, before)
        profile = chosen(pack.header if pack else {}, wishes.folds, wishes.stems)
        published = Published(pack if pack and _is_whole(pack) else None)
        book = _Book(home, name, wishes, found, origin, before, published, spool, lease, engine, profile)
        done = True
        try:
            _match(book)
            if list(book.tasks) != book.published.keys:  # a folder that was only moved is the same object
                book.notes += note_replaced(home, before, origin)
            result = _make(catalogue, book, source, progress or Silence(), pool)
            keep_origin(home, object_id, origin)
            if wishes.keep_originals:
                keep_originals(home, object_id, book.pictures, found.bounds)
        except InputError:
            raise
        except BaseException:
            done = False  # the next run goes on with what is finished
            raise
        finally:
            spool.close(done=done)
            if done:
                under_way_path(home, object_id).unlink(missing_ok=True)
    return replace(result, seconds=time.monotonic() - began, left_out=count_left_out(found, book.leaves))


def _pack_of(engine: Engine, row: ObjectRow | None) -> PackFile | None:
    """Return the pack of an object as it is published; None if there is none, or none that this release reads."""
    with suppress(PackError):
        return None if row is None else engine.pack_of(row)
    return None


def _is_whole(pack: PackFile) -> bool:
    """Return whether a pack is as it was written; if not, its pages are read again."""
    try:
        pack.verify()
    except PackError:
        return False
    return True


def _match(book: _Book) -> None:
    """Settle which files are page n; with a given manifest, n is the number of its canvas. Names every leaf's key."""
    arranged = arrange(book.found, book.wishes.manifest)
    book.leaves, book.counts = arranged.leaves, arranged.counts
    book.notes += [*arranged.notes, *doubts_of(book.found.description, len(book.leaves))]
    if book.wishes.manifest is not None:
        pictured = frozenset(leaf.n for leaf in book.leaves if leaf.image is not None)
        book.notes += painting_notes(book.wishes.manifest.canvases, pictured)
    bounds, texts = book.found.bounds, dict.fromkeys(path for leaf in book.leaves for path in leaf.texts)
    digests = {path: digest_of(path, bounds) for path in texts}
    known = Digests(digests_path(book.home, book.id), bounds)
    images = [leaf.image for leaf in book.leaves if leaf.image is not None]
    book.pictures = known.of_all(image for image in images if image not in book.found.distant)
    known.keep()
    for leaf in book.leaves:
        task = _task(book, leaf, book.wishes.manifest)
        key = key_of(task, " ".join(digests[path] for path in leaf.texts))
        while key in book.tasks:  # pages that nothing tells apart, as the blank canvases of a manifest
            key += SAME
        book.tasks[key] = task


def _task(book: _Book, leaf: Leaf, manifest: ForeignManifest | None) -> Task:
    alone = leaf.ocr is not None and leaf.ocr not in book.counts
    distant = book.found.distant.get(leaf.image) if leaf.image is not None else None
    here = None if distant else leaf.image
    digest = "" if here is None else book.pictures[here]
    return Task(
        leaf,
        book.found.ocr[leaf.ocr] if leaf.ocr is not None and alone else None,
        None if here is None else pyramid_path(book.home, book.id, here, digest, leaf.image_page),
        book.wishes.reduced,
        book.found.mets.sizes.get(leaf.name),
        None if manifest is None else manifest.canvases[leaf.n - 1].size,
        book.told.language_of(leaf.n),
        book.wishes.largest,
        book.found.bounds,
        distant,
        digest,
    )


def _make(catalogue: Catalogue, book: _Book, source: Path, progress: Progress, workers: Workers) -> IngestResult:
    """Read what is to be read, and publish the object unless it is just as it was."""
    manifest = None if book.found.leaves else book.wishes.manifest  # of a harvest all pages are files already
    sources = sources_of(book.found.annotations, manifest, book.found.bounds)
    key = key_of_sources(sources, _canvas_ids(book))
    same_files = list(book.tasks) == book.published.keys and key == book.published.beside.key
    if book.before is not None and same_files and book.published.has_analysis(book.profile):
        same = [record for key in book.tasks if (record := book.record(key)) is not None]
        if len(same) == len(book.tasks) and book.engine.holds(book.before):
            return _republish(catalogue, book, same)
    generation = catalogue.next_generation()
    indexed = not book.engine.in_cluster
    with PackBuilder(book.home, book.id, generation, book.profile, indexed=indexed) as builder:
        records = _build(book, builder, progress, workers)
        beside = _read_beside(book, key, sources.values(), records)
        entries = [*book.notes, *(entry for record in records for entry in record.entries), *beside.entries]
        if not any(record.readable for record in records) and not beside.remarks:
            catalogue.note(book.id, entries, page_states(records))
            raise _nothing_readable(source, entries)
        placed = [record for record in records if record.placed]
        kept_pages = headers_section([record.header() for record in placed])
        summary = builder.finish({SECTION: kept_pages, **source_section(beside)}, beside.remarks)
    former = catalogue.canvases(book.id) if book.before else []
    row = replace(object_row(book.told, book.before, placed), generation=generation)
    row = replace(row, pages=summary.pages, words=summary.words)
    canvases = canvases_of(book.told, book.home, zip(_leaves_of(book, placed), placed, strict=True))
    description = _description_of(catalogue, book, row, placed)
    book.engine.load(catalogue, row, PackFile(summary.path))
    kept = catalogue.publish(
        row,
        canvases,
        entries,
        page_states(records),
        _ranges_of(book, placed),
        description=description,
        before=book.before,
        in_cluster=book.engine.in_cluster,
    )
    book.engine.settle(catalogue, book.id)
    sweep(book.home, kept, canvases, book.before, former)
    return IngestResult(kept, tuple(canvases), tuple(entries), 0.0, book.read, len(book.tasks) - book.read)


def _canvas_ids(book: _Book) -> list[str]:
    manifest = book.wishes.manifest
    return [] if manifest is None else [canvas.id for canvas in manifest.canvases]


def _read_beside(book: _Book, key: str, sources: Iterable[AnnotationSource], records: Sequence[PageRecord]) -> Beside:
    """Return the annotations that are kept beside the text of the pages."""
    placed = [record for record in records if record.placed]
    canvases = canvases_of(book.told, book.home, zip(_leaves_of(book, placed), placed, strict=True))
    texts = [leaf.texts if record.ocr else () for leaf, record in zip(_leaves_of(book, placed), placed, strict=True)]
    spots = [
        Spot(canvas.n, canvas.canvas, record.name, canvas.width, canvas.height, files)
        for canvas, record, files in zip(canvases, placed, texts, strict=True)
    ]

    def words_of(n: int) -> Sequence[str]:
        kept = book.kept(placed[n - 1].key)
        return PageWords(kept.block).texts if kept and kept.block else ()

    return read_beside(key, sources, spots, words_of, book.found.bounds)


def _leaves_of(book: _Book, records: Sequence[PageRecord]) -> Iterator[Leaf]:
    return (book.tasks[record.key].leaf for record in records)


def _ranges_of(book: _Book, placed: Sequence[PageRecord]) -> list[RangeRow]:
    """Return the parts that METS tells of, else those of the given manifest."""
    leaves, manifest = list(_leaves_of(book, placed)), book.wishes.manifest
    if book.found.sections or manifest is None:
        return ranges_of(book.found.sections, canvases_by_page(book.found.pages, leaves))
    return ranges_of(sections_of(manifest), {leaf.n: n for n, leaf in enumerate(leaves, start=1)})


def _description_of(catalogue: Catalogue, book: _Book, row: ObjectRow, placed: Sequence[PageRecord]) -> str:
    """Return what is said of the object beyond its row, as the catalogue keeps it."""
    numbers = {leaf.n: n for n, leaf in enumerate(_leaves_of(book, placed), start=1)}
    before = read_description(catalogue.description(book.id))
    return description_of(book.told, row, before, numbers).text()


def _republish(catalogue: Catalogue, book: _Book, records: list[PageRecord]) -> IngestResult:
    """Publish an object whose pages are as they were: under its old pack, and only if what is told of it changed."""
    before = catalogue.get(book.id, newest=True)
    entries = [*book.notes, *(entry for record in records for entry in record.entries), *book.published.beside.entries]
    row = replace(object_row(book.told, before, records), generation=before.generation)
    row = replace(row, pages=before.pages, words=before.words, created=before.created, modified=before.modified)
    former = catalogue.canvases(book.id)
    canvases = canvases_of(book.told, book.home, zip(_leaves_of(book, records), records, strict=True))
    ranges = _ranges_of(book, records)
    told_before = [replace(entry, at=0.0) for _, entry in catalogue.ledger(book.id)]
    description = _description_of(catalogue, book, row, records)
    same = row == before and canvases == former and ranges == catalogue.ranges(book.id)
    if same and description == catalogue.description(book.id) and entries == told_before:
        return IngestResult(before, tuple(canvases), tuple(entries), 0.0, kept=len(records), unchanged=True)
    kept = catalogue.publish(
        row,
        canvases,
        entries,
        page_states(records),
        ranges,
        description=description,
        before=book.before,
        in_cluster=book.engine.in_cluster,
    )
    book.engine.settle(catalogue, book.id)
    return IngestResult(kept, tuple(canvases), tuple(entries), 0.0, kept=len(records))


def _build(book: _Book, builder: PackBuilder, progress: Progress, workers: Workers) -> list[PageRecord]:
    """Feed every page to the pack as soon as those before it are there; returns all records, without their words."""
    missing = {key for key in book.tasks if book.record(key) is None}
    book.read = len(missing)
    note_under_way(book.home, book.id, pages=len(book.tasks), known=len(book.tasks) - len(missing), source=book.origin)
    joiner, blocks, records = Joiner(), deque[bytes](), []
    progress.begin(book.name, len(missing))
    try:
        for record in _in_order(book, missing, progress, workers):
            records.append(replace(record, block=b""))
            if record.placed:
                blocks.append(record.block or empty_block())
                for text, joins in joiner.add(PageWords(blocks[-1]).text()):
                    builder.add(blocks.popleft(), text, joins)
        for text, joins in joiner.finish():
            builder.add(blocks.popleft(), text, joins)
    finally:
        progress.end()
    return records


def _in_order(book: _Book, missing: set[str], progress: Progress, workers: Workers) -> Iterator[PageRecord]:
    """Yield the records of all pages in page order; what is read before its turn waits in the spool."""
    made = make_records(book.tasks, missing, book.found.ocr, book.counts, workers)
    for key in book.tasks:
        while key in missing:
            record = next(made)
            book.lease.require()
            book.spool.add(record)
            missing.discard(record.key)
            progress.step()
        kept = book.kept(key)
        if kept is None:
            raise AssertionError("a record that was there is gone")
        yield kept


def _nothing_readable(source: Path, entries: Sequence[LedgerEntry]) -> InputError:
    failures = [entry.message for entry in entries if entry.level == "failure"]
    more = f" And {len(failures) - 1} more." if len(failures) > 1 else ""
    return InputError(f"Not one page of {source} could be read.", (failures[0] if failures else "") + more)
