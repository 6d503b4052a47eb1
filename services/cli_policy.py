"""`lectern policy`: whether policies.toml is whole, what it means for whom and why, and under what an object is put."""

import sys
from typing import Any

import click
import orjson

from auth.audit import Event
from auth.policies import Policies
from auth.policy_overrides import span
from lectern.errors import ConfigurationError, ExitCode, InputError
from lectern.ids import object_id
from lectern.names import LOCAL
from lectern.plain import plain
from lectern.settings import Settings
from services.completing import complete_objects, complete_policies
from services.exits import exit_statuses
from services.explaining import Question, explained
from services.opening import context_of
from services.options import JSON
from services.telling import tell


@click.group()
def policy() -> None:
    """Who may see what."""


def _policies(settings: Settings) -> Policies:
    return context_of(settings).written_policies()


@policy.command("check", epilog=exit_statuses())
@JSON
@click.pass_obj
def policy_check(settings: Settings, as_json: bool) -> None:
    """Validate policies.toml; every error at once."""
    try:
        policies = _policies(settings)
    except ConfigurationError as error:
        if not as_json:
            raise
        errors = [{"detail": problem, "remedy": error.remedy} for problem in error.problems]
        click.echo(orjson.dumps({"policies": [], "objects": [], "errors": errors}).decode())
        sys.exit(ExitCode.CONFIGURATION)
    names, objects = sorted(policies.names), sorted(policies.overrides)
    if as_json:
        click.echo(orjson.dumps({"policies": names, "objects": objects, "errors": []}).decode())
        return
    click.echo(f"Policies: {', '.join(names)}")
    if objects:
        click.echo(f"Objects: {', '.join(objects)}")


@policy.command("set", epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND))
@click.argument("name", metavar="OBJECT", shell_complete=complete_objects)
@click.argument("policy_name", metavar="NAME", shell_complete=complete_policies)
@click.pass_obj
def policy_set(settings: Settings, name: str, policy_name: str) -> None:
    """Put an object under another policy, at once."""
    from ingest.engines import engine_of

    policies = _policies(settings)
    if policy_name not in policies.names:
        raise InputError(
            f"There is no policy {policy_name!r}.",
            f"The policies are {', '.join(sorted(policies.names))}; policies.toml in the home defines them.",
        )
    catalogue, found = context_of(settings).catalogue, object_id(name)
    before = catalogue.get(found).policy
    engine = engine_of(settings)
    catalogue.set_policy(found, policy_name, in_cluster=engine.in_cluster)
    caught_up = engine.redescribe(catalogue, found)
    tell(settings, Event.POLICIES, f"{found} put under it, before under {before}", policy=policy_name)
    click.echo(f"{found} is under {policy_name}; before, it was under {before}.", err=True)
    if not caught_up:
        click.echo(
            "The cluster cannot be told just now: until the next ingest or policy set, searches over collections "
            f"look into {found} by itself, as its new policy allows, and take longer for that.",
            err=True,
        )
    override = policies.overrides.get(found)
    if override is not None:
        named = [override.policy] if override.policy else []
        named += [f"{other} for pages {span(first, last)}" for first, last, other in override.pages]
        click.echo(f"policies.toml has [objects.{found}], which stays in force: {', '.join(named)}.", err=True)


@policy.command("explain", epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND))
@click.argument("resource", shell_complete=complete_objects)
@click.option("--as", "name", metavar="USER", help="As this local user; without it, as a stranger.")
@click.option("--role", "roles", metavar="ROLE", multiple=True, help="As somebody with this role; may be repeated.")
@click.option("--provider", metavar="NAME", help=f"As somebody who signed in at this provider; default {LOCAL}.")
@click.option("--from", "address", metavar="IP", help="From this address.")
@click.option("--at", "at", metavar="DATE", help="At this date or instant; default now.")
@JSON
@click.pass_obj
def policy_explain(
    settings: Settings,
    *,
    resource: str,
    name: str | None,
    roles: tuple[str, ...],
    provider: str | None,
    address: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Tell which rule decides about an object or an image of it, and what every other rule lacks."""
    context = context_of(settings)
    if name is not None and (roles or provider is not None):
        raise click.UsageError("--as is a local user with the roles he has; --role and --provider imagine somebody.")
    question = Question(resource, user=name, roles=roles, provider=provider, address=address or "", at=at or "")
    report = explained(context, _policies(settings), question)
    if as_json:
        click.echo(orjson.dumps(report).decode())
        return
    for line in _lines(report):
        click.echo(plain(line))


def _lines(report: dict[str, Any]) -> list[str]:
    told = {key: value for key, value in report.items() if key not in {"rules", "pages"} and value is not None}
    lines = [f"{key}: {_in_words(value)}" for key, value in told.items()]
    for each in report["rules"]:
        decided = " (this decided)" if each["decided"] else ""
        lines.append(f"{each['rule']} {each['effect']}: {each['why']}{decided}")
    lines += [f"pages {each['pages']}: policy {each['policy']}" for each in report["pages"]]
    return lines


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
