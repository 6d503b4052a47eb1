"""Files of a home that people write and services read anew: their text, and what tells that they have changed."""

from pathlib import Path
from typing import NamedTuple

from lectern.errors import ConfigurationError


class FileState(NamedTuple):
    """What tells that a file has changed: one that may be read again has changed only its ctime."""

    inode: int
    modified: int
    changed: int
    size: int


def file_state(path: Path) -> FileState | None:
    """Return the state of a file, None if it is not there or cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileState(found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)


def text_of(path: Path) -> str:
    """Return what is in a file, empty if there is none; raises ConfigurationError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}.", "Make it a readable UTF-8 file.") from error
