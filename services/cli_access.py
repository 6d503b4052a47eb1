"""`lectern user` and `lectern policy`: local accounts, and which rule decides what."""

import sys
from ipaddress import ip_address

import click
import orjson

from auth.accounts import Accounts
from auth.audit import Event, Happening
from auth.decision import STRANGER, decide
from auth.identity import LOCAL
from auth.policies import load_policies
from lectern.errors import ExitCode, InputError, NotFound
from lectern.ids import object_id, parse_image_id
from lectern.settings import Settings
from services.completing import complete_objects
from services.context import Context
from services.exits import exit_statuses
from services.observing import configure_logs
from services.options import JSON

_PASSWORD = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def user() -> None:
    """Local accounts."""


def _password(from_stdin: bool) -> str:
    """Return a password from standard input or from the person; never from the command line (TH-102)."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer


def _tell(settings: Settings, name: str, about: str) -> None:
    """Tell the audit log what an administrator did with an account (TH-107)."""
    configure_logs(settings.log_format, settings.log_level)
    happening = Happening(Event.ACCOUNT, granted=True, provider=LOCAL, user=name, about=about)
    Context(settings).audit.record(happening)


def _accounts(settings: Settings) -> Accounts:
    settings.files.prepare()
    return Accounts(Context(settings).state)


@user.command("add", epilog=exit_statuses(ExitCode.INPUT, ExitCode.INTERRUPTED))
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="A role; may be given several times.")
@_PASSWORD
@click.pass_obj
def user_add(settings: Settings, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Add an account."""
    _accounts(settings).add(name, _password(password_stdin), roles)
    _tell(settings, name, "added")
    click.echo(f"Added {name}.", err=True)


@user.command("passwd", epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND, ExitCode.INTERRUPTED))
@click.argument("name")
@_PASSWORD
@click.pass_obj
def user_passwd(settings: Settings, name: str, password_stdin: bool) -> None:
    """Set an account's password; its sessions end."""
    _accounts(settings).change_password(name, _password(password_stdin))
    _tell(settings, name, "password changed")
    click.echo(f"Changed the password of {name}.", err=True)


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


@user.command("remove", epilog=exit_statuses(ExitCode.NOT_FOUND))
@click.argument("name")
@click.pass_obj
def user_remove(settings: Settings, name: str) -> None:
    """Remove an account; its sessions end."""
    _accounts(settings).remove(name)
    _tell(settings, name, "removed")
    click.echo(f"Removed {name}.", err=True)


@click.group()
def policy() -> None:
    """Who may see what."""


@policy.command("check", epilog=exit_statuses())
@JSON
@click.pass_obj
def policy_check(settings: Settings, as_json: bool) -> None:
    """Validate policies.toml; every error at once."""
    names = sorted(load_policies(settings.files.policies_file, providers=settings.providers.keys()).names)
    if as_json:
        click.echo(orjson.dumps({"policies": names}).decode())
    else:
        click.echo(f"Policies: {', '.join(names)}")


@policy.command("explain", epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND))
@click.argument("resource", shell_complete=complete_objects)
@click.option("--as", "name", metavar="USER", help="As this local user; without it, as a stranger.")
@click.option("--from", "address", metavar="IP", help="From this address.")
@JSON
@click.pass_obj
def policy_explain(settings: Settings, resource: str, name: str | None, address: str | None, as_json: bool) -> None:
    """Tell which rule decides about an object or an image of it."""
    context = Context(settings)
    image = parse_image_id(resource)
    row = context.catalogue.find(object_id(resource)) or (context.catalogue.find(image.object) if image else None)
    if row is None or (row.id != object_id(resource) and image and image.n > row.pages):
        raise NotFound(
            f"There is no object or image {resource!r}.",
            "`lectern status` lists the objects; image N of one is OBJECT-N.",
        )
    try:
        where = ip_address(address) if address else None
    except ValueError as error:
        raise InputError(f"{address!r} is no IP address.", "Give one like 10.1.2.3 or 2001:db8::1.") from error
    who = Accounts(context.state).reader(name) if name else STRANGER
    policies = load_policies(context.home.policies_file, providers=settings.providers.keys())
    rule = policies.rules(row.id, row.policy).of(None if row.id == object_id(resource) or image is None else image.n)
    verdict = decide(rule, who, where, context.clock())
    report = {
        "resource": resource,
        "policy": rule.name,
        "allowed": verdict.allowed,
        "tier": verdict.tier,
        "search": verdict.search,
        "manifest": verdict.manifest,
        "rule": verdict.rule,
        "valid_until": verdict.valid_until.isoformat() if verdict.valid_until else None,
    }
    if as_json:
        click.echo(orjson.dumps(report).decode())
        return
    for key, value in report.items():
        click.echo(f"{key}: {value}")


ACCESS_COMMANDS: list[click.Command] = [user, policy]
