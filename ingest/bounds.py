"""The folder that files may come out of, looked at again whenever one is opened.

Between the survey and the reading of a file others may put a link in its place, or in that of a folder above it. So a
file is opened first and asked then where it lies; what is read is that open file, whatever its name leads to by now.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PosixPath

from ingest.traps import Unreadable

_OPEN_FILES = Path("/proc/self/fd")  # Linux: the place of an open file, and a way to open it once more
_GONE = " (deleted)"  # what Linux adds to the place of a file that was replaced while it is open


class _OpenFile(PosixPath):
    """The path of an open file, which has the name that the file was opened by: messages and suffixes need it."""

    __slots__ = ("_shown",)
    _shown: str

    @classmethod
    def named(cls, name: str, descriptor: int) -> "_OpenFile":
        path = cls(_OPEN_FILES / str(descriptor))
        path._shown = name
        return path

    @property
    def name(self) -> str:
        return getattr(self, "_shown", "") or super().name


@dataclass(frozen=True, slots=True)
class Bounds:
    """A folder that nothing may lead out of, and the home, which nothing may lead into: `real_` are without links.

    Files elsewhere (unpacked or harvested ones) are Lectern's own; so are all where there is no folder.
    """

    folder: Path | None = None
    real_folder: Path | None = None
    home: Path | None = None
    real_home: Path | None = None

    @contextmanager
    def held(self, path: Path) -> Iterator[Path]:
        """Yield a path of the same name to read the file by, which stays the same file meanwhile.

        Raises Unreadable for a file that cannot be opened, or that lies outside.
        """
        if not self._concerns(path):
            yield path
            return
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would wait for ever
        except OSError as error:
            raise Unreadable(
                "file-unreadable", f"{path.name} cannot be read: {error.strerror}.", "Check its rights."
            ) from error
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode) or not self._holds(path, _place_of(path, descriptor)):
                raise link_outside(path.name)
            if not _OPEN_FILES.exists():
                yield path
                return
            yield _OpenFile.named(path.name, descriptor)
        finally:
            os.close(descriptor)

    def check(self, path: Path) -> None:
        """Return for a file that lies inside just now; raises Unreadable as `held` does."""
        with self.held(path):
            pass

    def stays_inside(self, path: Path) -> bool:
        """Return whether a path, all links followed, lies in the folder and not in the home.

        Otherwise a link could publish whatever this process can read, keys and passwords among it.
        """
        try:
            return self._holds(path, path.resolve(strict=True))
        except (OSError, RuntimeError):  # a link that leads nowhere, or in a circle
            return False

    def _concerns(self, path: Path) -> bool:
        return self.folder is not None and path.is_relative_to(self.folder)

    def _holds(self, path: Path, place: Path | None) -> bool:
        if place is None or self.real_folder is None or not place.is_relative_to(self.real_folder):
            return False
        if self.home is None or self.real_home is None or not place.is_relative_to(self.real_home):
            return True
        # A home inside the folder: what is unpacked there is called by its own path, and no link leads to it.
        return any(path.is_relative_to(home) for home in (self.home, self.real_home)) and not path.is_symlink()


def bounds_of(folder: Path, home: Path | None) -> Bounds:
    """Return the bounds of a folder as it is now. Raises OSError."""
    return Bounds(folder, folder.resolve(strict=True), home, home.resolve() if home else None)


def link_outside(name: str) -> Unreadable:
    """Return what to raise for a file outside. Where it lies is not said: the ledger has more readers than the disk."""
    return Unreadable(
        "link-outside",
        f"{name} is a link that leads out of its object's folder; it was not read.",
        "Put the file itself there (`cp -L` copies what a link leads to).",
    )


def _place_of(path: Path, descriptor: int) -> Path | None:
    """Return where an open file lies, all links followed; None where its path leads to another one by now."""
    try:
        if _OPEN_FILES.exists():
            return Path(str((_OPEN_FILES / str(descriptor)).readlink()).removesuffix(_GONE))
        place = path.resolve(strict=True)
        return place if os.path.samestat(os.lstat(place), os.fstat(descriptor)) else None
    except (OSError, RuntimeError):
        return None
