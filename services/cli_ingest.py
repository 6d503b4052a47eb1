"""`lectern ingest`, `status`, `remove` and `reindex`: objects into the home, and what became of them."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from auth.policies import load_policies
from auth.policy import Policy
from lectern.catalogue import CanvasRow, Catalogue, LedgerEntry, ObjectRow, no_such_object
from lectern.errors import ExitCode, InputError, LecternError
from lectern.ids import object_id as make_object_id
from lectern.settings import Settings
from lectern.urls import Urls

if TYPE_CHECKING:
    from ingest.manifest import ForeignManifest
    from ingest.pipeline import IngestResult

Json = dict[str, Any]

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_MOST_SHOWN = 10


@contextmanager
def open_catalogue(settings: Settings) -> Iterator[Catalogue]:
    """Return the home's catalogue, to be closed at the end."""
    catalogue = Catalogue(settings.files)
    try:
        yield catalogue
    finally:
        catalogue.close()


class ProgressBar:
    """A progress bar on standard error; nothing at all where that is no terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

    def begin(self, title: str, pages: int) -> None:
        """Show an empty bar for so many pages."""
        self._task = self._progress.add_task(title, total=pages)
        self._progress.start()

    def step(self) -> None:
        """Count one page."""
        self._progress.advance(self._task)

    def end(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def policy_for(settings: Settings, given: str | None, existing: ObjectRow | None) -> Policy:
    """Return the policy an object is put under: the one asked for, else the one it has, else `open`.

    Raises InputError, with the names there are, for one that policies.toml does not have: an object that was
    ingested under a misspelt name would be closed to everybody.
    """
    policies = load_policies(settings.files.policies_file, settings.institution)
    name = given or (existing.policy if existing else "open")
    if given is not None and given not in policies.names:
        raise InputError(
            f"There is no policy {given!r}.",
            f"The policies are {', '.join(sorted(policies.names))}; policies.toml in the home defines them.",
        )
    return policies.get(name)


def ingest_with_bar(
    settings: Settings,
    path: Path,
    *,
    object_id: str | None = None,
    label: str | None = None,
    policy: str | None = None,
    collections: Sequence[str] = (),
    languages: Sequence[str] = (),
    jobs: int | None = None,
    manifest: str | None = None,
) -> "IngestResult":
    """Return the `ingest.pipeline.IngestResult` of one path, with a progress bar where somebody looks.

    Raises InputError when nothing can be read or the policy is unknown, StoreUnavailable when the object is
    being written by another process.
    """
    from ingest.leaves import Reduced
    from ingest.pipeline import Wishes, ingest_object
    from ingest.survey import object_name

    settings.files.prepare()
    with open_catalogue(settings) as catalogue:
        name = object_id or object_name(path)
        rule = policy_for(settings, policy, catalogue.find(make_object_id(name)))
        tier = rule.substitute
        wishes = Wishes(
            name=name,
            label=label,
            policy=rule.name,
            collections=tuple(collections),
            languages=tuple(languages),
            reduced=Reduced(tier.tier, tier.max_scale) if tier else None,
            jobs=jobs,
            manifest=_manifest(manifest) if manifest else None,
            keep_originals=settings.keep_originals,
        )
        return ingest_object(settings.files, catalogue, path, wishes, ProgressBar())


def _manifest(place: str) -> "ForeignManifest":
    """Return the manifest at a URL or in a file; raises InputError."""
    from ingest.fetching import Fetcher
    from ingest.harvest import parse
    from ingest.manifest import read_manifest

    if place.lower().startswith(("http://", "https://")):
        return read_manifest(parse(Fetcher().get(place).body or b"", place))
    try:
        return read_manifest(parse(Path(place).read_bytes(), place))
    except OSError as error:
        raise InputError(f"The manifest {place} cannot be read: {error.strerror}.", "Check the path.") from error


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--object", "object_id", metavar="ID", help="The object's id; default the name of PATH.")
@click.option("--label", help="The object's title; default its object.json's, else its name.")
@click.option("--policy", metavar="NAME", help="Who may see it; default the policy it has, else `open`.")
@click.option("--collection", "collections", metavar="ID", multiple=True, help="A collection; may be repeated.")
@click.option("--manifest", metavar="URL-or-file", help="The manifest whose canvases the pages are.")
@click.option("--language", "languages", metavar="xx", multiple=True, help="A language of the text; may be repeated.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Worker processes; default one a core.")
@click.option("--each", is_flag=True, help="Make one object of every folder inside PATH.")
@JSON
@click.pass_obj
def ingest(settings: Settings, /, paths: tuple[Path, ...], each: bool, as_json: bool, **options: Any) -> None:
    """Put page pictures and OCR on the shelf: each PATH is one object.

    PATH is a folder of page pictures and/or hOCR or ALTO files (in it or in its subfolders, matched by name),
    a METS file, a PDF, or one OCR file or TIFF of many pages. With --manifest the pages become that manifest's
    canvases, by its links, by label, else in order, and hits lie on those. Exit status 0: every file was read; 1: some
    pages failed and the rest is published; 4: nothing could be read.
    """
    sources = [folder for path in paths for folder in _folders_inside(path)] if each else list(paths)
    if len(sources) > 1 and (options["object_id"] or options["label"] or options["manifest"]):
        raise click.UsageError("--object, --label and --manifest are for one PATH.")
    failed: list[LecternError] = []
    broken_pages = False
    for source in sources:
        try:
            result = ingest_with_bar(settings, source, **options)
        except InputError as error:
            if len(sources) == 1:
                raise
            if error.exit_code:  # a METS file that names others has no pages itself, and that is no fault
                failed.append(error)
            click.echo(f"lectern: {error}", err=True)
            continue
        broken_pages |= result.failures > 0
        report(settings, result, as_json)
    if failed and len(failed) == len(sources):
        sys.exit(ExitCode.INPUT)
    if failed or broken_pages:
        sys.exit(ExitCode.PAGES_FAILED)


def _folders_inside(path: Path) -> list[Path]:
    """Return the folders of a folder in natural order; raises InputError if there are none."""
    from ingest.names import natural_key

    found = [p for p in path.iterdir() if p.is_dir() and not p.name.startswith(".")] if path.is_dir() else []
    if not found:
        raise InputError(f"There is no folder inside {path}.", "--each makes one object of every folder inside PATH.")
    return sorted(found, key=lambda folder: natural_key(folder.name))


def report(
    settings: Settings,
    result: "IngestResult",
    as_json: bool,
    more: Json | None = None,
    *,
    silent: bool = False,
) -> None:
    """Say what an ingest made: the id or JSON (with `more` in it) unless `silent`, talk on standard error."""
    row, urls = result.row, Urls(settings.base_url)
    if silent:
        pass
    elif as_json:
        told = _object_json(row, result.entries) | {
            "images": sum(canvas.image is not None for canvas in result.canvases),
            "seconds": round(result.seconds, 3),
            "manifest": urls.manifest(row.id),
            "entries": [_entry_json(entry) for entry in result.entries],
        }
        click.echo(orjson.dumps(told | (more or {})).decode())
    else:
        click.echo(row.id)
    _tell(result.entries)
    rate = row.pages / max(result.seconds, 0.001)
    click.echo(
        f"{row.id}: {row.pages} pages, {row.words} words, {result.failures} failures, {result.warnings} warnings, "
        f"{result.seconds:.1f} s ({rate:.0f} pages/s), policy {row.policy}",
        err=True,
    )


def _tell(entries: Sequence[LedgerEntry]) -> None:
    """Say failures, then warnings, on standard error; the first few of each."""
    for level in ("failure", "warning"):
        of_level = [entry for entry in entries if entry.level == level]
        for entry in of_level[:_MOST_SHOWN]:
            page = f"page {entry.page}: " if entry.page else ""
            click.echo(f"  {level}: {page}{entry.message}", err=True)
        if len(of_level) > _MOST_SHOWN:
            click.echo(f"  and {len(of_level) - _MOST_SHOWN} more {level}s: see `lectern status`", err=True)
    left_out = sum(entry.trap == "not-ocr" for entry in entries)
    if left_out:
        click.echo(f"  {left_out} files are no OCR that Lectern reads: `lectern status OBJECT` names them", err=True)


def _object_json(row: ObjectRow, entries: Sequence[LedgerEntry]) -> Json:
    return {
        "object": row.id,
        "original_id": row.original_id,
        "label": row.label,
        "policy": row.policy,
        "collections": list(row.collections),
        "languages": list(row.languages),
        "generation": row.generation,
        "pages": row.pages,
        "words": row.words,
        "failures": sum(entry.level == "failure" for entry in entries),
        "warnings": sum(entry.level == "warning" for entry in entries),
        "modified": _moment(row.modified),
    }


def _entry_json(entry: LedgerEntry) -> Json:
    found = asdict(entry)
    del found["at"]
    return found | ({"at": _moment(entry.at)} if entry.at else {})


def _canvas_json(canvas: CanvasRow) -> Json:
    keys = ("n", "label", "width", "height", "words", "ocr", "scale_by")
    return {key: getattr(canvas, key) for key in keys} | {"image": canvas.image is not None}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


@click.command()
@click.argument("name", metavar="[OBJECT]", required=False)
@JSON
@click.pass_obj
def status(settings: Settings, name: str | None, as_json: bool) -> None:
    """Show the ledger: objects, pages, words, warnings, failures, each with a reason."""
    settings.files.prepare()
    with open_catalogue(settings) as catalogue:
        if name is None:
            _status_of_all(catalogue, as_json)
        else:
            _status_of_one(catalogue, name, as_json)


def _status_of_all(catalogue: Catalogue, as_json: bool) -> None:
    ledger: dict[str, list[LedgerEntry]] = {}
    for object_id, entry in catalogue.ledger():
        ledger.setdefault(object_id, []).append(entry)
    rows = catalogue.objects()
    reports = [_object_json(row, ledger.get(row.id, [])) for row in rows]
    missing = sorted(ledger.keys() - {row.id for row in rows})
    if as_json:
        unpublished = [{"object": i, "entries": [_entry_json(entry) for entry in ledger[i]]} for i in missing]
        click.echo(orjson.dumps({"objects": reports, "unpublished": unpublished}).decode())
        return
    keys = ("object", "pages", "words", "failures", "warnings", "policy", "label")
    _table([keys, *([str(report[key]) for key in keys] for report in reports)])
    for object_id in missing:
        click.echo(f"{object_id}: not published; `lectern status {object_id}` says why.", err=True)
    if not rows:
        click.echo("There is no object yet: `lectern ingest PATH` makes one.", err=True)


def _status_of_one(catalogue: Catalogue, name: str, as_json: bool) -> None:
    object_id = make_object_id(name)
    row = catalogue.find(object_id)
    entries = [entry for _, entry in catalogue.ledger(object_id)]
    if row is None and not entries:
        raise no_such_object(name)
    report: Json = {"object": object_id, "published": row is not None}
    canvases = catalogue.canvases(object_id) if row else []
    if row is not None:
        report |= _object_json(row, entries)
    if as_json:
        report["canvases"] = [_canvas_json(canvas) for canvas in canvases]
        report["entries"] = [_entry_json(entry) for entry in entries]
        click.echo(orjson.dumps(report).decode())
        return
    for key, value in report.items():
        click.echo(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    for entry in entries:
        where = f" page {entry.page}" if entry.page else ""
        click.echo(f"{entry.level}{where} [{entry.trap}]: {entry.message}")


def _table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; the last one is as long as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


@click.command()
@click.argument("name", metavar="OBJECT")
@JSON
@click.pass_obj
def remove(settings: Settings, name: str, as_json: bool) -> None:
    """Take an object off the shelf: its row first, then its files."""
    from ingest.keeping import only_writer, remove_files

    settings.files.prepare()
    object_id = make_object_id(name)
    with open_catalogue(settings) as catalogue:
        catalogue.get(object_id)
        with only_writer(settings.files, object_id):
            row = catalogue.remove(object_id)
            remove_files(settings.files, object_id)
    if as_json:
        click.echo(orjson.dumps({"object": row.id, "removed": True, "pages": row.pages}).decode())
    click.echo(f"Removed {row.id} ({row.pages} pages).", err=True)


@click.command()
@click.argument("names", metavar="[OBJECT]...", nargs=-1)
@JSON
@click.pass_obj
def reindex(settings: Settings, names: tuple[str, ...], as_json: bool) -> None:
    """Build packs anew from the words they hold, beside the old ones, and switch; all objects without a name."""
    from ingest.reindexing import reindex_object

    settings.files.prepare()
    with open_catalogue(settings) as catalogue:
        wanted = [make_object_id(name) for name in names] or [row.id for row in catalogue.objects()]
        failed: list[LecternError] = []
        for object_id in wanted:
            try:
                row = reindex_object(settings.files, catalogue, object_id)
            except LecternError as error:
                if len(wanted) == 1:
                    raise
                failed.append(error)
                click.echo(f"lectern: {object_id}: {error}", err=True)
                continue
            if as_json:
                click.echo(orjson.dumps(_object_json(row, [])).decode())
            click.echo(f"Reindexed {row.id}: {row.pages} pages, {row.words} words.", err=True)
    if failed:
        sys.exit(failed[0].exit_code)


COMMANDS: list[click.Command] = [ingest, status, remove, reindex]
