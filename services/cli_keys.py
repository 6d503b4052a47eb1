"""`lectern keys`: the keys that forms and other signed values are signed with (TH-101). No key is ever printed."""

from datetime import UTC, datetime

import click
import orjson

from auth.audit import Event
from lectern.errors import ExitCode
from lectern.keys import FIXED, KeyFile
from lectern.settings import Settings
from services.counted import counted
from services.exits import exit_statuses
from services.options import JSON
from services.telling import tell


@click.group()
def keys() -> None:
    """Signing keys."""


@keys.command("list", epilog=exit_statuses())
@JSON
@click.pass_obj
def keys_list(settings: Settings, as_json: bool) -> None:
    """List the keys by purpose, oldest first: the newest signs, every one is accepted. No key is printed."""
    files = settings.files.keyring.files()
    newest = {file.purpose: file for file in files}
    rows = [_row(file, newest[file.purpose] == file) for file in files]
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    for row in rows:
        click.echo(f"{row['purpose']}\t{row['number']}\t{row['made']}\t{row['use']}")


def _row(file: KeyFile, newest: bool) -> dict[str, object]:
    made = datetime.fromtimestamp(file.made, UTC).isoformat()
    rotates = "signs" if newest else "accepted"
    use = f"does not rotate: {FIXED[file.purpose]}" if file.purpose in FIXED else rotates
    return {"purpose": file.purpose, "number": file.number, "made": made, "use": use}


@keys.command("rotate", epilog=exit_statuses(ExitCode.INPUT))
@click.argument("purposes", metavar="[PURPOSE]...", nargs=-1)
@click.option("--drop-old", is_flag=True, help="Drop all older keys at once: what they signed is refused from now on.")
@click.pass_obj
def keys_rotate(settings: Settings, purposes: tuple[str, ...], drop_old: bool) -> None:
    """Make new keys, which sign from now on in every worker; the two before are still accepted. Default: all keys."""
    keyring = settings.files.keyring
    found = sorted({file.purpose for file in keyring.files()})
    for purpose in purposes or [name for name in found if name not in FIXED]:
        kept = keyring.rotate(purpose, drop_old=drop_old)
        tell(settings, Event.KEYS, f"{purpose} rotated, {counted(kept, 'older key')} accepted")
        click.echo(f"{purpose}: a new key signs, {counted(kept, 'older key')} accepted.", err=True)
    if not purposes:
        for purpose in (name for name in found if name in FIXED):
            click.echo(f"{purpose}: left as it is; {FIXED[purpose]}.", err=True)
