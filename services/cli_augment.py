"""`lectern augment`: the manifest from elsewhere that an object was made with, with our services in it."""

from pathlib import Path

import click

from lectern.catalogue import no_such_object
from lectern.errors import ExitCode
from lectern.ids import object_id as make_object_id
from lectern.settings import Settings
from services.augmenting import IMAGES, STDOUT, augmented, write_augmented
from services.completing import complete_objects
from services.exits import exit_statuses
from services.ingesting import existing_catalogue
from services.options import QUIET, Manner


@click.command("augment", epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE))
@click.argument("name", metavar="OBJECT", shell_complete=complete_objects)
@click.argument("out", metavar="[FILE]", type=click.Path(path_type=Path, allow_dash=True), default=STDOUT)
@IMAGES
@QUIET
@click.pass_obj
def augment_command(settings: Settings, name: str, out: Path, images: str, *, quiet: bool) -> None:
    """Write the manifest that OBJECT was ingested or harvested with to FILE (default standard output), with our
    search services, and the access services of its restricted pages.

    It is as it came but for that, and as policies.toml has it now: after a change of policy, write it anew.
    """
    from ingest.documents import kept_document

    with existing_catalogue(settings) as catalogue:
        if catalogue is None:
            raise no_such_object(name)
        row = catalogue.get(make_object_id(name))
        found = augmented(settings, catalogue, row.id, kept_document(settings.files, row.id), images)
    write_augmented(settings, found, out, Manner(quiet=quiet).say)
