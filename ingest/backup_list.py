"""What is in a backup: its files with sizes and digests, and its head, whose presence says that it is whole.

A backup is a folder, or a tar file, with `home/` (the files as they lie in a home), `files.jsonl` (a line for each of
them) and, written last of all, `backup.json`: the head, which has the digest of the list.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from lectern.errors import ConfigurationError, InputError

FORMAT = 1
HEAD, FILES, HOME = "backup.json", "files.jsonl", "home"
CATALOGUE, STATE = "catalogue.db", "state.db"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a backup: its place in the home, size in bytes, SHA-256 in hex, permissions, and time (nanoseconds)."""

    path: str
    size: int
    sha256: str
    mode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of a whole backup. `made` is ISO 8601 in UTC, `schemas` the version of each store in it.

    `lacking` names what the catalogue has and the home had not when it was made; `files_sha256` is of the list.
    """

    made: str
    lectern: str
    schemas: dict[str, int]
    objects: int
    pages: int
    files: int
    size: int
    images: bool
    lacking: tuple[str, ...]
    files_sha256: str
    format: int = FORMAT

    def encoded(self) -> bytes:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"


def read_head(data: bytes, where: str) -> Head:
    """Return a backup's head; raises InputError for what is none, ConfigurationError for one of a newer format."""
    try:
        found = json.loads(data)
        if found["format"] > FORMAT:
            raise ConfigurationError(
                f"{where} was made by a newer Lectern ({found['lectern']}).", "Restore it with that version."
            )
        return Head(**{**found, "lacking": tuple(found["lacking"])})
    except (ValueError, TypeError, KeyError) as error:
        raise not_a_backup(where) from error


def not_a_backup(where: str) -> InputError:
    """Return the error of a place that holds no whole backup."""
    return InputError(
        f"{where} is no backup, or not a whole one.", f"Name what `lectern backup` has written: it has {HEAD} in it."
    )


def encode_entry(entry: Entry) -> bytes:
    """Return a line of the list."""
    return json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"


def read_entry(line: bytes) -> Entry:
    """Return a line of the list; raises InputError for one that leads out of a home."""
    try:
        entry = Entry(**json.loads(line.decode("utf-8", "surrogateescape")))
        place = PurePosixPath(entry.path)
        if place.is_absolute() or not place.parts or ".." in place.parts or "\0" in entry.path:
            raise ValueError(entry.path)
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError("The list of the backup's files is spoilt.", "Take another backup.") from error
    return entry


class Taken:
    """The files that a backup has so far, on disk: a shelf may have millions. Looked for in rounds."""

    def __init__(self, file: Path) -> None:
        self._store = sqlite3.connect(file, isolation_level=None)
        self._store.execute("PRAGMA journal_mode = OFF")
        self._store.execute("PRAGMA synchronous = OFF")
        self._store.execute(
            "CREATE TABLE taken (path BLOB PRIMARY KEY, size INT, sha256 TEXT, mode INT, mtime_ns INT, round INT)"
        )

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def add(self, entry: Entry, number: int) -> None:
        """Note that a file is in the backup, and wanted in this round."""
        row = (_bytes(entry.path), entry.size, entry.sha256, entry.mode, entry.mtime_ns, number)
        self._store.execute("INSERT OR REPLACE INTO taken VALUES (?, ?, ?, ?, ?, ?)", row)

    def again(self, path: str, number: int) -> bool:
        """Return whether a file was taken in a round before; it is wanted in this one too."""
        done = self._store.execute("UPDATE taken SET round = ? WHERE path = ?", (number, _bytes(path)))
        return done.rowcount > 0

    def entries(self, number: int) -> Iterator[Entry]:
        """Yield the files that are wanted in a round, by path."""
        query = "SELECT path, size, sha256, mode, mtime_ns FROM taken WHERE round = ? ORDER BY path"
        for path, *rest in self._store.execute(query, (number,)):
            yield Entry(path.decode("utf-8", "surrogateescape"), *rest)

    def others(self, number: int) -> Iterator[str]:
        """Yield the paths of files that are not wanted in a round any more."""
        for (path,) in self._store.execute("SELECT path FROM taken WHERE round <> ?", (number,)):
            yield path.decode("utf-8", "surrogateescape")


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
