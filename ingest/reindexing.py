"""Building an object's pack anew from the words it holds itself: no OCR file is opened."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.engines import KEPT, Embedded, Engine, has_our_analysis, kept_sections
from ingest.keeping import only_writer, sweep
from lectern.catalogue import Catalogue, ObjectRow
from lectern.home import Home
from lectern.pack import PackFile
from search.analysis import chosen
from search.packing import rebuild_pack, require_words


def reindex_object(
    home: Home,
    catalogue: Catalogue,
    object_id: str,
    *,
    folds: Sequence[str] | None = None,
    stems: Sequence[str] | None = None,
    engine: Engine | None = None,
) -> ObjectRow:
    """Return an object after its pack was rebuilt beside the old one and switched to.

    `folds` and `stems` choose how it is searched from now on; None keeps what it has, whichever release wrote it.
    `engine` is Whoosh if it is not told. An object that another engine had, and that is analysed as it is to be, is
    given to this one under the generation that it has: who serves it by the other one is not disturbed.
    Raises NotFound, PackError when the pack's words cannot be read, StoreUnavailable when it is being written.
    """
    engine = Embedded(home) if engine is None else engine
    with only_writer(home, catalogue, object_id):
        before = catalogue.get(object_id, newest=True)
        pack = engine.pack_of(before)
        require_words(pack, KEPT)
        profile = chosen(pack.header, folds, stems)
        if has_our_analysis(pack, profile) and not engine.holds(before):
            engine.complete(catalogue, before, pack)
            return before
        generation = catalogue.next_generation()
        indexed = not engine.in_cluster
        summary = rebuild_pack(
            home, object_id, generation, pack, more=kept_sections(pack), profile=profile, indexed=indexed
        )
        canvases = catalogue.canvases(object_id)
        entries = [entry for _, entry in catalogue.ledger(object_id)]
        row = replace(before, generation=generation, pages=summary.pages, words=summary.words)
        ranges = catalogue.ranges(object_id)
        engine.load(catalogue, row, PackFile(summary.path))
        published = catalogue.publish(
            row,
            canvases,
            entries,
            catalogue.pages(object_id),
            ranges,
            description=catalogue.description(object_id),
            before=before,
            in_cluster=engine.in_cluster,
        )
        engine.settle(catalogue, object_id)
        sweep(home, published, canvases, before, canvases)
        return published
