"""Books put on a shelf for either engine, as ingest does it: loaded, committed, the generation before taken out."""

from collections.abc import Sequence
from dataclasses import replace

from lectern.catalogue import CanvasRow, ObjectRow, RangeRow
from lectern.catalogue_pending import Key
from lectern.pack import PackFile
from lectern.urls import canvas_path
from lectern.words import Text
from search.analysis import DEFAULT, Profile
from search.cluster.documents import Owner
from search.cluster.loading import Loader
from search.packing import write_pack
from search.remarks import Remark
from services.context import Context
from tests.search.books import HEIGHT, WIDTH


def shelve(
    context: Context,
    row: ObjectRow,
    text: Text,
    *,
    profile: Profile = DEFAULT,
    remarks: Sequence[Remark] = (),
    ranges: Sequence[RangeRow] = (),
) -> ObjectRow:
    """Put a book on the shelf under a new generation; returns its row."""
    generation = context.catalogue.next_generation()
    in_cluster = context.settings.engine == "opensearch"
    written = write_pack(context.home, row.id, generation, text, profile, remarks=remarks, indexed=not in_cluster)
    row = replace(row, generation=generation, pages=written.pages, words=written.words)
    if in_cluster:
        load(context, row)
    pages = range(1, row.pages + 1)
    canvases = [CanvasRow(n, canvas_path(row.id, n), WIDTH, HEIGHT, str(n)) for n in pages]
    kept = context.catalogue.publish(row, canvases, ranges=ranges)
    if in_cluster:
        clear(context, row)
    return kept


def load(context: Context, row: ObjectRow) -> None:
    """Load the pack of a row that is not committed yet; the pack itself is needed no more."""
    key = Key(row.id, row.generation)
    context.catalogue.pending.begin(key, 1)
    path = context.home.pack_file(row.id, row.generation)
    Loader(context.settings).load(PackFile(path), Owner(row.id, row.generation, row.policy, row.collections))
    path.unlink()


def clear(context: Context, row: ObjectRow) -> None:
    """Take out what the cluster has of a book beside the generation of a row, and let nothing of it wait."""
    Loader(context.settings).keep_only(row.id, [str(Key(row.id, row.generation))], 1 << 40)
    context.catalogue.pending.done([wait.key for wait in context.catalogue.pending.all() if wait.key.object == row.id])
