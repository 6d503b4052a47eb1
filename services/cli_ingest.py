"""`lectern ingest`: objects into the home, once or for as long as a folder is watched; or told beforehand."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lectern.errors import ExitCode, InputError, LecternError
from lectern.plain import plain
from lectern.settings import Settings
from services.augmenting import AUGMENT, IMAGES, STDOUT, augmented, write_augmented
from services.completing import complete_objects
from services.exits import exit_statuses
from services.ingesting import Asked, ingest_path, ingest_paths, open_catalogue, plan_path, require_ids_apart
from services.options import COLLECTIONS, FOLD, JSON, POLICY, PROGRESS, QUIET, STEM, Manner, given_id, given_languages
from services.planned import show_plan
from services.progress import progress_for
from services.reporting import report

if TYPE_CHECKING:
    from ingest.pipeline import IngestResult

_SETTLE_SECONDS = 5.0
_INTERRUPTED = "stopped; finished pages are kept, and the same command goes on with the rest."


@click.command(epilog=exit_statuses(ExitCode.PAGES_FAILED, ExitCode.INPUT, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED))
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--object",
    "object_id",
    metavar="ID",
    help="The object's id; default PATH's name.",
    callback=given_id,
    shell_complete=complete_objects,
)
@click.option("--label", help="The object's title; default its object.json's, else its name.")
@POLICY
@COLLECTIONS
@click.option("--manifest", metavar="URL-or-file", help="The manifest whose canvases the pages are.")
@AUGMENT
@IMAGES
@click.option(
    "--pictures",
    metavar="NAME[:PLACE]",
    help="The pictures lie at the source NAME of the settings and stay there: below the folder PLACE, or where "
    "{name} in PLACE is a page's name. {object} in it is the object's.",
)
@click.option("--allow-private", is_flag=True, help="--manifest: fetch from private and loopback addresses too.")
@click.option(
    "--language",
    "languages",
    metavar="xx",
    multiple=True,
    callback=given_languages,
    help="A language of the text, as BCP 47 or ISO 639 code; may be repeated.",
)
@FOLD
@STEM
@click.option("--jobs", type=click.IntRange(1, 256), help="Worker processes; default one a core.")
@click.option("--each", is_flag=True, help="Make one object of every folder inside PATH.")
@click.option("--dry-run", is_flag=True, help="Tell what would become of it; write nothing.")
@click.option("--watch", is_flag=True, help="Go on: ingest again what changes, until ended.")
@click.option("--settle", type=click.FloatRange(0), metavar="SECONDS", help="--watch: quiet to wait for; default 5.")
@click.option("--poll", is_flag=True, help="--watch: look for changes by asking, as network folders need.")
@PROGRESS
@QUIET
@JSON
@click.pass_context
def ingest(
    context: click.Context,
    /,
    *,
    paths: tuple[Path, ...],
    each: bool,
    dry_run: bool,
    watch: bool,
    settle: float | None,
    poll: bool,
    progress: bool | None,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Put page pictures and OCR on the shelf: each PATH is one object.

    PATH is a folder of page pictures and/or OCR files (in it or in its subfolders, matched by name), a METS file, a
    PDF, or one OCR file or TIFF of many pages. What a file is, is told from its content: hOCR, ALTO, PAGE, ABBYY
    FineReader XML, MiniOCR, METS, PDF, WebVTT and SRT captions, W3C and Open Annotation pages; any of them gzipped or
    in a zip archive.

    With --manifest the pages become that manifest's canvases, by its links, by label, else in order, and hits lie on
    those. --augment writes it with our search and access services added.

    With --pictures the folder holds the OCR and the pictures stay where they are; they are fetched when somebody looks
    at them. Without any PATH the pictures of a folder at an S3 source are an object by themselves.

    An ingest that was stopped goes on where it was when the same command is given again; files that did not change
    are not read again.

    With --watch PATH (or with --each every folder inside it) is ingested whenever nothing in it has changed for
    some seconds; a folder that cannot be read is named, and tried again when its files change. SIGTERM and Ctrl-C
    end it with status 0.
    """
    settings: Settings = context.obj
    manner, asked = Manner(as_json, quiet, progress), Asked(**options)
    if not paths and asked.pictures:
        paths = (Path(asked.pictures),)  # an object of these pictures alone
    _require_sense(paths, asked, each=each, dry_run=dry_run, watch=watch, settle=settle, poll=poll)
    context.meta["lectern.interrupted"] = (
        "stopped; finished pages are kept, and the same command goes on with the rest."
    )
    if watch:
        wait = _SETTLE_SECONDS if settle is None else settle
        _watch(settings, paths, asked, manner, each=each, settle=wait, poll=poll)
        return
    sources = [folder for path in paths for folder in _folders_inside(settings, path)] if each else list(paths)
    if len(sources) > 1:
        _require_one(asked)
        require_ids_apart(sources)
    run = _plan_all if dry_run else _ingest_all
    sys.exit(run(settings, sources, asked, manner))


