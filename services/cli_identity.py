"""`lectern code`, `lectern session` and `lectern terms`: access codes, who is signed in, and who accepted what."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click
import orjson

from auth.audit import Event
from lectern.clock import seconds
from lectern.errors import ExitCode, InputError, NotFound
from lectern.names import CODES, LOCAL
from lectern.plain import plain
from lectern.settings import Settings
from lectern.state_acceptances import Acceptances
from services.context import Context
from services.counted import counted
from services.exits import exit_statuses
from services.instants import INSTANT_HINT, read_instant
from services.opening import context_of
from services.options import JSON
from services.reporting import print_table
from services.telling import tell

_DAYS = 30
_DAY_SECONDS = 86_400


def _context(settings: Settings) -> Context:
    settings.files.prepare()
    return context_of(settings)


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _print(rows: Sequence[Mapping[str, object]], as_json: bool) -> None:
    """Write rows as JSON, or in columns under headings; no line at all where there is nothing."""
    if as_json:
        click.echo(orjson.dumps(rows).decode())
    elif rows:
        print_table([list(rows[0]), *([_shown(value) for value in row.values()] for row in rows)])


def _shown(value: object) -> str:
    if isinstance(value, tuple | list):
        return " ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _known_provider(settings: Settings, name: str | None) -> None:
    """Return if a provider can have readers; raises InputError."""
    known = [LOCAL, CODES, *sorted(settings.providers)]
    if name is not None and name not in known:
        raise InputError(
            f"There is no provider {name!r}.",
            f"There are {', '.join(known)}; tables [providers.NAME] in lectern.toml make others.",
        )


def _known_user(context: Context, user: str, provider: str | None) -> None:
    """Return if somebody can be a reader who has no session just now; raises NotFound (of outside readers who knows).

    A code's reader is its label.
    """
    if provider not in (None, LOCAL, CODES):
        return
    if provider != CODES and any(account.name == user for account in context.accounts.all()):
        return
    if provider != LOCAL and any(code.label == user for code in context.codes.all()):
        return
    raise NotFound(f"There is no user {user!r}: no session and no account.", "`lectern session list` shows who is in.")


def _until(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    try:
        return None if value is None else read_instant(value)
    except ValueError as error:
        raise click.BadParameter(f"{error} {INSTANT_HINT}") from error


@click.group()
def code() -> None:
    """Access codes that end."""


@code.command("add", epilog=exit_statuses(ExitCode.INPUT))
@click.option("--role", "roles", multiple=True, help="A role that the code gives; may be given several times.")
@click.option(
    "--until", metavar="DATE", callback=_until, help="When it ends: a date (its first moment, UTC), or instant."
)
@click.option("--days", type=click.IntRange(1, 3650), help=f"In how many days it ends; default {_DAYS}.")
@click.option("--uses", type=click.IntRange(1), help="How often it can be used; default any number of times.")
@click.option("--label", help="What it is called in lists and on pages; default a name of its own.")
@click.pass_obj
def code_add(
    settings: Settings,
    *,
    roles: tuple[str, ...],
    until: datetime | None,
    days: int | None,
    uses: int | None,
    label: str | None,
) -> None:
    """Make a code and print it, this once: only its digest is kept."""
    if until is not None and days is not None:
        raise click.UsageError("Give --until or --days, not both.")
    context = _context(settings)
    now = seconds(context.clock())
    ends = now + (days or _DAYS) * _DAY_SECONDS if until is None else seconds(until)
    made = context.codes.add(ends, roles, uses=uses, label=label)
    tell(settings, Event.CODE, "added", user=made.label, provider=CODES)
    click.echo(made.code)
    click.echo(plain(f"{made.label} ends {_instant(made.ends)}. The code is not shown again."), err=True)


@code.command("list", epilog=exit_statuses())
@JSON
@click.pass_obj
def code_list(settings: Settings, as_json: bool) -> None:
    """List the codes by label, with roles, end, uses left and whether each is good; never the codes."""
    codes = _context(settings).codes
    rows = [
        {
            "label": row.label,
            "roles": row.roles,
            "ends": _instant(row.ends),
            "uses_left": row.uses_left,
            "good": codes.is_good(row),
        }
        for row in codes.all()
    ]
    _print(rows, as_json)


@code.command("remove", epilog=exit_statuses(ExitCode.NOT_FOUND))
@click.argument("label")
@click.pass_obj
def code_remove(settings: Settings, label: str) -> None:
    """Remove a code; the sessions that it opened end at once."""
    _context(settings).codes.remove(label)
    tell(settings, Event.CODE, "removed", user=label, provider=CODES)
    click.echo(plain(f"Removed {label}."), err=True)


@click.group()
def session() -> None:
    """Who is signed in just now."""


@session.command("list", epilog=exit_statuses())
@click.option("--user", help="Of this user only.")
@click.option("--provider", help="Of this provider only: local, codes, or one of the settings.")
@JSON
@click.pass_obj
def session_list(settings: Settings, user: str | None, provider: str | None, as_json: bool) -> None:
    """List the live sessions, oldest first; one without a user has accepted terms only. No secret is shown."""
    rows = [
        {
            "user": row.user,
            "provider": row.provider if row.user is not None else None,
            "name": row.name,
            "roles": row.roles,
            "terms": row.terms,
            "viewers": row.viewers,
            "created": _instant(row.created),
            "seen": _instant(row.seen),
            "ends": _instant(row.ends),
        }
        for row in _context(settings).sessions.open(user=user, provider=provider)
    ]
    _print(rows, as_json)


@session.command("end", epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND))
@click.argument("user", required=False)
@click.option("--provider", help="Of this provider only: local, codes, or one of the settings.")
@click.option("--all", "everyone", is_flag=True, help="Every session there is.")
@click.pass_obj
def session_end(settings: Settings, user: str | None, provider: str | None, everyone: bool) -> None:
    """End the sessions of a user, of a provider, or all of them, with their tokens: at once, in every worker."""
    if everyone is (user is not None or provider is not None):
        raise click.UsageError("Give a user, --provider, or --all.")
    context = _context(settings)
    ended = context.sessions.end_all(user=user, provider=provider)
    if not ended:
        _known_provider(settings, provider)
        if user is not None:
            _known_user(context, user, provider)
    tell(settings, Event.SESSION, f"{counted(ended, 'session')} ended", user=user or "", provider=provider or "")
    click.echo(f"Ended {counted(ended, 'session')}.", err=True)


@click.group()
def terms() -> None:
    """Accepted terms of use."""


@terms.command("list", epilog=exit_statuses())
@click.option("--policy", metavar="NAME", help="Of this policy only.")
@JSON
@click.pass_obj
def terms_list(settings: Settings, policy: str | None, as_json: bool) -> None:
    """List which signed-in reader accepted which version of which terms when; `current` tells of the newest texts."""
    context = _context(settings)
    policies = context.written_policies()
    rows = [
        {
            "provider": row.provider,
            "user": row.user,
            "policy": row.policy,
            "version": row.version,
            "at": _instant(row.at),
            "current": policies.get(row.policy).terms == row.terms,
        }
        for row in Acceptances(context.state).all()
        if policy in (None, row.policy)
    ]
    _print(rows, as_json)


IDENTITY_COMMANDS: list[click.Command] = [code, session, terms]
