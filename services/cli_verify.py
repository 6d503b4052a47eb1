"""`lectern verify`: catalogue, index, pictures, words and boxes held against one another, and mended."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from lectern.catalogue import no_such_object
from lectern.errors import ExitCode
from lectern.ids import object_id as make_object_id
from lectern.plain import plain
from lectern.settings import Settings
from services.completing import complete_objects
from services.counted import counted
from services.exits import exit_statuses
from services.ingesting import existing_catalogue
from services.options import JSON, PROGRESS, QUIET, Manner
from services.progress import progress_for
from services.reporting import Json, print_json

if TYPE_CHECKING:
    from ingest.faults import Fault


@click.command(epilog=exit_statuses(ExitCode.PAGES_FAILED, ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE))
@click.argument("names", metavar="[OBJECT]...", nargs=-1, shell_complete=complete_objects)
@click.option("--mend", is_flag=True, help="Mend what can be mended; nothing that is in use is removed.")
@JSON
@PROGRESS
@QUIET
@click.pass_obj
def verify(
    settings: Settings, names: tuple[str, ...], *, mend: bool, as_json: bool, progress: bool | None, quiet: bool
) -> None:
    """Hold catalogue, index, pictures, words and boxes against one another; of all objects without a name.

    Every fault is told with what to do. Status 1 says that something is wrong still; files that are only left over
    do not count. With --json each fault is a line of its own.
    """
    manner = Manner(as_json, quiet, progress)
    found = mended = left = 0
    for fault in _faults(settings, names, mend, manner):
        if as_json:
            print_json(_fault_json(fault))
        else:
            click.echo(plain(_line(fault)))
        found, mended, left = found + 1, mended + fault.mended, left + fault.matters
    if not found:
        manner.say("Nothing to mend.")
    else:
        manner.say(f"{counted(found, 'finding')}, {mended} mended, {counted(left, 'fault')} left.")
    if left:
        sys.exit(ExitCode.PAGES_FAILED)


def _faults(settings: Settings, names: tuple[str, ...], mend: bool, manner: Manner) -> "Iterator[Fault]":
    from ingest.engines import engine_of
    from ingest.verify import Verification

    with existing_catalogue(settings) as catalogue:
        if catalogue is None:
            if names:
                raise no_such_object(names[0])
            return
        look = Verification(settings.files, catalogue, engine_of(settings), progress_for(manner), mend=mend)
        yield from look.objects([make_object_id(name) for name in names]) if names else look.whole()


def _fault_json(fault: "Fault") -> Json:
    return {
        "kind": str(fault.kind),
        "object": fault.object,
        "page": fault.page,
        "detail": fault.detail,
        "remedy": "" if fault.mended else fault.remedy,
        "mendable": fault.mend is not None,
        "mended": fault.mended,
        "outcome": fault.outcome,
    }


def _line(fault: "Fault") -> str:
    """Return a fault as a line for people."""
    where = f"{fault.object}: " if fault.object else ""
    if fault.mended:
        return f"mended {fault.kind}: {where}{fault.detail}"
    why = f" It could not be mended: {fault.outcome}" if fault.outcome else ""
    return f"{fault.kind}: {where}{fault.detail}{why} {fault.remedy}"
