"""Every secret of an installation that is none, told before anything is served with it (TH-101, TH-102)."""

import os
import shlex
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from lectern.providers import HeaderProvider
from lectern.settings import Settings
from lectern.strength import LEAST_CHARACTERS, LEAST_GIVEN, weakness

_MAKE = "Make one with `openssl rand -hex 32`, and give it to the proxy too."
_FILE = "Let the file hold the secret on one line, readable for the account that Lectern runs under."
_GIVEN = "Let the provider make another client secret."


def weak_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each secret that is weak, missing or open to others, with its remedy; never the secret itself."""
    yield from _judged("LECTERN_VERIFY_SECRET", settings.verify_secret, settings.verify_secret_file)
    for name, one in sorted(settings.providers.items()):
        if isinstance(one, HeaderProvider):
            yield from _judged(f"providers.{name}.secret", one.secret, one.secret_file, needed=True)
        else:
            secret, file = one.client_secret, one.client_secret_file
            yield from _judged(f"providers.{name}.client_secret", secret, file, _GIVEN, least=LEAST_GIVEN)
    for name, source in sorted(settings.sources.items()):
        yield from _of_elsewhere(f"sources.{name}.secret", source.secret, source.secret_file)
    yield from settings.files.keyring.problems()


def _of_elsewhere(name: str, secret: SecretStr, file: Path | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the file of a secret that others made, and that opens nothing here."""
    if file is not None:
        yield from _open_to_others(f"{name}: its file", file)
        if not secret.get_secret_value():
            yield f"{name}: its file {file} is empty or cannot be read.", _FILE


def _judged(
    name: str,
    secret: SecretStr,
    file: Path | None,
    remedy: str = _MAKE,
    *,
    least: int = LEAST_CHARACTERS,
    needed: bool = False,
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one secret: it is none, or what its file holds is."""
    value = secret.get_secret_value()
    if file is not None:
        yield from _open_to_others(f"{name}: its file", file)
    if not value and file is not None:
        yield f"{name}: its file {file} is empty or cannot be read.", _FILE
    elif not value and needed:
        yield f"{name} is missing.", remedy
    elif value and (weak := weakness(value, least)) is not None:
        yield f"{name} {weak}.", remedy


def open_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield that a lectern.toml with a secret in it can be read by others, with its remedy: served nevertheless."""
    file = settings.files.settings_file
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if _holds_secret(document):
        yield from _open_to_others("There is a secret in lectern.toml, and the file", file)


def _holds_secret(document: dict[str, Any]) -> bool:
    groups = (document.get(name) for name in ("providers", "sources"))
    tables = [table for group in groups if isinstance(group, dict) for table in group.values()]
    own = (table.get(key) for table in tables if isinstance(table, dict) for key in ("secret", "client_secret"))
    return any((document.get("verify_secret"), *own))


def _open_to_others(what: str, file: Path) -> Iterator[tuple[str, str]]:
    """Yield that others can read a file. A group may where it is not ours, as in `root:lectern 0640`."""
    try:
        status = file.stat()
    except OSError:  # told as a file that cannot be read
        return
    mode = stat.S_IMODE(status.st_mode)
    if mode & (stat.S_IRWXO | (stat.S_IRWXG if status.st_uid == os.geteuid() else 0)):
        yield (
            f"{what} {file} can be read by others than its owner (mode {mode:04o}).",
            f"Run `chmod 600 {shlex.quote(str(file))}`, and change the secret if others had a look.",
        )
