"""What commands tell of objects: JSON shapes, columns, and the sentences about what an ingest made."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import orjson

from lectern.catalogue import CanvasRow, LedgerEntry, ObjectRow, PageState
from lectern.errors import PackError
from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import Settings
from lectern.urls import Urls
from search.analysis import described

if TYPE_CHECKING:
    from ingest.pipeline import IngestResult

Json = dict[str, Any]
_MOST_SHOWN = 10


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
    _tell(result.entries)
    rate = row.pages / max(result.seconds, 0.001)
    took = "nothing has changed" if result.unchanged else f"{result.seconds:.1f} s ({rate:.0f} pages/s)"
    click.echo(
        f"{row.id}: {row.pages} pages, {row.words} words, {result.failures} failures, {result.warnings} warnings, "
        f"{took}, policy {row.policy}",
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
        "unchanged": result.unchanged,
        "manifest": Urls(settings.base_url).manifest(row.id),
        "entries": [entry_json(entry) for entry in result.entries],
    }


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


def analysis_json(home: Home, row: ObjectRow) -> Json:
    """Return how an object's text is searched: what it has chosen to have folded, and the languages of its stems."""
    try:
        header = PackFile(home.pack_file(row.id, row.generation)).header
    except PackError as error:
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
    return f"{entry.level}{where} [{entry.trap}]: {entry.message}"


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; the last one is as long as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
