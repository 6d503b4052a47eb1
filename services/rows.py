"""Rows of the catalogue as one process remembers them between two changes of it: asked for before every tile."""

import time
from collections.abc import Callable

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.noted import LOOKUPS, watch

_MOST = 10_000


class Rows:
    """Objects and canvases at one epoch of the catalogue, each read once. What is not there is remembered too."""

    def __init__(self, catalogue: Catalogue, epoch: int) -> None:
        self.epoch = epoch
        self._catalogue = catalogue
        self._objects: dict[str, ObjectRow | None] = {}
        self._canvases: dict[tuple[str, int], CanvasRow | None] = {}
        watch("rows", self)

    def __len__(self) -> int:
        return len(self._objects) + len(self._canvases)

    def find(self, object_id: str) -> ObjectRow | None:
        """Return an object, or None."""
        try:
            found = self._objects[object_id]
        except KeyError:
            LOOKUPS.add("rows", "miss")
            if len(self._objects) >= _MOST:
                self._objects.clear()
            self._objects[object_id] = found = self._catalogue.find(object_id)
            return found
        LOOKUPS.add("rows", "hit")
        return found

    def canvas(self, object_id: str, n: int) -> CanvasRow | None:
        """Return canvas `n` (from 1) of an object, or None."""
        try:
            found = self._canvases[object_id, n]
        except KeyError:
            LOOKUPS.add("rows", "miss")
            if len(self._canvases) >= _MOST:
                self._canvases.clear()
            self._canvases[object_id, n] = found = self._catalogue.canvas(object_id, n)
            return found
        LOOKUPS.add("rows", "hit")
        return found


class Remembered:
    """The rows that hold now."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._looked = 0.0
        self._rows: Rows | None = None

    def now(self, catalogue: Catalogue, seconds: float = 0.0) -> Rows:
        """Return the rows as they were within so many seconds: the catalogue is asked for changes no more often."""
        rows, now = self._rows, self._elapsed()
        if rows is None or now - self._looked >= seconds:
            epoch = catalogue.epoch()  # before any row: what is read later is at least as new
            if rows is None or rows.epoch != epoch:
                self._rows = rows = Rows(catalogue, epoch)
            self._looked = now
        return rows
