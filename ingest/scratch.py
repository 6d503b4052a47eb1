"""A folder in the home for what is unpacked during one ingest: made at first need, gone when the ingest is."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from lectern.errors import StoreUnavailable

_NAME = "unpacked"


def place_in_archive(path: Path) -> str:
    """Return what people call an unpacked file: its archive's name, and its place in it; another's path as it is."""
    parts = path.parts
    return "/".join(parts[parts.index(_NAME) + 3 :]) if _NAME in parts else str(path)


class Scratch:
    """A context whose folder is there until it ends. One that a killed process left behind goes with the next."""

    def __init__(self, home: Path) -> None:
        self._parent = home / "work" / _NAME
        self._folder: Path | None = None
        self._lock = -1

    @property
    def folder(self) -> Path:
        """Return the folder; raises StoreUnavailable when it cannot be made."""
        if self._folder is None:
            try:
                self._make()
            except OSError as error:
                raise unwritable(error) from error
        assert self._folder is not None
        return self._folder

    def _make(self) -> None:
        self._parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self._parent):
            for left in self._parent.iterdir():
                _remove_if_left(left)
            self._folder = Path(tempfile.mkdtemp(dir=self._parent))
            self._lock = os.open(self._folder, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)
            self._folder = None


def unwritable(error: OSError) -> StoreUnavailable:
    """Return what to raise when nothing can be written into the scratch folder."""
    return StoreUnavailable(
        f"An archive cannot be unpacked into the home: {error.strerror}.", "Make room there, or unpack it yourself."
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_if_left(folder: Path) -> None:
    """Remove a folder whose process, which held its lock, is no more."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
