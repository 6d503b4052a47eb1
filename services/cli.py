"""The `lectern` command (DESIGN section 5): data on standard output, talk on standard error, documented exit codes."""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from lectern import __version__
from lectern.errors import ConfigurationError, ExitCode, LecternError
from lectern.plain import plain
from lectern.settings import Settings, load_settings
from services import SERVICES
from services.cli_access import ACCESS_COMMANDS
from services.cli_augment import augment_command
from services.cli_completion import completion
from services.cli_harvest import harvest
from services.cli_identity import IDENTITY_COMMANDS
from services.cli_ingest import ingest
from services.cli_keeping import backup, restore, upgrade
from services.cli_keys import keys
from services.cli_search import search
from services.cli_shelf import reindex, remove
from services.cli_status import status
from services.cli_stores import stores
from services.cli_tiles import tiles
from services.cli_verify import verify
from services.context import Context
from services.counted import counted
from services.exits import exit_statuses
from services.starting import require_startable

_WITHOUT_SETTINGS = frozenset({"check", "completion", "restore"})  # they work while the settings are broken
_ROOM = "Make room, or check who may read and write there, and run the command again: what was finished is kept."
_PORT = click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; default PORT, else 8080.")


class _Main(click.Group):
    """The group of all commands: expected failures become a line, or one a fault, and their own exit status."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except LecternError as error:
            for line in _told(error):
                click.echo(plain(f"lectern: {line}"), err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:  # whoever reads our output has enough: click ends quietly
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            click.echo(plain(f"lectern: {where}{error.strerror or error}. {_ROOM}"), err=True)
            sys.exit(ExitCode.UNAVAILABLE)
        except KeyboardInterrupt:
            told = context.meta.get("lectern.interrupted", "stopped; what was finished is kept.")
            click.echo(f"lectern: {told}", err=True)
            sys.exit(ExitCode.INTERRUPTED)
        except click.Abort:
            click.echo("\nlectern: nothing was entered, and nothing was changed.", err=True)
            sys.exit(ExitCode.INTERRUPTED)


def _told(error: LecternError) -> list[str]:
    """Return an error in a line; several errors of a configuration in a line each, the remedy last."""
    if isinstance(error, ConfigurationError) and len(error.problems) > 1:
        return [*error.problems, f"{len(error.problems)} errors. {error.remedy}".strip()]
    return [str(error)]


@click.group(
    cls=_Main,
    epilog=exit_statuses(*ExitCode),
)
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Home folder; default LECTERN_HOME.")
@click.version_option(__version__, prog_name="lectern")
@click.pass_context
def main(context: click.Context, home: Path | None) -> None:
    """Search inside and access control for digitised books, in any IIIF viewer."""
    if context.invoked_subcommand not in _WITHOUT_SETTINGS:
        context.obj = load_settings(home)


def _serve(settings: Settings, announcement: str, services: Sequence[str] = SERVICES) -> None:
    """Serve until stopped; announce it once everything is fit to start."""
    require_startable(settings)
    click.echo(announcement, err=True)
    # The metrics library looks for this once, when it is imported.
    measurements = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="lectern-metrics-")
    supervisor = os.getpid()
    from services.supervisor import serve

    try:
        serve(settings, services)
    finally:
        if os.getpid() == supervisor:  # a worker that ends comes through here too
            shutil.rmtree(measurements, ignore_errors=True)


def _with_port(settings: Settings, port: int | None) -> Settings:
    return settings if port is None else load_settings(settings.home, port=port)


@main.command()
@_PORT
@click.pass_obj
def up(settings: Settings, port: int | None) -> None:
    """Serve everything on one port."""
    settings = _with_port(settings, port)
    _serve(settings, f"Lectern serves {settings.home} at {settings.base_url}/")


@main.command("serve")
@click.argument("service", type=click.Choice(SERVICES))
@_PORT
@click.pass_obj
def serve_one(settings: Settings, service: str, port: int | None) -> None:
    """Serve one service alone."""
    settings = _with_port(settings, port)
    _serve(settings, f"Lectern serves {service} of {settings.home} on port {settings.port}", [service])


@main.command()
@_PORT
@click.pass_obj
def demo(settings: Settings, port: int | None) -> None:
    """Make a home with the sample shelf if there is none, then serve it."""
    from services.demo import make_reader, make_shelf

    settings = _with_port(settings, port)
    require_startable(settings)  # before a running demo's password is changed
    context = Context(settings)
    if make_shelf(context):
        name, password = make_reader(context)
        click.echo(f"Lectern's sample shelf: {settings.base_url}/")
        click.echo(f"To read the letters, sign in as {name} with the password {password}")
    else:
        click.echo(f"{settings.home} has a shelf of its own, which stays as it is.", err=True)
    sys.stdout.flush()
    # A new program, not a fork: ingest has loaded libvips here, and its threads would not live in a fork's workers.
    # -P: a folder `services` of whoever calls is not ours.
    serve = [sys.executable, "-P", "-m", "services.cli", "--home", str(settings.home), "up"]
    os.execv(sys.executable, [*serve, "--port", str(settings.port)])


@main.command(epilog=exit_statuses())
@click.option("--json", "as_json", is_flag=True, help="Print a list of findings as JSON.")
@click.option(
    "--online",
    is_flag=True,
    help="Ask the public URL, sign-in providers, sources of pictures and the image server, too.",
)
@click.pass_context
def check(context: click.Context, as_json: bool, online: bool) -> None:
    """Print every error of settings, policies and objects at once, each with a hint. Nothing is changed."""
    from services.checking import findings

    found = findings(context.find_root().params["home"], online=online)
    if as_json:
        click.echo(orjson.dumps([finding.as_dict() for finding in found]).decode())
    else:
        for finding in found:
            click.echo(f"{finding.level}: {finding.detail} {finding.remedy}")
        click.echo("Nothing to mend." if not found else f"{counted(len(found), 'finding')}.", err=True)
    if any(finding.level == "error" for finding in found):
        sys.exit(ExitCode.CONFIGURATION)


for _command in (
    ingest,
    status,
    search,
    remove,
    reindex,
    harvest,
    augment_command,
    tiles,
    completion,
    keys,
    stores,
    backup,
    restore,
    upgrade,
    verify,
    *ACCESS_COMMANDS,
    *IDENTITY_COMMANDS,
):
    main.add_command(_command)

if __name__ == "__main__":
    main()
