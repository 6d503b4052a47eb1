"""`lectern backup`, `restore`, `upgrade`: a home kept, brought back, and taken to a new version."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lectern.database_server import Server
from lectern.errors import ExitCode
from lectern.plain import plain
from lectern.settings import Settings, home_at, load_settings
from lectern.upgrading import upgrade_stores
from services.counted import counted
from services.exits import exit_statuses
from services.options import JSON, PROGRESS, QUIET, Manner
from services.outside import files_outside
from services.progress import progress_for
from services.reporting import print_json

if TYPE_CHECKING:
    from ingest.backup_list import Head
    from ingest.restore import Damaged, Restored

_SHOWN = 5
_ENTRANCES = "Sessions, access codes and the keys that sign forms and image URLs are not in it: all sign in again."
_TARGET = click.Path(path_type=Path)


@click.command(epilog=exit_statuses(ExitCode.PAGES_FAILED, ExitCode.INPUT, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED))
@click.argument("target", type=_TARGET)
@click.option("--since", "former", type=_TARGET, metavar="FORMER", help="Link what FORMER, a former backup, has still.")
@click.option("--link", is_flag=True, help="Link packs and pictures from the home, which is on the same disk.")
@click.option("--no-images", is_flag=True, help="Leave the pictures out: they are kept elsewhere, or made again.")
@JSON
@PROGRESS
@QUIET
@click.pass_obj
def backup(
    settings: Settings,
    target: Path,
    *,
    former: Path | None,
    link: bool,
    no_images: bool,
    as_json: bool,
    progress: bool | None,
    quiet: bool,
) -> None:
    """Write a whole copy of the home to TARGET, a new folder or a new .tar file, while everything runs.

    Status 1 says that the home itself lacks files that the catalogue names; all else is in the backup.
    """
    from ingest.backup import BackupWishes, back_up
    from ingest.engines import engine_of

    manner = Manner(as_json, quiet, progress)
    wishes = BackupWishes(images=not no_images, link=link, former=former)
    head = back_up(settings.files, engine_of(settings), target, wishes, progress_for(manner))
    outside = [str(path) for path in files_outside(settings)]
    if as_json:
        print_json(_head_json(head) | {"target": str(target), "outside": outside})
    else:
        click.echo(str(target))
    manner.say(f"{_told(head)}. {_ENTRANCES}")
    if not head.images:
        manner.say("Pictures are not in it, as you asked.")
    _say_some(outside, "The settings name files outside of the home, which are not in it")
    _say_some(head.lacking, "The home lacks files that the catalogue names (`lectern verify` tells what to do)")
    if head.lacking:
        sys.exit(ExitCode.PAGES_FAILED)


@click.command(epilog=exit_statuses(ExitCode.INPUT, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED))
@click.argument("source", metavar="BACKUP", type=click.Path(path_type=Path, exists=True))
@click.option("--check", "only_check", is_flag=True, help="Hold every file against its digest, and bring nothing back.")
@click.option("--force", is_flag=True, help="Set the home that is there aside; nothing of it is removed.")
@click.option("--partly", is_flag=True, help="Bring back the rest of a backup that has lost files.")
@JSON
@PROGRESS
@QUIET
@click.pass_context
def restore(
    context: click.Context,
    source: Path,
    *,
    only_check: bool,
    force: bool,
    partly: bool,
    as_json: bool,
    progress: bool | None,
    quiet: bool,
) -> None:
    """Make an empty home from BACKUP, a folder or a .tar file that `lectern backup` has written.

    Stop Lectern before. Where the settings name a database, catalogue and state go there: it has to be empty.
    """
    from ingest.backup_source import open_backup
    from ingest.restore import check
    from ingest.restore import restore as bring_back

    manner = Manner(as_json, quiet, progress)
    home = home_at(context.find_root().params["home"]).path
    with open_backup(source) as found:
        if only_check:
            _tell_checked(manner, found.head, check(found, progress_for(manner)))
            return
        done = bring_back(found, home, _server_of, force=force, partly=partly, progress=progress_for(manner))
    _tell_restored(manner, home, done)


def _server_of(home: Path) -> Server | None:
    """Return the database that the settings of a home name, those of the environment before its own."""
    return load_settings(home).files.server


def _tell_checked(manner: Manner, head: "Head", damaged: "Sequence[Damaged]") -> None:
    if manner.as_json:
        print_json(_head_json(head) | {"damaged": [one.path for one in damaged]})
    manner.say(f"{_told(head)}.")
    _say_some([f"{one.path} {one.reason}" for one in damaged], "The backup is damaged")
    if damaged:
        sys.exit(ExitCode.INPUT)
    manner.say("Every file is as it was written.")


def _tell_restored(manner: Manner, home: Path, done: "Restored") -> None:
    head, former = done.head, done.former
    if manner.as_json:
        more = {"home": str(home), "damaged": [one.path for one in done.damaged], "former": str(former or "")}
        print_json(_head_json(head) | more)
    manner.say(f"{home}: {_told(head)}. {_ENTRANCES}")
    manner.say(
        f"Accounts, passwords, roles and policies are those of {head.made}: remove again who was removed since "
        "(`lectern user list`), and look through policies.toml before Lectern is started."
    )
    if former is not None:
        manner.say(f"The home that was there is {former} now.")
    if not head.images:
        manner.say("Pictures are not in this backup: bring them back from where they are kept.")
    _say_some([f"{one.path} {one.reason}" for one in done.damaged], "Not brought back")
    _say_some(head.lacking, "The home that was backed up lacked")
    settings = load_settings(home)
    missing = [str(path) for path in files_outside(settings) if not path.exists()]
    _say_some(missing, "The settings name files outside of the home that are not here")
    if settings.engine == "opensearch":
        manner.say("Words are in a cluster: `lectern reindex` loads them, and what it has of later editions goes.")
    manner.say("`lectern check` and `lectern verify` tell whether all is well.")


@click.command(epilog=exit_statuses(ExitCode.UNAVAILABLE))
@JSON
@click.pass_obj
def upgrade(settings: Settings, as_json: bool) -> None:
    """Bring catalogue and state to this release, and tell which packs were made by another.

    Safe at every start, and by several processes at once: one does it, the others wait. A home that a newer release
    has changed is refused.
    """
    done = upgrade_stores(settings.files)
    older = _analysed_otherwise(settings) if done else []
    if as_json:
        stores = [{"store": one.store, "before": one.before, "after": one.after} for one in done]
        print_json({"stores": stores, "reindex": older})
    for one in done:
        changed = "as it is" if one.before == one.after else f"was {one.before or 'empty'}"
        click.echo(f"{one.store}: schema {one.after}, {changed}.", err=True)
    if not done:
        click.echo("There is nothing yet to bring to this release.", err=True)
    if older:
        shown = ", ".join(older[:_SHOWN]) + (", …" if len(older) > _SHOWN else "")
        click.echo(
            f"{counted(len(older), 'object')} analysed by another release, and searched as they were: {shown}. "
            "`lectern reindex` takes them to this one, while they are read.",
            err=True,
        )


def _analysed_otherwise(settings: Settings) -> list[str]:
    """Return the ids of the objects whose packs this release would make otherwise; one that cannot be opened is left.

    Where words are in a cluster `lectern check` tells of its index.
    """
    from ingest.engines import has_our_analysis
    from lectern.errors import PackError
    from lectern.pack import PackFile
    from search.analysis import chosen
    from services.ingesting import open_catalogue

    found = []
    with open_catalogue(settings) as catalogue:
        for row in catalogue.objects():
            try:
                pack = PackFile(settings.files.pack_file(row.id, row.generation))
            except PackError:
                continue
            if not has_our_analysis(pack, chosen(pack.header, None, None)):
                found.append(row.id)
    return found


def _head_json(head: "Head") -> dict[str, object]:
    return {
        "made": head.made,
        "lectern": head.lectern,
        "objects": head.objects,
        "pages": head.pages,
        "files": head.files,
        "bytes": head.size,
        "images": head.images,
        "lacking": list(head.lacking),
    }


def _told(head: "Head") -> str:
    size = f"{head.size / 1e9:.1f} GB" if head.size >= 1e8 else f"{head.size / 1e6:.1f} MB"
    things = ", ".join((counted(head.objects, "object"), counted(head.pages, "page"), counted(head.files, "file")))
    return f"{things}, {size}, of {head.made}"


def _say_some(lines: Sequence[str], title: str) -> None:
    """Say the first few of some things, if there are any, whether or not it is to be quiet: they are amiss."""
    if lines:
        more = f"; and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
        click.echo(plain(f"lectern: {title}: {'; '.join(lines[:_SHOWN])}{more}."), err=True)
