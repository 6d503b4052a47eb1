"""Secrets that an operator gives: in a setting or, better, in a file of their own (TH-102)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

_LARGEST = 4096


def in_home(values: Any, home: Path, *names: str) -> Any:
    """Return the values of some settings with the files of the secrets `names`, those there are, inside a home."""
    if not isinstance(values, Mapping):
        return values
    given = {f"{name}_file" for name in names}
    return {key: home / value if key in given and value else value for key, value in values.items()}


def from_file(values: Any, name: str) -> Any:
    """Return the values of some settings with the secret `name` filled in from the file that `name`_file names.

    A file that cannot be read leaves the secret empty, which opens nothing; `lectern up` and `check` tell of it.
    Raises ValueError if both are given.
    """
    if not isinstance(values, Mapping) or (path := values.get(f"{name}_file")) is None:
        return values
    if path == "":
        return {**values, f"{name}_file": None}
    if plain(values.get(name)):
        raise ValueError(f"give {name} or {name}_file, not both")
    return {**values, name: read_secret(Path(path))}


def read_secret(path: Path) -> str:
    """Return the secret in a file, without the space around it; empty if it cannot be read or is no text."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def plain(secret: object) -> str:
    """Return a secret as text, whatever it is wrapped in."""
    return secret.get_secret_value() if isinstance(secret, SecretStr) else str(secret or "")
