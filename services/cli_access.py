"""`lectern user`: local accounts."""

import sys

import click
import orjson

from auth.accounts import Accounts
from auth.audit import Event
from auth.passwords import LONGEST, SHORTEST, is_long_enough
from lectern.errors import ExitCode, InputError
from lectern.names import LOCAL
from lectern.settings import Settings
from services.cli_policy import policy
from services.exits import exit_statuses
from services.opening import context_of
from services.options import JSON
from services.telling import tell

_PASSWORD = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def user() -> None:
    """Local accounts."""


def _password(from_stdin: bool) -> str:
    """Return a password from standard input or from the person; never from the command line (TH-102).

    Raises InputError for a short one that a person types; of a program's, which has nobody to ask again, it warns.
    """
    if from_stdin:
        given = sys.stdin.readline().rstrip("\n")
        if given and not is_long_enough(given):
            click.echo(f"Warning: the password has fewer than {SHORTEST} characters.", err=True)
        return given
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if not is_long_enough(answer):
        raise InputError("The password is too short.", f"Give one of {SHORTEST} to {LONGEST} characters.")
    return answer


def _accounts(settings: Settings) -> Accounts:
    settings.files.prepare()
    return context_of(settings).accounts


@user.command("add", epilog=exit_statuses(ExitCode.INPUT, ExitCode.INTERRUPTED))
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="A role; may be given several times.")
@_PASSWORD
@click.pass_obj
def user_add(settings: Settings, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Add an account."""
    _accounts(settings).add(name, _password(password_stdin), roles)
    tell(settings, Event.ACCOUNT, "added", user=name, provider=LOCAL)
    click.echo(f"Added {name}.", err=True)


@user.command("passwd", epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND, ExitCode.INTERRUPTED))
@click.argument("name")
@_PASSWORD
@click.pass_obj
def user_passwd(settings: Settings, name: str, password_stdin: bool) -> None:
    """Set an account's password; its sessions end."""
    _accounts(settings).change_password(name, _password(password_stdin))
    tell(settings, Event.ACCOUNT, "password changed", user=name, provider=LOCAL)
    click.echo(f"Changed the password of {name}.", err=True)


@user.command("roles", epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND))
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="A role; may be given several times. Without one: no role.")
@click.pass_obj
def user_roles(settings: Settings, name: str, roles: tuple[str, ...]) -> None:
    """Set an account's roles in place of those it has; they count at once, in its sessions too."""
    account = _accounts(settings).change_roles(name, roles)
    tell(settings, Event.ACCOUNT, "roles changed", user=name, provider=LOCAL)
    click.echo(
        f"{account.name} has {'the roles ' + ' '.join(account.roles) if account.roles else 'no role'}.", err=True
    )


@user.command("list", epilog=exit_statuses())
@JSON
@click.pass_obj
def user_list(settings: Settings, as_json: bool) -> None:
    """List the accounts and their roles."""
    rows = [{"name": account.name, "roles": list(account.roles)} for account in _accounts(settings).all()]
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    for row in rows:
        click.echo(f"{row['name']}\t{' '.join(row['roles'])}")


@user.command("unlock", epilog=exit_statuses(ExitCode.NOT_FOUND))
@click.argument("name")
@click.pass_obj
def user_unlock(settings: Settings, name: str) -> None:
    """Let an account be signed in to again after ten wrong passwords, without waiting for the fifteen minutes' end."""
    settings.files.prepare()
    context = context_of(settings)
    reader = context.accounts.reader(name)
    context.throttle.release(reader.user or name)
    tell(settings, Event.ACCOUNT, "unlocked", user=name, provider=LOCAL)
    click.echo(f"Unlocked {name}.", err=True)


@user.command("remove", epilog=exit_statuses(ExitCode.NOT_FOUND))
@click.argument("name")
@click.pass_obj
def user_remove(settings: Settings, name: str) -> None:
    """Remove an account; its sessions end, and what it accepted is forgotten."""
    _accounts(settings).remove(name)
    tell(settings, Event.ACCOUNT, "removed", user=name, provider=LOCAL)
    click.echo(f"Removed {name}.", err=True)


ACCESS_COMMANDS: list[click.Command] = [user, policy]