def _require_sense(
    paths: Sequence[Path],
    asked: Asked,
    *,
    each: bool,
    dry_run: bool,
    watch: bool,
    settle: float | None,
    poll: bool,
) -> None:
    """Raise UsageError for options that do not go together."""
    if not paths:
        raise click.UsageError("Missing argument 'PATH...'.")
    if asked.augment and (not asked.manifest or dry_run):
        raise click.UsageError("--augment is for an ingest with --manifest.")
    if asked.pictures and (each or len(paths) > 1) and "{object}" not in asked.pictures:
        raise click.UsageError("--pictures is for one PATH, unless there is {object} in it.")
    if watch and dry_run:
        raise click.UsageError("--watch and --dry-run exclude one another.")
    if not watch and (poll or settle is not None):
        raise click.UsageError("--settle and --poll are for --watch.")
    if watch and (each or len(paths) > 1):
        _require_one(asked)


def _require_one(asked: Asked) -> None:
    if asked.object_id or asked.label or asked.manifest:
        raise click.UsageError("--object, --label and --manifest are for one PATH.")


def _ingest_all(settings: Settings, sources: Sequence[Path], asked: Asked, manner: Manner) -> ExitCode:
    """Ingest all paths with the same workers; returns the exit status."""
    failed: list[LecternError] = []
    broken_pages = False
    for result in ingest_paths(settings, sources, asked, manner):
        if isinstance(result, LecternError):
            failed += [result] if result.exit_code else []  # METS that only names others is no fault
            _say_or_raise(result, len(sources))
            continue
        broken_pages |= result.failures > 0
        _tell(settings, result, asked, manner)
    return _status(failed, len(sources), broken_pages)


def _tell(settings: Settings, result: "IngestResult", asked: Asked, manner: Manner) -> None:
    """Say what an ingest made, and write the manifest that it was made with if that is asked for."""
    from ingest.documents import kept_document

    report(settings, result, manner.as_json, silent=str(asked.augment) == STDOUT, quiet=manner.quiet)
    if asked.augment is not None:
        document = kept_document(settings.files, result.row.id)
        with open_catalogue(settings) as catalogue:
            found = augmented(settings, catalogue, result.row.id, document, asked.images)
        write_augmented(settings, found, asked.augment, manner.say)


def _plan_all(settings: Settings, sources: Sequence[Path], asked: Asked, manner: Manner) -> ExitCode:
    """Tell what would become of one path after another; returns the status that an ingest is to be expected to have."""
    failed: list[LecternError] = []
    broken_pages = False
    for source in sources:
        try:
            found = plan_path(settings, source, asked)
        except InputError as error:
            failed += [error] if error.exit_code else []
            _say_or_raise(error, len(sources))
            continue
        broken_pages |= found.failures > 0
        show_plan(found, manner)
    return _status(failed, len(sources), broken_pages)


def _say_or_raise(error: LecternError, sources: int) -> None:
    if sources == 1:
        raise error
    click.echo(plain(f"lectern: {error}"), err=True)


def _status(failed: Sequence[LecternError], sources: int, broken_pages: bool) -> ExitCode:
    if len(failed) == sources:
        return failed[0].exit_code
    return ExitCode.PAGES_FAILED if failed or broken_pages else ExitCode.OK


def _watch(
    settings: Settings,
    paths: Sequence[Path],
    asked: Asked,
    manner: Manner,
    *,
    each: bool,
    settle: float,
    poll: bool,
) -> None:
    from services.watching import require_watchable, watch_until_ended

    watched = require_watchable(settings, paths, each=each)
    require_ids_apart(list(watched.sources()))

    def one(source: Path) -> "IngestResult":
        return ingest_path(settings, source, asked, progress_for(manner))

    def tell(result: "IngestResult") -> None:
        _tell(settings, result, asked, manner)

    watch_until_ended(watched, one, tell, manner, settle=settle, poll=poll)


def _folders_inside(settings: Settings, path: Path) -> list[Path]:
    """Return the folders of a folder in natural order, without the home; raises InputError if there are none."""
    from ingest.names import natural_key
    from ingest.settling import folders_inside, overlaps

    try:
        found = [folder for folder in folders_inside(path) if not overlaps(folder, settings.home)]
    except OSError:
        found = []
    if not found:
        raise InputError(f"There is no folder inside {path}.", "--each makes one object of every folder inside PATH.")
    return sorted(found, key=lambda folder: natural_key(folder.name))
