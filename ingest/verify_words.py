"""One object's pack held against itself, against the catalogue, and against the canvases that its boxes lie on."""

import struct
import zlib
from collections.abc import Iterator, Sequence

from ingest.engines import KEPT, Engine
from ingest.faults import Fault, Kind, Mend
from ingest.progress import Progress
from lectern.catalogue import BY_TIME, CanvasRow, ObjectRow
from lectern.errors import PackError
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.pack import PackFile
from lectern.wordblock import PageWords
from search.packing import holds_words, words_of_pages
from search.remarks import PART

UNDECODABLE = (zlib.error, ValueError, KeyError, TypeError, IndexError, struct.error, AttributeError)


def word_faults(
    home: Home, engine: Engine, row: ObjectRow, canvases: Sequence[CanvasRow], progress: Progress
) -> Iterator[Fault]:
    """Yield what is wrong with the words of an object as it is published. Raises StoreUnavailable and Overloaded."""
    path = home.pack_file(row.id, row.generation)
    if engine.in_cluster and not engine.holds(row):
        detail = f"The cluster does not have all words of {row.id}."
        yield Fault(Kind.CLUSTER_LACKS, detail, row.id, mend=Mend.LOAD if path.exists() else None)
    if not path.exists():
        if not engine.in_cluster:  # else another machine's home has it
            yield Fault(Kind.PACK_MISSING, f"The pack {path.name} is gone.", row.id)
        return
    try:
        pack = PackFile(path)
    except PackError as error:
        yield Fault(Kind.PACK_TORN, error.detail, row.id)
        return
    spoilt = list(pack.spoilt())
    if lost := [name for name in spoilt if holds_words(name) or name in KEPT]:
        yield Fault(Kind.WORDS_SPOILT, f"The pack {path.name} is not as it was written ({', '.join(lost)}).", row.id)
        return
    if spoilt:
        detail = f"The index of {path.name} is not as it was written ({', '.join(spoilt)})."
        yield Fault(Kind.INDEX_SPOILT, detail, row.id, mend=Mend.REINDEX)
    elif not engine.in_cluster:
        yield from _of_index(home, row, pack)
    yield from _of_counts(row, canvases, pack)
    yield from _of_pages(row, canvases, pack, progress)


def _of_index(home: Home, row: ObjectRow, pack: PackFile) -> Iterator[Fault]:
    for part, name in ((pack, "index"), (pack.part(PART), "index of annotations")):
        if part is None or not part.header["tokens"]:
            continue
        if not len(part.section("index")):
            yield Fault(Kind.INDEX_MISSING, f"The pack {pack.path.name} has no {name}.", row.id, mend=Mend.REINDEX)
        elif part.trusted_index(home.key(INDEX_KEY)) is None:
            detail = f"The {name} of {pack.path.name} is not signed with this home's key: it is not used."
            yield Fault(Kind.INDEX_UNSIGNED, detail, row.id, mend=Mend.REINDEX)


def _of_counts(row: ObjectRow, canvases: Sequence[CanvasRow], pack: PackFile) -> Iterator[Fault]:
    """Hold the numbers of pages and words against one another: of row, canvases and pack."""
    pages = {"the catalogue": row.pages, "the pack": pack.header["pages"], "the shelf": len(canvases)}
    words = {"the catalogue": row.words, "the pack": pack.header["words"], "the pages": sum(c.words for c in canvases)}
    for noun, told in (("pages", pages), ("words", words)):
        if len(set(told.values())) > 1:
            said = ", ".join(f"{who} says {number}" for who, number in told.items())
            yield Fault(Kind.COUNTS_DIFFER, f"Of the {noun} of {row.id} {said}.", row.id)


def _of_pages(row: ObjectRow, canvases: Sequence[CanvasRow], pack: PackFile, progress: Progress) -> Iterator[Fault]:
    """Look at every page's words; a pack whose pages do not even come apart ends it."""
    words = words_of_pages(pack, range(min(pack.header["pages"], len(canvases))))
    for canvas in canvases:
        try:
            page = next(words, None)
        except UNDECODABLE:
            yield Fault(Kind.WORDS_DISAGREE, f"The words of page {canvas.n} cannot be read.", row.id, canvas.n)
            return
        if page is None:
            return
        yield from page_faults(row.id, canvas, page)
        progress.step()


def page_faults(object_id: str, canvas: CanvasRow, words: PageWords) -> Iterator[Fault]:
    """Yield what is wrong with the words of one page, and with where they are said to lie. Pure."""
    try:
        told = words.contradiction()
        outside = None if told or canvas.scale_by == BY_TIME else words.outside(canvas.width, canvas.height)
    except UNDECODABLE as error:
        told, outside = f"they cannot be decoded ({error})", None
    if not told and len(words) != canvas.words:
        told = f"there are {len(words)}, and the catalogue says {canvas.words}"
    if told:
        yield Fault(Kind.WORDS_DISAGREE, f"The words of page {canvas.n}: {told}.", object_id, canvas.n)
    if outside is not None:
        detail = f"A box of page {canvas.n} ({outside}) lies outside of its canvas ({canvas.width} x {canvas.height})."
        yield Fault(Kind.BOX_OUTSIDE, detail, object_id, canvas.n)
