"""`lectern status`: what is on the shelf, and what became of every page. Looking makes no home."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import click

from ingest.underway import UnderWay, all_under_way, find_under_way
from lectern.catalogue import Catalogue, LedgerEntry, ObjectRow, PageState, no_such_object
from lectern.errors import ExitCode
from lectern.ids import object_id as make_object_id
from lectern.plain import plain
from lectern.settings import Settings
from services.completing import complete_objects
from services.context import Context
from services.counted import counted
from services.exits import exit_statuses
from services.ingesting import existing_catalogue
from services.open_elsewhere import open_elsewhere_entries
from services.options import JSON
from services.reporting import (
    Json,
    analysis_json,
    canvas_json,
    entry_json,
    entry_line,
    object_json,
    page_json,
    print_json,
    print_table,
)

_NO_PAGES = "-"


@click.command(epilog=exit_statuses(ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE))
@click.argument("name", metavar="[OBJECT]", required=False, shell_complete=complete_objects)
@click.option("--failed", is_flag=True, help="Only what failed: objects with failures, or an object's failed pages.")
@click.option("--pages", "every_page", is_flag=True, help="List what became of every page of OBJECT.")
@JSON
@click.pass_obj
def status(settings: Settings, name: str | None, failed: bool, every_page: bool, as_json: bool) -> None:
    """Show the ledger: objects, pages, words, warnings, failures, each with a reason.

    A page was `read`, is `empty` (its OCR has no word), has `no-text` (no OCR), or has `failed`. Of an ingest that is
    under way, or was stopped, it tells how many pages are done.
    """
    if name is None and every_page:
        raise click.UsageError("--pages is for one OBJECT.")
    with existing_catalogue(settings) as catalogue:
        if name is None:
            _status_of_all(settings, catalogue, all_under_way(settings.files), failed=failed, as_json=as_json)
        elif catalogue is None:
            raise no_such_object(name)
        else:
            under_way = find_under_way(settings.files, make_object_id(name))
            _status_of_one(settings, catalogue, name, under_way, failed=failed, every_page=every_page, as_json=as_json)


def _status_of_all(
    settings: Settings, catalogue: Catalogue | None, under_way: Sequence[UnderWay], *, failed: bool, as_json: bool
) -> None:
    ledger: dict[str, list[LedgerEntry]] = {}
    rows: list[ObjectRow] = []
    if catalogue is not None:
        for object_id, entry in catalogue.ledger():
            ledger.setdefault(object_id, []).append(entry)
        rows = catalogue.objects()
        for object_id, entry in open_elsewhere_entries(settings, catalogue, rows).items():
            ledger.setdefault(object_id, []).append(entry)
    reports = [object_json(row, ledger.get(row.id, [])) for row in rows]
    shown = [report for report in reports if report["failures"] or not failed]
    missing = sorted(ledger.keys() - {row.id for row in rows})
    if as_json:
        unpublished = [{"object": i, "entries": [entry_json(entry) for entry in ledger[i]]} for i in missing]
        going = [asdict(each) for each in under_way]
        print_json({"objects": shown, "unpublished": unpublished, "under_way": going})
        return
    keys = ("object", "pages", "words", "failures", "warnings", "policy", "label")
    if shown or not failed:
        print_table([keys, *([str(report[key]) for key in keys] for report in shown)])
    for object_id in missing:
        click.echo(f"{object_id}: not published; `lectern status {object_id}` says why.", err=True)
    for each in under_way:
        click.echo(plain(f"{each.object}: {_how_far(each)}"), err=True)
    if failed and rows and not shown and not missing:
        click.echo("No object has a failure.", err=True)
    if not rows and not under_way:
        click.echo("There is no object yet: `lectern ingest PATH` makes one.", err=True)


def _status_of_one(
    settings: Settings,
    catalogue: Catalogue,
    name: str,
    under_way: UnderWay | None,
    *,
    failed: bool,
    every_page: bool,
    as_json: bool,
) -> None:
    object_id = make_object_id(name)
    row = catalogue.find(object_id)
    entries = [entry for _, entry in catalogue.ledger(object_id)]
    if row is None and not entries and under_way is None:
        raise no_such_object(name)
    report: Json = {"object": object_id, "published": row is not None}
    if row is not None:
        entries += open_elsewhere_entries(settings, catalogue, [row]).values()
        report |= object_json(row, entries) | analysis_json(Context(settings).library, row)
    pages = catalogue.pages(object_id)
    if failed:
        pages = [page for page in pages if page.state == "failed"]
        entries = [entry for entry in entries if entry.level == "failure"]
    if as_json:
        report["under_way"] = asdict(under_way) if under_way else None
        numbers = [page.n for page in pages if page.n is not None] if failed else None
        canvases = catalogue.canvases(object_id, numbers) if row is not None else []
        report["canvases"] = [canvas_json(canvas) for canvas in canvases]
        report["page_states"] = [page_json(page) for page in pages]
        report["entries"] = [entry_json(entry) for entry in entries]
        print_json(report)
        return
    if failed:
        _print_failed(object_id, pages, entries)
        return
    for key, value in report.items():
        click.echo(plain(f"{key}: {', '.join(value) if isinstance(value, list) else value}"))
    if under_way is not None:
        click.echo(plain(f"ingest: {_how_far(under_way)}"))
    _print_pages(pages, every_page=every_page)
    for entry in entries:
        click.echo(entry_line(entry))


def _how_far(ingest: UnderWay) -> str:
    """Return how far an ingest is, and what to do where it was stopped."""
    done = f"{ingest.read} of {counted(ingest.pages, 'page')} read"
    if ingest.running:
        return f"{done}; the ingest of {ingest.source} is under way."
    return f"{done}, then the ingest of {ingest.source} was stopped; run the same command again, it reads the rest."


def _print_pages(pages: Sequence[PageState], *, every_page: bool) -> None:
    """Print how many pages are in each state; with `every_page` also a line for each."""
    if not pages:
        return
    counts = Counter(page.state for page in pages)
    click.echo(f"states: {', '.join(f'{count} {state}' for state, count in counts.items())}")
    if every_page:
        _print_rows(pages)


def _print_failed(object_id: str, pages: Sequence[PageState], entries: Sequence[LedgerEntry]) -> None:
    """Print a line for every failed page, and for every failure that is of no page."""
    if pages:
        _print_rows(pages)
    named = {page.name for page in pages}
    for entry in entries:
        if entry.page not in named:
            click.echo(entry_line(entry))
    if not pages and not entries:
        click.echo(f"No page of {object_id} has failed.", err=True)


def _print_rows(pages: Sequence[PageState]) -> None:
    print_table([("page", "canvas", "state", "words", "warnings", "reason"), *map(_page_row, pages)])


def _page_row(page: PageState) -> tuple[str, ...]:
    warnings = ", ".join(f"{trap} {count}" for trap, count in page.warnings.items())
    canvas = _NO_PAGES if page.n is None else str(page.n)
    return (page.name, canvas, page.state, str(page.words), warnings or _NO_PAGES, page.reason)
