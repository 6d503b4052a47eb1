"""What `lectern ingest --dry-run` prints: a plan as JSON or as columns."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from lectern.plain import plain
from services.counted import counted
from services.options import Manner
from services.reporting import Json, entry_json, entry_line, print_json, print_table, summed_up

if TYPE_CHECKING:
    from ingest.planning import Plan, PlannedPage


def show_plan(plan: "Plan", manner: Manner) -> None:
    """Print a plan, and on standard error that nothing was written."""
    if manner.as_json:
        print_json(plan_json(plan))
    else:
        _print(plan)
    manner.say(f"{plan.object}: nothing was written.")


def plan_json(plan: "Plan") -> Json:
    """Return a plan as plain values."""
    return {
        "object": plan.object,
        "original_id": plan.original_id,
        "source": plan.source,
        "label": plan.label,
        "policy": plan.policy,
        "new": plan.replaces is None,
        "replaces": None if plan.replaces is None else {"pages": plan.replaces.pages, "words": plan.replaces.words},
        "pages": len(plan.pages),
        "failures": plan.failures,
        "warnings": plan.warnings,
        "planned": [asdict(page) for page in plan.pages],
        "left_out": [{"file": file, "reason": reason} for file, reason in plan.left_out],
        "entries": [entry_json(entry) for entry in plan.entries],
    }


def _print(plan: "Plan") -> None:
    before = plan.replaces
    what = (
        "a new object" if before is None else f"in place of the object of {counted(before.pages, 'page')} that is there"
    )
    pages = counted(len(plan.pages), "page")
    click.echo(plain(f"{plan.object}: {what}; {pages}, policy {plan.policy}, label {plan.label}"))
    print_table([("n", "page", "picture", "size", "format", "ocr"), *map(_row, plan.pages)])
    for file, reason in plan.left_out:
        click.echo(plain(f"left out {file}: {reason}"))
    for line in summed_up(plan.entries, entry_line, "--json names all"):
        click.echo(line)


def _row(page: "PlannedPage") -> tuple[str, ...]:
    picture = _place(page.image, page.image_page)
    text = ", ".join((_place(page.ocr, page.page), *page.more))
    size = f"{page.size[0]} x {page.size[1]}" if page.size else "-"
    return (str(page.n), page.name, picture, size, page.format or "-", text)


def _place(file: str | None, page: int) -> str:
    """Return a file's name, with the number of its page (from 1) where that is not the first."""
    return "-" if file is None else f"{file} page {page + 1}" if page else file
