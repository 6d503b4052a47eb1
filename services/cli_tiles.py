"""`lectern tiles`: what everybody may see of an object, as files for a plain web server."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from auth.policy_overrides import span
from lectern.catalogue import Catalogue, no_such_object
from lectern.description import read_description
from lectern.errors import ExitCode
from lectern.ids import object_id as make_object_id
from lectern.settings import Settings
from lectern.urls import ImageVersion, is_web_address
from services.completing import complete_objects
from services.context import Context
from services.counted import counted
from services.exits import exit_statuses
from services.ingesting import existing_catalogue
from services.options import JSON, PROGRESS, QUIET, Manner
from services.progress import progress_for
from services.reporting import Json, print_json
from services.tiles.shown import Copy, LeftOut, copy_of

_INTERRUPTED = "stopped; nothing was kept of this copy, and what lay there before still does."


def _base(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    """Return the address of a copy without a slash at its end; raises BadParameter for what is none, and for nothing.

    There is no default: at Lectern's own address there is no copy.
    """
    parts = urlsplit(value or "")
    if value is None or not is_web_address(value) or parts.query or parts.fragment:
        raise click.BadParameter(
            "give the URL that the folder OUT will have on the web, such as https://static.example.org/book; "
            "info.json and manifest name it."
        )
    return value.rstrip("/")


@click.command(epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED))
@click.argument("name", metavar="OBJECT", shell_complete=complete_objects)
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--base", metavar="URL", callback=_base, help="The URL that OUT will have on the web.")
@click.option("--version", type=click.Choice(["2", "3"]), default="3", help="Of the Image API; default 3.")
@click.option("--force", is_flag=True, help="Replace an earlier copy in OUT.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Pages worked on at once; default one a core.")
@PROGRESS
@QUIET
@JSON
@click.pass_context
def tiles(
    click_context: click.Context,
    /,
    *,
    name: str,
    out: Path,
    base: str,
    version: str,
    force: bool,
    jobs: int | None,
    progress: bool | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write what everybody may see of OBJECT into the folder OUT, for a plain web server.

    OUT gets an image service of level 0 for every page (tiles, some sizes, info.json), the lines of the text where
    everybody may read them, and `manifest.json` (Presentation 3). A restricted page is left out, or is there in the
    reduced version that its policy names; nobody is asked to sign in, and nothing can be searched. What was written
    stays as it is: when policies change, or a date of theirs comes, the copy has to be written anew.
    """
    from services.tiles.manifest import MANIFEST, Place
    from services.tiles.writing import check_target, processors, write_copy

    settings: Settings = click_context.obj
    manner = Manner(as_json, quiet, progress)
    click_context.meta["lectern.interrupted"] = _INTERRUPTED
    context = Context(settings)
    image_version: ImageVersion = 2 if version == "2" else 3
    place, target = Place(base, image_version), out.resolve()
    with existing_catalogue(settings) as catalogue:
        if catalogue is None:
            raise no_such_object(name)
        check_target(target, force=force)
        copy = _copy(context, catalogue, name)
        written = write_copy(
            context,
            copy,
            place,
            target,
            jobs=jobs or processors(),
            force=force,
            progress=progress_for(manner),
            still_so=lambda: copy.is_same_as(_copy(context, catalogue, name)),
        )
    report: Json = {
        "object": copy.book.row.id,
        "out": str(out),
        "manifest": place.url(MANIFEST),
        "files": written.files,
        "bytes": written.bytes,
        "pages": len(copy.shown),
        "reduced": [page.canvas.n for page in copy.shown if page.tier is not None],
        "with_text": len(copy.with_text),
        "left_out": [{"page": page.n, "reason": page.reason} for page in copy.left_out],
        "valid_until": copy.valid_until.isoformat() if copy.valid_until else None,
    }
    if as_json:
        print_json(report)
    else:
        click.echo(report["manifest"])
    for reason, pages in _by_reason(copy.left_out).items():
        manner.say(f"  left out: {pages}: {reason}")
    _tell(manner, report)


def _copy(context: Context, catalogue: Catalogue, name: str) -> Copy:
    """Return what may be copied now, by the policies as their file has them; raises NotFound, InputError and others."""
    row = catalogue.get(make_object_id(name))
    rules = context.written_policies().rules(row.id, row.policy)
    canvases, ranges = catalogue.canvases(row.id), catalogue.ranges(row.id)
    said = read_description(catalogue.description(row.id))
    elsewhere = context.settings.pictures_elsewhere
    return copy_of(row, canvases, ranges, rules, context.clock(), elsewhere=elsewhere, description=said)


def _by_reason(left_out: Sequence[LeftOut]) -> dict[str, str]:
    """Return which pages were left out, such as `pages 3-5, 9`, by the reason for it."""
    numbers: dict[str, list[int]] = {}
    for page in left_out:
        numbers.setdefault(page.reason, []).append(page.n)
    return {reason: f"page{'s' if len(found) > 1 else ''} {_spans(found)}" for reason, found in numbers.items()}


def _spans(numbers: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ", ".join(span(first, last) for first, last in runs)


def _tell(manner: Manner, report: Json) -> None:
    """Say what was written and what was not, and until when that is right."""
    reduced = f", {len(report['reduced'])} of them reduced" if report["reduced"] else ""
    manner.say(
        f"{report['object']}: {counted(report['pages'], 'page')}{reduced}, {len(report['left_out'])} left out, "
        f"{counted(report['files'], 'file')}, {report['bytes'] / 1e6:.1f} MB in {report['out']}"
    )
    if report["valid_until"]:
        manner.say(f"A policy changes at {report['valid_until']}: write the copy anew then, or take it down.")
