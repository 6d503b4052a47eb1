"""The keys of a home, one list a purpose, oldest to newest; the newest signs, every one is accepted (TH-101).

Each key is a file in the folder keys/: `forms`, then `forms.2`, `forms.3`. They are read each time they are asked
for, so every worker signs with a new one at once, and one that is taken away opens nothing any more. A file of another
name is none of ours, and is neither read nor removed.
"""

import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from lectern.errors import ConfigurationError, InputError, StoreUnavailable
from lectern.strength import LEAST_BYTES, key_weakness

FORMS_KEY = "forms"
CAPABILITY_KEY = "capabilities"
INDEX_KEY = "index"
AUDIT_KEY = "audit"
BUDGET_KEY = "budget"
# What a key of its own was made for and cannot leave, with what follows from it.
FIXED: Mapping[str, str] = MappingProxyType(
    {
        INDEX_KEY: "it vouches for the packs: remove the file and run `lectern reindex` to have another",
        AUDIT_KEY: "it names readers in the audit log: remove the file to have another, and all have new names there",
        BUDGET_KEY: "it names those who pay from budgets: remove the file to have another, and all budgets begin anew",
    }
)
PURPOSES = frozenset({FORMS_KEY, CAPABILITY_KEY, *FIXED})
MOST_KEYS = 3
_FILE = re.compile(rf"(?P<purpose>{'|'.join(sorted(PURPOSES))})(?:\.(?P<number>[1-9][0-9]{{0,8}}))?")


@dataclass(frozen=True, slots=True, order=True)
class KeyFile:
    """Where one key lies. `made` is when its file was (seconds since 1970 UTC); the key itself is not in here."""

    purpose: str
    number: int
    path: Path
    made: int


class Keyring:
    """Reads, makes and rotates the keys in a folder. The folder has to be there before a key is made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def files(self, purpose: str | None = None) -> list[KeyFile]:
        """Return the files of one purpose, or of all of them by name: oldest first. Nothing is read or made."""
        return sorted(file for file in self._all() if purpose in (None, file.purpose))

    def _all(self) -> Iterator[KeyFile]:
        try:
            entries = list(os.scandir(self._folder))
        except FileNotFoundError:
            return
        for entry in entries:
            match = _FILE.fullmatch(entry.name)
            if match is None:
                continue
            try:
                made = int(entry.stat().st_mtime)
            except FileNotFoundError:  # taken away meanwhile
                continue
            yield KeyFile(match["purpose"], int(match["number"] or 1), Path(entry.path), made)

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the keys of a purpose, oldest to newest, the first made if there is none.

        Raises ConfigurationError for a key that is none (shorter than 32 bytes, a sample), and ValueError for a
        purpose that is none of ours.
        """
        if purpose not in PURPOSES:
            raise ValueError(f"{purpose!r} is no purpose of a key")
        found = self._read(purpose)
        if not found:
            _write_new(self._folder / purpose)
            found = self._read(purpose)
        return tuple(found)

    def _read(self, purpose: str) -> list[bytes]:
        found = []
        for file in self.files(purpose):
            try:
                value = file.path.read_bytes()
            except FileNotFoundError:
                continue
            weak = key_weakness(value)
            if weak is not None:
                raise ConfigurationError(
                    f"The key {file.path} {weak}.", "Remove the file and start again: a new one is made."
                )
            found.append(value)
        return found

    def rotate(self, purpose: str, *, drop_old: bool = False) -> int:
        """Make a new key that signs from now on, and return how many old ones stay and are still accepted.

        With `drop_old` none does; else the three newest stay. Raises InputError for a purpose whose key cannot be
        rotated, or that there is not.
        """
        if purpose in FIXED:
            raise InputError(
                f"The key `{purpose}` does not rotate: {FIXED[purpose]}.", "`lectern keys list` tells more."
            )
        before = self.files(purpose)
        if not before:
            raise InputError(f"There is no key {purpose!r}.", "`lectern keys list` shows those there are.")
        number = before[-1].number + 1
        _write_new(self._folder / f"{purpose}.{number}")
        kept = [] if drop_old else before[-(MOST_KEYS - 1) :]
        for file in before[: len(before) - len(kept)]:
            file.path.unlink(missing_ok=True)
        return len(kept)

    def problems(self) -> list[tuple[str, str]]:
        """Return what is wrong with the files of keys, each with its remedy. Nothing is made."""
        try:
            return [problem for file in self.files() for problem in _problems(file)]
        except OSError as error:
            return [
                (f"The keys in {self._folder} cannot be read: {error.strerror}.", "Use the account that owns them.")
            ]


def _problems(file: KeyFile) -> Iterator[tuple[str, str]]:
    mode = stat.S_IMODE(file.path.stat().st_mode)
    weak = key_weakness(file.path.read_bytes())
    if weak is not None:
        yield f"The key {file.path} {weak}.", "Remove the file: a new one is made."
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield (
            f"The key {file.path} can be read by others than its owner (mode {mode:04o}).",
            f"Run `chmod 600 {file.path}`, and `lectern keys rotate` if others had a look.",
        )


def _write_new(path: Path) -> None:
    """Write a fresh key whole or not at all; whoever of two processes is second keeps the first one's.

    Raises StoreUnavailable where it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.write(secrets.token_bytes(LEAST_BYTES))
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(beside, path)
    except OSError as error:
        raise StoreUnavailable(
            f"No key can be made in {path.parent}: {error.strerror}.", "Check that it is there, writable, and not full."
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
