"""`lectern remove` and `lectern reindex`: objects off the shelf, and their packs built anew."""

import sys

import click

from lectern.catalogue import no_such_object
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
    from ingest.keeping import only_writer, remove_files, spool_path

    object_id = make_object_id(name)
    spool = spool_path(settings.files, object_id)
    with existing_catalogue(settings) as catalogue:
        row = catalogue.find(object_id) if catalogue else None
        known = row is not None or spool.exists() or (catalogue is not None and catalogue.ledger(object_id) != [])
        if catalogue is None or not known:
            raise no_such_object(name)
        with only_writer(settings.files, catalogue, object_id):
            row = catalogue.find(object_id, newest=True)  # it may have been published meanwhile
            canvases = catalogue.canvases(object_id) if row else []
            if row is None:
                catalogue.note(object_id, ())
            else:
                catalogue.remove(object_id)
            remove_files(settings.files, object_id)
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

    --fold and --stem choose how these objects are searched from now on.
    """
    from ingest.reindexing import reindex_object

    with existing_catalogue(settings) as catalogue:
        if catalogue is None:
            if names:
                raise no_such_object(names[0])
            return
        wanted = [make_object_id(name) for name in names] or [row.id for row in catalogue.objects()]
        failed: list[LecternError] = []
        for object_id in wanted:
            try:
                row = reindex_object(settings.files, catalogue, object_id, folds=choice(folds), stems=choice(stems))
            except LecternError as error:
                if len(wanted) == 1:
                    raise
                failed.append(error)
                click.echo(f"lectern: {object_id}: {error}", err=True)
                continue
            if as_json:
                print_json(object_json(row, []))
            click.echo(f"Reindexed {row.id}: {counted(row.pages, 'page')}, {counted(row.words, 'word')}.", err=True)
    if failed:
        sys.exit(failed[0].exit_code)
