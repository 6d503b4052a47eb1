"""The sample shelf: six objects that the project made itself, one behind terms, one behind a login, the others open."""

import secrets
import shutil

import click

from lectern.errors import InputError
from lectern.shipped import shipped
from services.context import Context
from services.ingesting import ingest_with_bar

_SAMPLES = shipped("samples", "samples")
_SHELF = {
    "almanac": "open",
    "gazette": "terms",
    "letters": "readers",
    "seasons": "open",
    "beginnings": "open",
    "odes": "open",
}
READER = "reader"
_ROLES = ("reader",)


def make_shelf(context: Context) -> bool:
    """Return whether the home has the sample shelf, after what is missing of it was put there.

    A home with objects or policies of its own is left alone. Raises InputError when the samples are not
    beside the program.
    """
    if not _SAMPLES.is_dir():
        raise InputError(
            f"The sample shelf is not at {_SAMPLES}.",
            "Run `lectern demo` in a checkout of Lectern, or install a wheel that `make wheel` made.",
        )
    present = {row.id for row in context.catalogue.objects()}
    if present and present.isdisjoint(_SHELF):
        return False
    if not context.home.policies_file.exists():
        shutil.copyfile(_SAMPLES / "policies.toml", context.home.policies_file)
    if not set(_SHELF.values()) <= context.written_policies().names:
        return False
    for object_id, policy in _SHELF.items():
        if object_id not in present:
            click.echo(f"Putting the {object_id} on the shelf", err=True)
            ingest_with_bar(context.settings, _SAMPLES / object_id, object_id=object_id, policy=policy)
    return True


def make_reader(context: Context) -> tuple[str, str]:
    """Return the sign-in name and a freshly made password of the reader of the restricted object."""
    password = secrets.token_urlsafe(9)
    accounts = context.accounts
    if READER in {account.name for account in accounts.all()}:
        accounts.change_password(READER, password)
    else:
        accounts.add(READER, password, _ROLES)
    return READER, password
