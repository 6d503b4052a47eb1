"""The collections in force: collections.toml is read anew when it changes, and kept when it breaks."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from lectern.collection_tree import CollectionTree, load_collections
from lectern.errors import ConfigurationError
from lectern.watched import FileState, file_state

_log = structlog.get_logger("lectern.collections")
_LOOK_EVERY_SECONDS = 0.75


class CollectionBook:
    """The collections of a home. The file is looked at every 0.75 seconds at most; opening the book reads nothing."""

    def __init__(self, path: Path, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Take the file and a clock that never goes back."""
        self._path = path
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._tree: CollectionTree | None = None
        self._seen: FileState | None = None
        self._looked = 0.0

    def current(self) -> CollectionTree:
        """Return the collections in force, at most two seconds behind the file.

        A file that broke after the first reading is logged, and the old collections stay. Raises ConfigurationError if
        the first reading fails.
        """
        tree, now = self._tree, self._elapsed()
        if tree is not None and now - self._looked < _LOOK_EVERY_SECONDS:
            return tree
        with self._lock:
            state = file_state(self._path)
            if self._tree is None:
                self._tree = load_collections(self._path)
            elif state != self._seen:
                self._read_again()
            self._seen, self._looked = state, now
            return self._tree

    def _read_again(self) -> None:
        try:
            self._tree = load_collections(self._path)
        except ConfigurationError as error:
            _log.error("collections.toml is broken; the collections read before stay", detail=str(error))
        else:
            _log.info("collections read", collections=len(self._tree.by_id))
