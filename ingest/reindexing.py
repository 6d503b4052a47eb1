"""Building an object's pack anew from the words it holds itself: no OCR file is opened."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.keeping import only_writer, sweep
from ingest.spool import BESIDE, SECTION
from lectern.catalogue import Catalogue, ObjectRow
from lectern.home import Home
from lectern.pack import PackFile
from search.analysis import chosen
from search.packing import rebuild_pack


def reindex_object(
    home: Home,
    catalogue: Catalogue,
    object_id: str,
    *,
    folds: Sequence[str] | None = None,
    stems: Sequence[str] | None = None,
) -> ObjectRow:
    """Return an object after its pack was rebuilt beside the old one and switched to.

    `folds` and `stems` choose how it is searched from now on; None keeps what it has, whichever release wrote it.
    Raises NotFound, PackError when the pack's words cannot be read, StoreUnavailable when it is being written.
    """
    with only_writer(home, catalogue, object_id):
        before = catalogue.get(object_id)
        pack = PackFile(home.pack_file(object_id, before.generation))
        pack.verify()
        generation = catalogue.next_generation()
        kept = {name: bytes(section) for name in (SECTION, BESIDE) if len(section := pack.section(name))}
        profile = chosen(pack.header, folds, stems)
        summary = rebuild_pack(home, object_id, generation, pack, more=kept, profile=profile)
        canvases = catalogue.canvases(object_id)
        entries = [entry for _, entry in catalogue.ledger(object_id)]
        row = replace(before, generation=generation, pages=summary.pages, words=summary.words)
        ranges = catalogue.ranges(object_id)
        published = catalogue.publish(
            row, canvases, entries, catalogue.pages(object_id), ranges, description=catalogue.description(object_id)
        )
        sweep(home, published, canvases, before, canvases)
        return published
