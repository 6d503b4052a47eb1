"""`lectern stores`: where catalogue and state are kept."""

import click

from lectern.errors import ExitCode
from lectern.settings import Settings
from services.counted import counted
from services.exits import exit_statuses


@click.group()
def stores() -> None:
    """Catalogue and state."""


@stores.command("copy", epilog=exit_statuses(ExitCode.CONFIGURATION, ExitCode.INPUT, ExitCode.UNAVAILABLE))
@click.pass_obj
def stores_copy(settings: Settings) -> None:
    """Copy catalogue and state from the home's files into the empty database of database_url.

    Stop all services before, and start them after it. The files stay as they are.
    """
    from lectern.database_copying import copy_stores

    for name, count in copy_stores(settings.files).items():
        click.echo(f"{name}: {counted(count, 'row')} copied.", err=True)
