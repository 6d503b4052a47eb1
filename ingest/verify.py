"""Catalogue, index, pictures, words and boxes of a home held against one another, and what can be mended mended.

An object that is replaced while it is looked at is looked at again. What is mended is held (`keeping.only_writer`) and
looked at once more first: nothing that is in use, or not a minute old, is removed.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from image.derivatives import forget as forget_answers
from ingest.engines import Engine
from ingest.faults import LEFT, Fault, Mend
from ingest.keeping import only_writer
from ingest.pictures import make_picture
from ingest.progress import Progress
from ingest.reindexing import reindex_object
from ingest.verify_home import (
    close,
    left_over,
    objects_with_files,
    pending_faults,
    permission_faults,
    store_faults,
)
from ingest.verify_pictures import manifest_faults, original_of, page_of_original, picture_faults
from ingest.verify_words import word_faults
from lectern.catalogue import Catalogue, ObjectRow, no_such_object
from lectern.errors import BeingWritten, LecternError, StoreUnavailable
from lectern.home import Home

_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Verification:
    """One look at a home, whose faults are mended where that is asked for."""

    home: Home
    catalogue: Catalogue
    engine: Engine
    progress: Progress
    mend: bool = False

    def objects(self, ids: Collection[str]) -> Iterator[Fault]:
        """Yield the faults of some objects. Raises NotFound for one that is not there, before any is looked at."""
        rows = [self.catalogue.find(name, newest=True) for name in ids]
        for name, row in zip(ids, rows, strict=True):
            if row is None:
                raise no_such_object(name)
        yield from self._of_objects(ids)

    def whole(self) -> Iterator[Fault]:
        """Yield the faults of a home: of its stores first, then of every object, then what belongs to none."""
        torn = list(store_faults(self.home))
        yield from torn
        for fault in permission_faults(self.home):
            yield self._mended(fault, None)
        if any(fault.path == self.home.catalogue_file for fault in torn):
            return  # what it says of objects is worth nothing
        for fault in pending_faults(self.catalogue) if self.engine.in_cluster else ():
            yield self._mended(fault, None)
        known = {row.id for row in self.catalogue.objects()}
        yield from self._of_objects(sorted(known))
        for object_id in sorted(objects_with_files(self.home) - known):
            yield from self._left_over(object_id)

    def _of_objects(self, ids: Collection[str]) -> Iterator[Fault]:
        for object_id in ids:
            row = self.catalogue.find(object_id, newest=True)
            if row is None:  # removed meanwhile
                continue
            self.progress.begin(object_id, row.pages)
            row, found = self._look(row)
            self.progress.end()
            done: set[Mend] = set()
            for fault in found:
                if self.mend and fault.mend in done:  # made anew for the fault before it
                    yield fault.done()
                    continue
                told = self._mended(fault, row)
                if told.mended and fault.mend in {Mend.REINDEX, Mend.LOAD}:
                    done.add(fault.mend)
                yield told
            yield from self._left_over(object_id)

    def _look(self, row: ObjectRow) -> tuple[ObjectRow, list[Fault]]:
        """Return an object and its faults, looked for until it was not replaced meanwhile."""
        found: list[Fault] = []
        for _ in range(_LOOKS):
            canvases = self.catalogue.canvases(row.id)
            found = [
                *word_faults(self.home, self.engine, row, canvases, self.progress),
                *picture_faults(self.home, row, canvases),
                *manifest_faults(self.home, row),
            ]
            if not found:
                break
            now = self.catalogue.find(row.id, newest=True)
            if now == row:
                break
            found = []
            if now is None:
                break
            row = now
        return row, found

    def _left_over(self, object_id: str) -> Iterator[Fault]:
        """Yield files that an object does not need; one that is being written just now is left alone."""
        with suppress(BeingWritten), only_writer(self.home, self.catalogue, object_id):
            row = self.catalogue.find(object_id, newest=True)
            for fault in left_over(self.home, self.catalogue, object_id, row):
                if self.mend and fault.path is not None:
                    fault.path.unlink(missing_ok=True)
                    yield fault.done()
                else:
                    yield fault

    def _mended(self, fault: Fault, row: ObjectRow | None) -> Fault:
        """Return a fault as it is now: mended, if that is asked for and can be done."""
        if not self.mend or fault.mend is None or fault.kind in LEFT:
            return fault
        try:
            self._ways()[fault.mend](fault, row)
        except (LecternError, OSError) as error:
            return fault.stays(str(error))
        return fault.done()

    def _ways(self) -> dict[Mend, Callable[[Fault, ObjectRow | None], None]]:
        return {
            Mend.REINDEX: lambda fault, _: self._reindex(fault.object),
            Mend.LOAD: lambda _, row: self._load(row),
            Mend.DRAW: lambda fault, row: self._draw(fault.path, row),
            Mend.REMOVE: lambda fault, row: self._remove(fault.path, row),
            Mend.CLOSE: lambda fault, _: close(fault.path or self.home.path, home=self.home),
            Mend.SETTLE: lambda fault, _: self._settle(fault.object),
        }

    def _reindex(self, object_id: str) -> None:
        reindex_object(self.home, self.catalogue, object_id, engine=self.engine)

    def _settle(self, object_id: str) -> None:
        self.engine.mend(self.catalogue)
        if any(fault.object == object_id for fault in pending_faults(self.catalogue)):
            raise StoreUnavailable("The cluster could not be told just now.", "Try again when it answers.")

    def _load(self, row: ObjectRow | None) -> None:
        if row is not None:
            with only_writer(self.home, self.catalogue, row.id):
                now = self.catalogue.get(row.id, newest=True)
                self.engine.complete(self.catalogue, now, self.engine.pack_of(now))

    def _draw(self, pyramid: Path | None, row: ObjectRow | None) -> None:
        """Make a pyramid anew from its original, in its place; kept images that were made of it go."""
        if pyramid is None or row is None:
            return
        with only_writer(self.home, self.catalogue, row.id):
            original = original_of(pyramid)
            if original is not None:
                make_picture(original, pyramid, page_of_original(pyramid))
                forget_answers(self.home.derivatives, row.id)

    def _remove(self, path: Path | None, row: ObjectRow | None) -> None:
        if path is not None and row is not None:
            with only_writer(self.home, self.catalogue, row.id):
                path.unlink(missing_ok=True)
                forget_answers(self.home.derivatives, row.id)
