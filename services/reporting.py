"""What commands tell of objects: JSON shapes, columns, and the sentences about what an ingest made."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import orjson

from lectern.catalogue import CanvasRow, LedgerEntry, ObjectRow, PageState
from lectern.errors import PackError, StoreUnavailable
from lectern.plain import plain
from lectern.settings import Settings
from lectern.urls import Urls
from search.analysis import described
from search.library import Library
from services.counted import counted

if TYPE_CHECKING:
    from ingest.pipeline import IngestResult

Json = dict[str, Any]
_MOST_SHOWN = 3  # entries of a trap


def report(
    settings: Settings,
    result: "IngestResult",
    as_json: bool,
    more: Json | None = None,
    *,
    silent: bool = False,
    quiet: bool = False,
) -> None:
    """Say what an ingest made: the id or JSON (with `more` in it) unless `silent`, talk on standard error unless
    `quiet`.
    """
    row = result.row
    if silent:
        pass
    elif as_json:
        print_json(_result_json(settings, result) | (more or {}))
    else:
        click.echo(row.id)
    if quiet:
        return
    _tell(row.id, result.entries)
    if result.left_out:
        files = f"{counted(result.left_out, 'file')} {'was' if result.left_out == 1 else 'were'}"
        click.echo(f"  {files} left out: `lectern status {row.id}` says which and why", err=True)
    rate = result.read / max(result.seconds, 0.001)
    took = "nothing has changed" if result.unchanged else f"{result.seconds:.1f} s ({rate:.0f} pages/s)"
    before = f" ({result.kept} of {result.kept + result.read} read before)" if result.kept and result.read else ""
    click.echo(
        f"{row.id}: {counted(row.pages, 'page')}{before}, {counted(row.words, 'word')}, "
        f"{counted(result.failures, 'failure')}, {counted(result.warnings, 'warning')}, {took}, policy {row.policy}",
        err=True,
    )


def print_json(document: object) -> None:
    """Print one document on a line of its own."""
    click.echo(orjson.dumps(document).decode())


def _result_json(settings: Settings, result: "IngestResult") -> Json:
    row = result.row
    return object_json(row, result.entries) | {
        "images": sum(canvas.image is not None for canvas in result.canvases),
        "seconds": round(result.seconds, 3),
        "read": result.read,
        "kept": result.kept,
        "left_out": result.left_out,
        "unchanged": result.unchanged,
        "manifest": Urls(settings.base_url).manifest(row.id),
        "entries": [entry_json(entry) for entry in result.entries],
    }


def _tell(object_id: str, entries: Sequence[LedgerEntry]) -> None:
    """Say failures, then warnings, on standard error; of each trap the first few."""
    for level in ("failure", "warning"):
        of_level = [entry for entry in entries if entry.level == level]
        for line in summed_up(of_level, _told, f"`lectern status {object_id}` names all"):
            click.echo(f"  {line}", err=True)


def summed_up(entries: Sequence[LedgerEntry], line: Callable[[LedgerEntry], str], where: str) -> Iterator[str]:
    """Yield a line for each of the first few entries of a trap, and one for the others, which are found `where`."""
    by_trap: dict[tuple[str, str], list[LedgerEntry]] = {}
    for entry in entries:
        by_trap.setdefault((entry.level, entry.trap), []).append(entry)
    for (level, trap), found in by_trap.items():
        shown = found if len(found) <= _MOST_SHOWN + 1 else found[:_MOST_SHOWN]  # "and 1 more" saves no line
        yield from map(line, shown)
        if len(shown) < len(found):
            yield f"{level}: and {len(found) - len(shown)} more of {trap}; {where}"


def _told(entry: LedgerEntry) -> str:
    return plain(f"{entry.level}: {f'page {entry.page}: ' if entry.page else ''}{entry.message}")


def object_json(row: ObjectRow, entries: Sequence[LedgerEntry]) -> Json:
    """Return what the catalogue and the ledger say of an object, as plain values."""
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


def analysis_json(library: Library, row: ObjectRow) -> Json:
    """Return how an object's text is searched: what it has chosen to have folded, and the languages of its stems."""
    try:
        header = library.header(row)
    except (PackError, StoreUnavailable) as error:
        return {"fold": [], "stem": [], "analysis": str(error)}
    return {"fold": header.get("fold", []), "stem": header.get("stem", []), "analysis": described(header)}


def entry_json(entry: LedgerEntry) -> Json:
    """Return an entry of the ledger as plain values."""
    found = asdict(entry)
    del found["at"]
    return found | ({"at": _moment(entry.at)} if entry.at else {})


def canvas_json(canvas: CanvasRow) -> Json:
    """Return a canvas as plain values."""
    keys = ("n", "label", "width", "height", "words", "ocr", "scale_by")
    return {key: getattr(canvas, key) for key in keys} | {"image": canvas.image is not None}


def page_json(page: PageState) -> Json:
    """Return what became of a page as plain values."""
    return asdict(page)


def entry_line(entry: LedgerEntry) -> str:
    """Return an entry of the ledger as a line for people."""
    where = f" page {entry.page}" if entry.page else ""
    return plain(f"{entry.level}{where} [{entry.trap}]: {entry.message}")


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; the last one is as long as it is."""
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
