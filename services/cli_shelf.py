"""`lectern remove` and `lectern reindex`: objects off the shelf, and their packs built anew."""

import sys
from collections.abc import Iterator

import click

from lectern.catalogue import Catalogue, ObjectRow, no_such_object
from lectern.errors import ExitCode, LecternError
from lectern.ids import object_id as make_object_id
from lectern.settings import Settings
from services.borrowing import forget_borrowed
from services.completing import complete_objects
from services.counted import counted
from services.exits import exit_statuses
from services.ingesting import existing_catalogue
from services.options import FOLD, JSON, STEM, choice
from services.reporting import object_json, print_json


@click.command(epilog=exit_statuses(ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED))
@click.argument("name", metavar="OBJECT", shell_complete=complete_objects)
@JSON
@click.pass_obj
def remove(settings: Settings, name: str, as_json: bool) -> None:
    """Take an object off the shelf: its row first, then its files.

    Of an ingest that failed or was stopped and published nothing, its ledger and its finished pages go.
    """
    from ingest.engines import engine_of, take_off
    from ingest.keeping import only_writer, remove_files, spool_path

    object_id = make_object_id(name)
    spool = spool_path(settings.files, object_id)
    with existing_catalogue(settings) as catalogue:
        row = catalogue.find(object_id) if catalogue else None
        known = row is not None or spool.exists() or (catalogue is not None and catalogue.ledger(object_id) != [])
        if catalogue is None or not known:
            raise no_such_object(name)
        with only_writer(settings.files, catalogue, object_id):
            engine, row = engine_of(settings), catalogue.find(object_id, newest=True)  # published meanwhile, perhaps
            canvases = catalogue.canvases(object_id) if row else []
            if row is None:
                catalogue.note(object_id, ())
                remove_files(settings.files, object_id)
                engine.settle(catalogue, object_id)
            else:
                take_off(settings.files, catalogue, object_id, engine)
            spool.unlink(missing_ok=True)
            left = forget_borrowed(settings, (canvas.image for canvas in canvases))
    if left:
        click.echo(
            f"lectern: {counted(len(left), 'picture')} fetched for {object_id} may still lie in "
            f"{settings.files.borrowed}. {left[0].detail} They go when there is no more room for "
            "them; to be sure, remove that folder: what is needed of it is fetched again.",
            err=True,
        )
    pages = row.pages if row else 0
    if as_json:
        print_json({"object": object_id, "removed": True, "pages": pages})
    what = (
        f"Removed {object_id} ({counted(pages, 'page')})."
        if row
        else f"Removed what was left of {object_id}, not published."
    )
    click.echo(what, err=True)


@click.command(epilog=exit_statuses(ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED))
@click.argument("names", metavar="[OBJECT]...", nargs=-1, shell_complete=complete_objects)
@FOLD
@STEM
@JSON
@click.pass_obj
def reindex(
    settings: Settings, names: tuple[str, ...], folds: tuple[str, ...], stems: tuple[str, ...], as_json: bool
) -> None:
    """Build packs anew from the words they hold, beside the old ones, and switch; all objects without a name.

    With a cluster as the engine, and without a name, all objects are loaded into a new index beside the one in use,
    and then that is switched to: after a new release that says so, to have more shards, and to move a home there. With
    Whoosh objects that only the cluster has are brought back from it (docs/opensearch.md).

    --fold and --stem choose how these objects are searched from now on.
    """
    with existing_catalogue(settings) as catalogue:
        if catalogue is None:
            if names:
                raise no_such_object(names[0])
            return
        if settings.engine == "opensearch" and not (names or folds or stems):
            results = _all_anew(settings, catalogue)
        else:
            wanted = [make_object_id(name) for name in names] or [row.id for row in catalogue.objects()]
            results = _one_by_one(settings, catalogue, wanted, folds, stems)
        failed = [error for object_id, result in results if (error := _told(object_id, result, as_json)) is not None]
    if failed:
        sys.exit(failed[0].exit_code)


_Result = tuple[str, ObjectRow | LecternError]  # an object, and what became of it


def _told(object_id: str, result: ObjectRow | LecternError, as_json: bool) -> LecternError | None:
    """Tell what became of an object; returns the error if that is it."""
    if isinstance(result, LecternError):
        click.echo(f"lectern: {object_id}: {result}", err=True)
        return result
    if as_json:
        print_json(object_json(result, []))
    click.echo(f"Reindexed {result.id}: {counted(result.pages, 'page')}, {counted(result.words, 'word')}.", err=True)
    return None


def _one_by_one(
    settings: Settings, catalogue: Catalogue, wanted: list[str], folds: tuple[str, ...], stems: tuple[str, ...]
) -> Iterator[_Result]:
    """Yield what became of objects whose packs are built anew. Raises the error of one that is alone."""
    from ingest.engines import engine_of
    from ingest.reindexing import reindex_object

    engine, chosen = engine_of(settings), {"folds": choice(folds), "stems": choice(stems)}
    for object_id in wanted:
        try:
            yield object_id, reindex_object(settings.files, catalogue, object_id, engine=engine, **chosen)
        except LecternError as error:
            if len(wanted) == 1:
                raise
            yield object_id, error
    engine.mend(catalogue)


def _all_anew(settings: Settings, catalogue: Catalogue) -> Iterator[_Result]:
    """Yield what became of all objects, which are loaded into a new index of the cluster."""
    from ingest.clustered import Clustered
    from ingest.rebuilding import rebuild_index

    engine = Clustered(settings)
    for loaded in rebuild_index(settings.files, catalogue, engine):
        yield loaded.row.id, loaded.error or loaded.row
    engine.mend(catalogue)
